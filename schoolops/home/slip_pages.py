"""Slips for staff: IT staff print them, nobody but their holder ever knows the password (A2, A8)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions, services
from accounts.models import StaffSlip, User
from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from schoolops.home import documents
from schoolops.lib.documents import PrintingUnavailable
from schoolops.lib.files import as_attachment


def _people(request: SignedInRequest) -> list[User]:
    """Whom this person may print slips for."""
    if not request.user.has_perm("accounts.change_user"):
        raise PermissionDenied(_("Phiếu đặt mật khẩu do quản trị hệ thống in."))
    people = permissions.staff_accounts_of(request.user)
    return list(people.exclude(pk=request.user.pk).order_by("sort_key", "pk"))


@require_GET
def staff_slip_list(request: SignedInRequest) -> HttpResponse:
    """Staff by name: who has never signed in is ticked already."""
    people, now = _people(request), timezone.now()
    usable = StaffSlip.objects.usable(now).filter(person__in=people)
    open_until = dict(usable.values_list("person_id", "expires_at"))
    context = {
        "rows": [(person, open_until.get(person.pk)) for person in people],
        "asked": request.GET.get("person", ""),
    }
    return render(request, "home/staff_slips.html", context)


@require_POST
def staff_slip_print(request: SignedInRequest) -> HttpResponseBase:
    """New slips for those who are ticked, as a PDF file; the slips they had before end."""
    _people(request)  # who may not is told so before any password is asked for
    answer: HttpResponseBase = _print(request)
    return answer


@recent_password_required
def _print(request: SignedInRequest) -> HttpResponseBase:
    known = {person.pk for person in _people(request)}
    chosen = {int(person) for person in request.POST.getlist("person") if person.isdecimal()} & known
    prints = services.print_staff_slips(people=chosen, by=request.user)
    if not prints:
        messages.error(request, _("Chọn ít nhất một người để in phiếu."))
        return redirect("staff_slip_list")
    try:
        content = documents.staff_slips_pdf(prints, url=request.build_absolute_uri(reverse("accounts:slip_enter")))
    except PrintingUnavailable as error:
        messages.error(request, str(error))
        return redirect("staff_slip_list")
    return as_attachment(content, filename="PhieuDatMatKhau.pdf", media_type="application/pdf")
