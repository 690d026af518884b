"""Writing down the check-up of a class, all lines or none and never over what somebody else has just written; and notes (R6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry import growth, permissions
from registry.models import HealthCheck, HealthNote, SchoolClass, Student
from registry.selectors.imports import Change
from registry.services.pen import Pen
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.history import keep
from schoolops.lib.workflow import TransitionDenied

FIELDS = (*growth.FIGURES, "conclusion", "is_for_homeroom")
UNMEASURED: dict[str, Any] = {**dict.fromkeys(growth.FIGURES), "conclusion": "", "is_for_homeroom": False}


@dataclass(frozen=True)
class Typed:
    """The line of one pupil as it was sent, and as it stood when the page was opened."""

    student_id: int
    values: dict[str, Any]
    seen: dict[str, Any]

    def changed(self) -> list[str]:
        return [name for name in FIELDS if self.values[name] != self.seen[name]]


@dataclass(frozen=True)
class Conflict:
    """A value that somebody else has changed meanwhile: `check` holds theirs, `mine` is not written."""

    check: HealthCheck
    field: str
    mine: Any


class ChecksConflictError(Exception):
    """Nothing was written; names every value in question."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        super().__init__(f"{len(conflicts)} values changed meanwhile")
        self.conflicts = conflicts


def standing(check: HealthCheck | None) -> dict[str, Any]:
    """The values of a line as they are."""
    return {name: getattr(check, name) for name in FIELDS} if check else dict(UNMEASURED)


@transaction.atomic
def record_checks(*, school_class: SchoolClass, number: int, typed: Iterable[Typed], checked_on: date, by: User) -> int:
    """Write what was changed; returns for how many pupils. The day is of those who are written down for the first time.

    Raises PermissionDenied, and ChecksConflictError when a value is no longer what this person saw. Pupils who have left the class
    meanwhile are passed over.
    """
    if reason := permissions.record_health_denial(by, school_class):
        raise PermissionDenied(reason)
    lines = {item.student_id: item for item in typed if item.changed()}
    # Two who write down the same class take turns: each pupil's place is locked, also where there is no check-up yet.
    places = school_class.enrollments.present().filter(student__in=lines).order_by("pk").select_for_update(of=("self",))
    present = [place.student_id for place in places]
    held = {
        check.student_id: check
        for check in HealthCheck.objects.filter(
            student__in=present, school_year=school_class.school_year_id, round=number
        ).select_related("recorded_by")
    }
    if conflicts := [conflict for pk in present for conflict in _conflicts(lines[pk], held.get(pk))]:
        raise ChecksConflictError(conflicts)
    pen = Pen(by, _("Khám sức khỏe đợt %(number)s lớp %(name)s") % {"number": number, "name": school_class.name})
    new = [
        HealthCheck(
            student_id=pk,
            school_year_id=school_class.school_year_id,
            round=number,
            checked_on=checked_on,
            recorded_by=by,
            **lines[pk].values,
        )
        for pk in present
        if pk not in held
    ]
    pen.create(HealthCheck, new)
    pen.update(HealthCheck, {check: _changes(lines[pk], by) for pk, check in held.items()})
    return len(present)


def _conflicts(line: Typed, check: HealthCheck | None) -> list[Conflict]:
    """Another line, or another value of the same line, may change meanwhile; the same value may not."""
    if check is None:
        return []
    return [
        Conflict(check, name, line.values[name])
        for name in line.changed()
        if getattr(check, name) not in (line.seen[name], line.values[name])
    ]


def _changes(line: Typed, by: User) -> list[Change]:
    changes = [Change("", "", "", name, line.values[name]) for name in line.changed()]
    return [*changes, Change("", "", "", "recorded_by", by)]


@transaction.atomic
def add_health_note(*, student: Student, note: dict[str, Any], by: User) -> HealthNote:
    """`note` are fields of HealthNote. Raises PermissionDenied, or TransitionDenied when the same words stand there already."""
    locked = Student.objects.select_for_update(of=("self",)).get(pk=student.pk)
    if reason := permissions.record_student_health_denial(by, locked):
        raise PermissionDenied(reason)
    same = {name: note.get(name) for name in ("category", "text")}
    if locked.health_notes.filter(ended_on=None, **same).exists():
        raise TransitionDenied(_("Ghi chú này đã có trong hồ sơ của em."))
    return keep(HealthNote(student=student, recorded_by=by, **note), by)


@transaction.atomic
def end_health_note(*, note: HealthNote, by: User) -> HealthNote:
    """It no longer holds, or was a mistake; it stays in the record. Raises PermissionDenied or TransitionDenied."""
    locked = HealthNote.objects.select_for_update(of=("self",)).select_related("student").get(pk=note.pk)
    if reason := permissions.record_student_health_denial(by, locked.student):
        raise PermissionDenied(reason)
    if locked.ended_on is not None:
        raise TransitionDenied(_("Ghi chú này đã kết thúc."))
    locked.ended_on = max(local_day(db_now()), locked.noted_on)
    return keep(locked, by)
