"""A slip in the hand of a member of staff: user name and code, then a new password (A2)."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import proofs, services
from accounts.adapter import wait_in_words
from accounts.forms import CodeField
from accounts.models import StaffSlip
from accounts.visits import visit_of
from schoolops.lib.http import tried

_PROVED = "staff_slip"
PROVED_FOR = 15 * 60


class StaffSlipForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("Tên đăng nhập"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    code = CodeField()


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def slip_enter(request: HttpRequest) -> HttpResponse:
    """Screen 1: who, and the code on the slip."""
    form = StaffSlipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tried = services.find_staff_slip(**form.cleaned_data, visit=visit_of(request))
        if tried.proved is not None:
            proofs.remember(request.session, _PROVED, tried.proved.pk, PROVED_FOR)
            return redirect("accounts:slip_password")
        wrong = _("Tên đăng nhập hoặc mã chưa khớp, hoặc phiếu đã hết dùng. Cần giúp: hỏi quản trị của trường.")
        form.add_error(None, wait_in_words(tried.wait) if tried.wait else wrong)
    return render(request, "accounts/slip_enter.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def slip_password(request: HttpRequest) -> HttpResponse:
    """Screen 2: the new password; then the person signs in with it, second factor and all."""
    usable = StaffSlip.objects.usable(timezone.now()).select_related("person")
    slip = usable.filter(pk=proofs.remembered(request.session, _PROVED)).first()
    if slip is None:
        messages.error(request, _("Hãy nhập lại mã trên phiếu."))
        return redirect("accounts:slip_enter")
    form = SetPasswordForm(slip.person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["new_password1"]
        if person := tried(form, lambda: services.use_staff_slip(slip=slip, password=password)):
            proofs.forget(request.session, _PROVED)
            services.record(services.Kind.PASSWORD_CHANGED, person=person, visit=visit_of(request))
            messages.success(request, _("Đã đặt mật khẩu. Mời thầy/cô đăng nhập."))
            return redirect("account_login")
    context = {"form": form, "slip": slip}
    return render(request, "accounts/slip_password.html", context, status=422 if form.errors else 200)
