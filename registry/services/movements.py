"""Movements of pupils (R4): the event and what it does to the class lists, in one transaction; never by deletion.

A newcomer gets the next number of the list; nobody's number moves, and whoever leaves keeps theirs.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import Enrollment, Movement, SchoolClass, Student
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.history import keep
from schoolops.lib.workflow import TransitionDenied

Kind = Movement.Kind
LEAVING = frozenset({Kind.TRANSFER_OUT, Kind.DROP_OUT, Kind.GRADUATION})
# Transfers of the summer belong to the year that begins after it.
BEFORE_THE_YEAR = timedelta(days=100)


@dataclass(frozen=True)
class Event:
    """What is written of every movement."""

    happened_on: date
    reason: str
    document_number: str = ""
    document_date: date | None = None
    other_school: str = ""
    papers: str = ""


@transaction.atomic
def leave_school(*, student: Student, kind: str, event: Event, by: User) -> Movement:
    """Transfer out, drop-out or the end of school. Raises PermissionDenied, or TransitionDenied with the reason."""
    if kind not in LEAVING:
        raise ValueError(kind)
    locked, place = _lock_with_place(student)
    _require_right(by, place.school_class)
    _require_day(locked, place, event)
    made = _record(locked, kind, event, by, from_place=place)
    _close(place, made, by)
    return made


@transaction.atomic
def change_class(*, student: Student, to: SchoolClass, event: Event, by: User) -> Movement:
    """Into another class of the same year and grade. Raises PermissionDenied, or TransitionDenied with the reason."""
    locked, place = _lock_with_place(student)
    for school_class in (place.school_class, to):
        _require_right(by, school_class)
    if to.pk == place.school_class_id:
        raise TransitionDenied(_("Em đang học lớp %(name)s rồi.") % {"name": to.name})
    if (to.school_year_id, to.grade) != (place.school_class.school_year_id, place.school_class.grade):
        raise TransitionDenied(_("Chuyển lớp chỉ trong cùng khối và cùng năm học."))
    _require_day(locked, place, event)
    target, before = _place_in(to, locked, event.happened_on, by)
    made = _record(locked, Kind.CLASS_CHANGE, event, by, from_place=place, to_place=target, to_place_left_on=before)
    _close(place, made, by)
    return made


@transaction.atomic
def re_enter(*, student: Student, to: SchoolClass, event: Event, by: User) -> Movement:
    """Back after leaving; in the class they left, the pupil has their old number again.

    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    locked = _lock(student)
    _require_right(by, to)
    if (place := _current(locked)) is not None:
        raise TransitionDenied(_("Em đang học lớp %(name)s.") % {"name": place.school_class.name})
    last = locked.enrollments.order_by("-left_on").first()
    if last is not None and last.left_on and event.happened_on < last.left_on:
        raise TransitionDenied(
            _("Em rời trường ngày %(day)s; ngày học lại phải từ ngày đó.") % {"day": _day(last.left_on)}
        )
    _require_in_year(to, event)
    target, before = _place_in(to, locked, event.happened_on, by)
    return _record(locked, Kind.RE_ENTRY, event, by, to_place=target, to_place_left_on=before)


@transaction.atomic
def transfer_in(*, pupil: Student, to: SchoolClass, event: Event, by: User) -> Movement:
    """A new pupil from another school; `pupil` is not saved yet. Raises PermissionDenied, or TransitionDenied with the reason."""
    _require_right(by, to)
    _require_in_year(to, event)
    if known := _known(pupil):
        raise TransitionDenied(
            _("Em %(name)s đã có hồ sơ ở trường với mã này. Mở hồ sơ đó và ghi “Học lại”.") % {"name": known.full_name}
        )
    keep(pupil, by, str(Kind.TRANSFER_IN.label))
    target, _before = _place_in(to, pupil, event.happened_on, by)
    return _record(pupil, Kind.TRANSFER_IN, event, by, to_place=target)


def _known(pupil: Student) -> Student | None:
    for name in ("moet_id", "national_id"):
        value = getattr(pupil, name)
        if value and (found := Student.objects.filter(**{name: value}).first()):
            return found
    return None


