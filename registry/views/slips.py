"""A slip in the parent's hand: code and birth date, then a PIN, then in (P05). Signed in, a slip adds a child (C8)."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import proofs
from accounts.adapter import wait_in_words
from accounts.visits import visit_of
from registry import services
from registry.forms.invitations import CodeForm, PinForm
from registry.models import Guardianship, Invitation
from registry.selectors.invitations import current_tie
from schoolops.lib.http import tried
from schoolops.lib.texts import digits_of, in_threes
from schoolops.lib.workflow import TransitionDenied

CODE, PIN, CHILD = "registry:slip_code", "registry:slip_pin", "registry:slip_child"
_PROVED = "slip"
# Between the code and the PIN: long enough to look for a pair of glasses.
PROVED_FOR = 30 * 60


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def slip_code(request: HttpRequest, code: str = "") -> HttpResponse:
    """Screen 1. The QR code brings the code along; the birth date is typed."""
    if request.method != "POST":
        return _code_page(request, CodeForm(initial={"code": in_threes(digits_of(code)[:9])}))
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form)
    tried = services.find_slip(**form.cleaned_data, visit=visit_of(request))
    if tried.wait is not None:
        form.add_error(None, wait_in_words(tried.wait))
    elif tried.proved is None:
        form.add_error(
            None, _("Mã hoặc ngày sinh chưa khớp, hoặc phiếu đã hết dùng. Cần giúp: hỏi giáo viên chủ nhiệm của con.")
        )
    if form.errors or tried.proved is None:
        return _code_page(request, form)
    proofs.remember(request.session, _PROVED, tried.proved.pk, PROVED_FOR)
    return redirect(CHILD if request.user.is_authenticated else PIN)


def _code_page(request: HttpRequest, form: CodeForm) -> HttpResponse:
    return render(request, "registry/slip_code.html", {"form": form}, status=422 if form.errors else 200)


def _proved(request: HttpRequest) -> tuple[Invitation, Guardianship] | None:
    """The slip of screen 1, while it still holds."""
    now = timezone.now()
    usable = Invitation.objects.usable(now).select_related("guardian__user", "student")
    slip = usable.filter(pk=proofs.remembered(request.session, _PROVED)).first()
    tie = current_tie(slip, now) if slip else None
    return (slip, tie) if slip and tie else None


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def slip_pin(request: HttpRequest) -> HttpResponse:
    """Screen 2: who it is for, the phone number, the PIN. Sent, the person is signed in and this phone is theirs."""
    found = _proved(request)
    if found is None:
        return _begin_again(request)
    slip, tie = found
    account = slip.guardian.user
    form = PinForm(
        request.POST or None,
        account=account,
        birth_days=[f"{slip.student.birth_date:%d%m%y}"],
        initial={"phone": account.phone if account else ""},
    )
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        if person := tried(form, lambda: services.activate(invitation=slip, phone=phone)):
            proofs.forget(request.session, _PROVED)
            request.new_pin = form.cleaned_data["pin"]  # type: ignore[attr-defined]  # bound by DeviceMiddleware
            get_adapter().login(request, person)
            return redirect("family_home")
    context = {"form": form, "slip": slip, "tie": tie}
    return render(request, "registry/slip_pin.html", context, status=422 if form.errors else 200)


def _begin_again(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("Hãy nhập lại mã trên phiếu."))
    return redirect(CODE)


@require_http_methods(["GET", "HEAD", "POST"])
def slip_child(request: HttpRequest) -> HttpResponse:
    """Signed in: the child of another slip joins this account."""
    found = _proved(request)
    if found is None or not request.user.is_authenticated:
        return _begin_again(request)
    slip, tie = found
    if request.method == "POST":
        try:
            added = services.add_children(invitation=slip, to=request.user)
        except TransitionDenied as denied:
            messages.error(request, denied.reason)
        else:
            names = ", ".join(str(student) for student in added)
            messages.success(
                request, _("Đã thêm em %(names)s.") % {"names": names} if added else _("Con đã có ở đây rồi.")
            )
        proofs.forget(request.session, _PROVED)
        return redirect("family_home")
    return render(request, "registry/slip_child.html", {"slip": slip, "tie": tie})
