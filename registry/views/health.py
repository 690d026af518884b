"""Khám sức khỏe: which classes are done, and the check-up of one class as a form (R6, P46)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import AccessLog
from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.health import CheckForm, DayForm, NoteForm, line_of, said_of
from registry.models import HealthCheck, SchoolClass, SchoolYear, Student
from registry.selectors import health
from registry.services.health import ChecksConflictError, standing
from registry.views.reads import note
from registry.views.students import visible_student
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt

Lines = list[tuple[health.Line, CheckForm | None]]


@require_GET
def health_list(request: SignedInRequest) -> HttpResponse:
    """The classes of the year whose check-ups this person reads, with how many pupils are done in each round."""
    if reason := permissions.read_health_denial(request.user):
        raise PermissionDenied(reason)
    year = SchoolYear.objects.current(local_day(timezone.now()))
    lines = health.progress(permissions.health_classes(request.user), year) if year else []
    context = {"year": year, "lines": lines, "rounds": HealthCheck.Round.choices}
    return render(request, "registry/health_list.html", context)


@dataclass(frozen=True)
class _Desk:
    """The class at one round as this person has it before them; `denial` says why they only read."""

    school_class: SchoolClass
    number: int
    sheet: health.Sheet
    denial: str | None

    def lines(self, data: Any = None) -> Lines:
        return [(line, None if self.denial else _form(line, data)) for line in self.sheet.lines]

    def day(self, data: Any = None) -> DayForm:
        today = local_day(timezone.now())
        first = self.sheet.last.checked_on if self.sheet.last else today
        return DayForm(data, year=self.school_class.school_year, today=today, initial={"checked_on": first})


@require_http_methods(["GET", "HEAD", "POST"])
def health_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One class at one round; a form for medical staff, plain text for the others who read it."""
    desk = _desk(request, pk)
    if request.method != "POST":
        note(request, AccessLog.Record.HEALTH, desk.school_class)
        return _page(request, desk, desk.lines(), None if desk.denial else desk.day())
    if desk.denial:
        raise PermissionDenied(desk.denial)
    lines, day = desk.lines(request.POST), desk.day(request.POST)
    # Every line is read, so that all errors are told at once.
    if all([day.is_valid(), *(form.is_valid() for _line, form in _sent(lines))]):
        try:
            count = services.record_checks(
                school_class=desk.school_class,
                number=desk.number,
                typed=[form.typed(line.student.pk) for line, form in _sent(lines)],
                checked_on=day.cleaned_data["checked_on"],
                by=request.user,
            )
        except ChecksConflictError as error:
            lines = _after_conflict(request, lines, error)
        else:
            _say(request, count)
            return redirect(f"{reverse('registry:health_detail', args=[pk])}?round={desk.number}")
    return _page(request, desk, lines, day)


def _desk(request: SignedInRequest, pk: int) -> _Desk:
    """Unseen is 404; whoever sees the class without its health gets the reason."""
    found = get_object_or_404(permissions.visible_classes(request.user).select_related("school_year"), pk=pk)
    if reason := permissions.read_health_denial(request.user, found):
        raise PermissionDenied(reason)
    asked = request.GET.get("round", "")
    number = next((item for item in HealthCheck.Round.values if str(item) == asked), HealthCheck.Round.FIRST.value)
    sheet = health.sheet(found, number, whole=permissions.reads_health_notes(request.user, found))
    return _Desk(found, number, sheet, permissions.record_health_denial(request.user, found))


def _form(line: health.Line, data: Any = None) -> CheckForm:
    """A pupil who came into the class after the page was opened has sent nothing."""
    prefix = f"s{line.student.pk}"
    sent = data if data is not None and f"{prefix}-seen" in data else None
    return CheckForm(sent, prefix=prefix, initial=line_of(standing(line.check)), who=line.student.full_name)


def _sent(lines: Lines) -> list[tuple[health.Line, CheckForm]]:
    return [(line, form) for line, form in lines if form is not None and form.is_bound]


def _after_conflict(request: SignedInRequest, lines: Lines, error: ChecksConflictError) -> Lines:
    """The same page on top of what stands now: what this person changed is kept, everything else is the latest."""
    data = request.POST.copy()
    checks = {conflict.check.student_id: conflict.check for conflict in error.conflicts}
    for line, form in _sent(lines):
        if check := checks.get(line.student.pk):
            changed = form.typed(line.student.pk).changed()
            latest = line_of(standing(check)).items()
            for name, value in latest:
                if name not in changed:
                    data[f"{form.prefix}-{name}"] = "on" if value is True else value or ""
    again = [(line, _form(line, data)) for line, _old in lines]
    for line, form in again:
        for conflict in error.conflicts:
            if conflict.check.student_id == line.student.pk:
                form.add_error(conflict.field, said_of(conflict))
    return list(again)


def _say(request: SignedInRequest, count: int) -> None:
    if count:
        text = ngettext("Đã lưu số liệu của %(count)s em.", "Đã lưu số liệu của %(count)s em.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("Không có gì thay đổi."))


def _page(request: SignedInRequest, desk: _Desk, lines: Lines, day: DayForm | None) -> HttpResponse:
    problems = _problems(lines, day)
    context = {
        "school_class": desk.school_class,
        "sheet": desk.sheet,
        "round": desk.number,
        "rounds": HealthCheck.Round.choices,
        "denial": desk.denial,
        "lines": lines,
        "day": day,
        "problems": problems,
    }
    return render(request, "registry/health_detail.html", context, status=422 if problems else 200)


def _problems(lines: Lines, day: DayForm | None) -> list[dict[str, Any]]:
    """What has to be looked at again, each with the pupil it belongs to."""
    forms = [("", day), *((f"{line.place.roll_no}. {line.student.full_name}, ", form) for line, form in lines)]
    return [
        {
            "target": "" if field.is_hidden else field.id_for_label,
            "label": f"{whose}{field.label}",
            "message": field.errors[0],
        }
        for whose, form in forms
        for field in form or ()
        if field.errors
    ]


# --- notes about one pupil ----------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def health_note_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """An allergy, an illness, an accident: dated, and marked if the homeroom teacher must know."""
    student = _noted(request, pk)
    today = local_day(timezone.now())
    form = NoteForm(request.POST if request.method == "POST" else None, today=today, initial={"noted_on": today})
    if form.is_valid():
        attempt(
            request,
            lambda: services.add_health_note(student=student, note=form.cleaned_data, by=request.user),
            _("Đã ghi chú sức khỏe."),
        )
        return redirect(_tab(student))
    context = {"student": student, "form": form}
    return render(request, "registry/health_note_new.html", context, status=422 if form.errors else 200)


@require_POST
def health_note_end(request: SignedInRequest, pk: int, note: int) -> HttpResponse:
    """The note no longer holds; it is kept."""
    student = _noted(request, pk)
    ended = get_object_or_404(student.health_notes, pk=note)
    attempt(request, lambda: services.end_health_note(note=ended, by=request.user), _("Đã ghi nhận."))
    return redirect(_tab(student))


def _noted(request: SignedInRequest, pk: int) -> Student:
    student = visible_student(request, pk)
    if reason := permissions.record_student_health_denial(request.user, student):
        raise PermissionDenied(reason)
    return student


def _tab(student: Student) -> str:
    return f"{reverse('registry:student_detail', args=[student.pk])}?tab=health"
