"""The pupil page: record, family, movements and history, each tab for those who may read it (R1, R3)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import AccessLog
from accounts.requests import SignedInRequest
from registry import permissions
from registry.forms.reads import PurposeForm
from registry.models import SchoolYear, Student
from registry.selectors import health, history, movements, reads, students
from registry.views.reads import note
from schoolops.lib.clock import local_day

TABS = {
    "record": _("Hồ sơ"),
    "family": _("Gia đình"),
    "health": _("Sức khỏe"),
    "moves": _("Quá trình học"),
    "history": _("Lịch sử thay đổi"),
    "reads": _("Ai đã xem"),
}
OF_FAMILY = {"family", "history"}
READS_SHOWN = 50


@require_GET
def student_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One tab of the page; personal numbers are masked, and the log of reading has a line more."""
    student = visible_student(request, pk)
    tab = request.GET.get("tab", "")
    tabs = tabs_for(request, student)
    tab = tab if tab in tabs else "record"
    record = AccessLog.Record.HEALTH if tab == "health" else AccessLog.Record.FILE
    places = students.places_of(student)
    note(request, record, student, sat_in=places.classes)
    return page(request, student, tab, tabs=tabs, places=places)


@require_POST
def student_identifiers(request: SignedInRequest, pk: int) -> HttpResponse:
    """The record with the personal numbers in full, once, for a purpose that is kept; the next look is masked again."""
    student = visible_student(request, pk)
    if reason := permissions.read_identifiers_denial(request.user, student):
        raise PermissionDenied(reason)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return page(request, student, "record", purpose_form=form)
    note(request, AccessLog.Record.IDENTIFIERS, student, form.cleaned_data["purpose"])
    return page(request, student, "record", is_unmasked=True)


def visible_student(request: SignedInRequest, pk: int) -> Student:
    return get_object_or_404(permissions.visible_students(request.user), pk=pk)


def tabs_for(request: SignedInRequest, student: Student) -> dict[str, Any]:
    """The tabs that this person may open, with their names."""
    reads_family = permissions.read_family_denial(request.user, student) is None
    tabs = {name: label for name, label in TABS.items() if name not in OF_FAMILY or reads_family}
    if not request.user.has_perm("accounts.work_here"):
        tabs.pop("history", None)
    if permissions.read_student_health_denial(request.user, student):
        tabs.pop("health")
    if permissions.read_reads_denial(request.user):
        tabs.pop("reads")
    return tabs


def page(
    request: SignedInRequest,
    student: Student,
    tab: str,
    *,
    tabs: dict[str, Any] | None = None,
    places: students.Places | None = None,
    is_unmasked: bool = False,
    **more: Any,
) -> HttpResponse:
    """The page at one tab; `tabs` and `places` where they are known; `more` are the forms that another view has read."""
    today = local_day(timezone.now())
    tabs = tabs or tabs_for(request, student)
    reads_family = "family" in tabs
    places = places or students.places_of(student)
    context: dict[str, Any] = {
        "student": student,
        "tab": tab,
        "tab_label": tabs[tab],
        "tabs": tabs,
        "places": places,
        "reads_family": reads_family,
        "can_mend": permissions.mend_at_denial(request.user, places.current) is None,
        "today": today,
    }
    if tab == "record":
        context |= _record(request, student, is_unmasked=is_unmasked, reads_family=reads_family)
    elif tab == "family":
        context["family"] = students.family_of(student, today)
        context["is_staff"] = request.user.has_perm("accounts.work_here")
        context["can_take_request"] = permissions.take_data_request_denial(request.user) is None
    elif tab == "health":
        context |= _health(request, student)
    elif tab == "moves":
        context |= _moves(request, student, places)
    elif tab == "history":
        context["history"] = history.of_student(student)
    elif tab == "reads":
        found = reads.reads_about(student).select_related("person")[:READS_SHOWN]
        context["lines"] = reads.lines_of(found)
    return render(request, "registry/student_detail.html", context | more, status=422 if more else 200)


def _moves(request: SignedInRequest, student: Student, places: students.Places) -> dict[str, Any]:
    moves = movements.moves_of(student)
    year = SchoolYear.objects.current(local_day(timezone.now()))
    return {
        "moves": moves,
        "status": movements.status_of(places.places, moves),
        "cancellable": {
            move.movement.pk
            for move in moves
            if move.can_be_cancelled and movements.cancel_denial(request.user, move.movement) is None
        },
        "can_move": bool(movements.possible_kinds(request.user, places.current, year)),
    }


def _health(request: SignedInRequest, student: Student) -> dict[str, Any]:
    """Notes and check-ups; who wrote and changed them is told to those who read every note."""
    whole = permissions.reads_student_health_notes(request.user, student)
    is_staff = request.user.has_perm("accounts.work_here")
    return {
        "checks": health.checks_of(student, whole=whole),
        "notes": health.notes_of(student, whole=whole, ended=whole and is_staff),
        "can_note": permissions.record_student_health_denial(request.user, student) is None,
        "history": history.of_health(student) if whole and is_staff else [],
    }


def _record(request: SignedInRequest, student: Student, *, is_unmasked: bool, reads_family: bool) -> dict[str, Any]:
    shown = str if is_unmasked else history.masked
    return {
        "moet_id": shown(student.moet_id or ""),
        "national_id": shown(student.national_id or ""),
        "can_unmask": not is_unmasked and permissions.read_identifiers_denial(request.user, student) is None,
        "purpose_form": PurposeForm(),
        "policies": students.policies_of(student, local_day(timezone.now())) if reads_family else [],
    }
