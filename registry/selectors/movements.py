"""What has happened to a pupil, what may happen next, and the state that follows from it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import Enrollment, Movement, SchoolClass, SchoolYear, Student, Term

Kind = Movement.Kind
OUT = (Kind.TRANSFER_OUT, Kind.DROP_OUT, Kind.GRADUATION)


@dataclass(frozen=True)
class Move:
    """An event as the page tells it; `can_be_cancelled` is a possible step, not yet a right."""

    movement: Movement
    is_cancelled: bool
    can_be_cancelled: bool


def moves_of(student: Student) -> list[Move]:
    """Latest first; one query."""
    found = list(
        student.movements.select_related(
            "from_place__school_class__school_year",
            "to_place__school_class__school_year",
            "recorded_by",
            "cancels",
            "cancellation",
        ).order_by("-pk")
    )
    in_effect = [item for item in found if item.kind != Kind.CANCELLATION and not _is_cancelled(item)]
    latest = in_effect[0] if in_effect else None
    return [Move(item, _is_cancelled(item), item is latest) for item in found]


def _is_cancelled(movement: Movement) -> bool:
    return hasattr(movement, "cancellation")


def cancel_denial(user: User, movement: Movement) -> str | None:
    """Who may record it may cancel it, in every class that it touched."""
    for place in (movement.from_place, movement.to_place):
        if place is not None and (reason := permissions.record_movement_denial(user, place.school_class)):
            return reason
    return None


def possible_kinds(user: User, place: Enrollment | None, year: SchoolYear | None) -> list[Kind]:
    """What this person may record now of the pupil who sits at `place`: leaving and changing class, or coming back."""
    if place is not None:
        is_refused = permissions.record_movement_denial(user, place.school_class)
        return [] if is_refused else [Kind.TRANSFER_OUT, Kind.DROP_OUT, Kind.CLASS_CHANGE, Kind.GRADUATION]
    return [Kind.RE_ENTRY] if year and _any_class(user, year) else []


def _any_class(user: User, year: SchoolYear) -> bool:
    first = permissions.visible_rosters(user).filter(school_year=year).select_related("school_year").first()
    return first is not None and permissions.record_movement_denial(user, first) is None


def target_classes(user: User, student: Student, kind: str, year: SchoolYear | None) -> QuerySet[SchoolClass]:
    """The classes into which this movement may lead."""
    classes = permissions.visible_rosters(user).select_related("school_year")
    place = student.enrollments.present().select_related("school_class").order_by("-enrolled_on").first()
    if kind == Kind.CLASS_CHANGE and place is not None:
        same = classes.filter(school_year=place.school_class.school_year_id, grade=place.school_class.grade)
        return same.exclude(pk=place.school_class_id)
    return classes.filter(school_year=year) if kind == Kind.RE_ENTRY else classes.none()


def status_of(places: list[Enrollment], moves: list[Move]) -> str:
    """Trạng thái học sinh as the sector writes it: derived from the latest event and its day, never stored."""
    latest = next((move.movement for move in moves if move.can_be_cancelled), None)
    place = latest and (latest.to_place or latest.from_place)
    terms = list(Term.objects.filter(school_year=place.school_class.school_year_id)) if place else []
    return status_after(latest, terms, is_present=any(place.left_on is None for place in places))


def status_after(latest: Movement | None, terms: list[Term], *, is_present: bool) -> str:
    """The state after the latest event in effect; `terms` are those of the year in which it happened."""
    if latest is None or latest.kind == Kind.CLASS_CHANGE:
        return _("Đang học") if is_present else _("Không còn học ở trường")
    if latest.kind == Kind.GRADUATION:
        return _("Đã ra trường")
    words = {
        Kind.TRANSFER_IN: _("Chuyển đến %(when)s"),
        Kind.TRANSFER_OUT: _("Chuyển đi %(when)s"),
        Kind.DROP_OUT: _("Thôi học %(when)s"),
        Kind.RE_ENTRY: _("Nghỉ học xin học lại %(when)s"),
    }
    return words[Kind(latest.kind)] % {"when": _when(latest.happened_on, terms)}


def _when(day: date, terms: list[Term]) -> str:
    for term in terms:
        if term.starts_on <= day <= term.ends_on:
            return _("kỳ %(number)s") % {"number": term.number}
    after_first = [term for term in terms if term.number == Term.Number.FIRST and day > term.ends_on]
    before_last = [term for term in terms if term.number == Term.Number.SECOND and day < term.starts_on]
    # The days between the two terms belong to the second.
    return _("kỳ %(number)s") % {"number": 2} if after_first and before_last else _("trong hè")
