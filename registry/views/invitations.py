"""Slips on the school's side: who of a class has been reached, printing, taking back (A13, P32)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import SignedInRequest
from registry import documents, permissions, services
from registry.models import Guardian, SchoolClass, SchoolYear
from registry.selectors.invitations import families_of_class, pupils_reached, staff_reached
from schoolops.lib.clock import local_day
from schoolops.lib.documents import PrintingUnavailable
from schoolops.lib.files import as_attachment

LIST, DETAIL = "registry:invitation_list", "registry:invitation_detail"


@require_GET
def invitation_list(request: SignedInRequest) -> HttpResponse:
    """How many pupils of each class have a parent with an account, and how many of the staff have come in."""
    if reason := permissions.read_adoption_denial(request.user):
        raise PermissionDenied(reason)
    now = timezone.now()
    year = SchoolYear.objects.current(local_day(now))
    classes = permissions.visible_classes(request.user).filter(school_year=year)
    reached = pupils_reached(classes, now)
    context = {
        "rows": [(found, reached.get(found.pk)) for found in classes],
        "staff": staff_reached() if request.user.has_perm("registry.order_import") else None,
    }
    return render(request, "registry/invitation_list.html", context)


def _class(request: SignedInRequest, pk: int) -> SchoolClass:
    """A class that this person sees and whose families they may invite."""
    found = get_object_or_404(permissions.visible_classes(request.user).select_related("school_year"), pk=pk)
    if reason := permissions.invite_denial(request.user, found):
        raise PermissionDenied(reason)
    return found


@require_GET
def invitation_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The families of a class, with the state of every guardian."""
    school_class, now = _class(request, pk), timezone.now()
    context = {
        "school_class": school_class,
        "families": families_of_class(school_class, now),
        "reached": pupils_reached(SchoolClass.objects.filter(pk=pk), now).get(pk),
    }
    return render(request, "registry/invitation_detail.html", context)


@require_POST
def invitation_print(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """New slips for the guardians that are ticked, as a PDF file; the slips they had before end."""
    school_class = _class(request, pk)
    chosen = {int(tie) for tie in request.POST.getlist("tie") if tie.isdecimal()}
    slips = services.print_slips(school_class=school_class, guardianships=chosen, by=request.user)
    if not slips:
        messages.error(request, _("Chọn ít nhất một người để in phiếu."))
        return redirect(DETAIL, pk)
    try:
        content = documents.slips_pdf(
            school_class, slips, url=request.build_absolute_uri(reverse("registry:slip_code"))
        )
    except PrintingUnavailable as error:
        messages.error(request, str(error))
        return redirect(DETAIL, pk)
    return as_attachment(content, filename=f"PhieuKichHoat_{school_class.name}.pdf", media_type="application/pdf")


@require_POST
def invitation_revoke(request: SignedInRequest, pk: int, guardian: int) -> HttpResponse:
    school_class = _class(request, pk)
    in_class = {
        family.tie.guardian_id for row in families_of_class(school_class, timezone.now()) for family in row.guardians
    }
    found = get_object_or_404(Guardian, pk=guardian if guardian in in_class else 0)
    services.revoke_slip(guardian=found, school_class=school_class, by=request.user)
    messages.success(request, _("Phiếu của %(who)s không dùng được nữa.") % {"who": found})
    return redirect(DETAIL, pk)
