"""The page on which a leader takes a lost second step off somebody's account."""

from allauth.mfa.models import Authenticator
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import permissions, services
from accounts.models import User
from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from schoolops.lib.http import attempt


class RemoveFactorsForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Đã nhận ra người này bằng cách nào?"),
        max_length=300,
        help_text=gettext_lazy("Ví dụ: thầy đến phòng tôi sáng nay, điện thoại bị mất. Người này đọc được lời ghi."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def factors_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if reason := permissions.remove_factors_denial(request.user, person):
        raise PermissionDenied(reason)
    if request.method == "POST":
        return _remove(request, person)
    return _page(request, person, RemoveFactorsForm())


@recent_password_required
def _remove(request: SignedInRequest, person: User) -> HttpResponse:
    form = RemoveFactorsForm(request.POST)
    if not form.is_valid():
        return _page(request, person, form)
    done = _("Đã gỡ. Lần đăng nhập tới %(who)s cài lại bước thứ hai.") % {"who": person}
    note = form.cleaned_data["note"]
    attempt(request, lambda: services.remove_factors(person=person, note=note, by=request.user), done)
    return redirect("power_detail", person.pk)


def _page(request: SignedInRequest, person: User, form: RemoveFactorsForm) -> HttpResponse:
    factors = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES)
    context = {"form": form, "person": person, "factors": factors.order_by("created_at", "pk")}
    return render(request, "accounts/factors_remove.html", context, status=422 if form.errors else 200)