@transaction.atomic
def cancel_movement(*, movement: Movement, reason: str, by: User) -> Movement:
    """A counter-event with its reason: the lists stand as before it; only the latest event can be cancelled.

    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    locked = _lock(movement.student)
    latest = locked.movements.in_effect().order_by("-pk").first()
    if latest is None or latest.pk != movement.pk:
        raise TransitionDenied(_("Chỉ hủy được biến động mới nhất của em."))
    places = [place for place in (latest.from_place, latest.to_place) if place is not None]
    for place in places:
        _require_right(by, place.school_class)
    made = _record(locked, Kind.CANCELLATION, Event(local_day(db_now()), reason), by, cancels=latest)
    if latest.to_place is not None:
        latest.to_place.left_on = latest.to_place_left_on or latest.to_place.enrolled_on
        keep(latest.to_place, by, str(made))
    if latest.from_place is not None:
        latest.from_place.left_on = None
        keep(latest.from_place, by, str(made))
    return made


# --- the rules ----------------------------------------------------------------------------------
def _lock(student: Student) -> Student:
    return Student.objects.select_for_update(of=("self",)).get(pk=student.pk)


def _lock_with_place(student: Student) -> tuple[Student, Enrollment]:
    """The pupil and where they sit now. Raises TransitionDenied when they sit nowhere."""
    locked = _lock(student)
    place = _current(locked)
    if place is None:
        last = locked.enrollments.order_by("-left_on").first()
        if last is None or last.left_on is None:
            raise TransitionDenied(_("Em chưa được xếp lớp."))
        raise TransitionDenied(_("Em đã rời trường từ %(day)s.") % {"day": _day(last.left_on)})
    return locked, place


def _current(student: Student) -> Enrollment | None:
    places = student.enrollments.present().select_related("school_class__school_year")
    return places.order_by("-enrolled_on").first()


def _require_right(by: User, school_class: SchoolClass) -> None:
    if reason := permissions.record_movement_denial(by, school_class):
        raise PermissionDenied(reason)


def _require_day(student: Student, place: Enrollment, event: Event) -> None:
    """Not in the future, not before the pupil came, not before what happened last."""
    _require_in_year(place.school_class, event)
    if event.happened_on < place.enrolled_on:
        raise TransitionDenied(
            _("Em vào lớp %(name)s ngày %(day)s; ngày này phải từ ngày đó.")
            % {"name": place.school_class.name, "day": _day(place.enrolled_on)}
        )
    last = student.movements.in_effect().order_by("-happened_on").first()
    if last is not None and event.happened_on < last.happened_on:
        raise TransitionDenied(
            _("Biến động trước (%(what)s) ghi ngày %(day)s; ngày này phải từ ngày đó.")
            % {"what": last.get_kind_display(), "day": _day(last.happened_on)}
        )


def _require_in_year(school_class: SchoolClass, event: Event) -> None:
    year = school_class.school_year
    if event.happened_on > local_day(db_now()):
        raise TransitionDenied(_("Ngày này ở tương lai. Ghi biến động khi đã xảy ra."))
    if event.happened_on < year.starts_on - BEFORE_THE_YEAR:
        raise TransitionDenied(_("Ngày này trước năm học %(year)s.") % {"year": year.code})


# --- what is written ----------------------------------------------------------------------------
def _place_in(school_class: SchoolClass, student: Student, day: date, by: User) -> tuple[Enrollment, date | None]:
    """The pupil's line in this class and when it had been left: their own of before, or a new one with the next number."""
    locked = SchoolClass.objects.select_for_update(of=("self",)).get(pk=school_class.pk)
    own = locked.enrollments.filter(student=student).first()
    if own is not None:
        before, own.left_on = own.left_on, None
        return keep(own, by, ""), before
    last = locked.enrollments.aggregate(last=Max("roll_no"))["last"] or 0
    made = Enrollment(student=student, school_class=locked, roll_no=last + 1, enrolled_on=day)
    return keep(made, by, ""), None


def _close(place: Enrollment, movement: Movement, by: User) -> None:
    place.left_on = movement.happened_on
    keep(place, by, str(movement))


def _record(student: Student, kind: str, event: Event, by: User, **more: Any) -> Movement:
    made = Movement(student=student, kind=kind, recorded_by=by, recorded_at=db_now(), **asdict(event), **more)
    made.full_clean()
    made.save()
    return made


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
