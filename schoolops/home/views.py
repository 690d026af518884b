"""Pages that put several apps together: Hôm nay, my account, help."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.requests import SignedInRequest
from registry.permissions import children_of
from schoolops.home import powers
from schoolops.home.family import is_family
from schoolops.home.today import board


@login_not_required
@require_GET
def root(request: HttpRequest) -> HttpResponse:
    """The public site takes this address when it is there; until then it leads to one's own day."""
    return redirect("today" if request.user.is_authenticated else "account_login")


@require_GET
def today(request: SignedInRequest) -> HttpResponse:
    """One's duties by due time; whoever has children here and no duties goes to their own home."""
    if is_family(request.user):
        return redirect("family_home")
    page = board(request.user, timezone.now())
    return render(request, "home/today.html", {"board": page, "unread_count": page.unread})


@require_GET
def more(request: SignedInRequest) -> HttpResponse:
    """Everything that the phone's bottom bar has no room for."""
    return render(request, "home/more.html", {"has_children": children_of(request.user).exists()})


@require_GET
def guide(request: SignedInRequest) -> HttpResponse:
    """Help by task for what this person may do (C8)."""
    return render(request, "home/help.html", {"duties": powers.kinds_of(request.user)})


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["language", "quick_entry"]


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Language and habits of one's own account, and what one may do, in words."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Đã lưu."))
        return redirect("profile")
    context = {"form": form, "duties": powers.in_words(request.user)}
    return render(request, "home/profile.html", context, status=422 if form.errors else 200)
