"""Lessons and their changes as sentences."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registry.models import SchoolClass, TimetableEntry
from registry.selectors.timetables.differences import Difference, Part
from registry.timetabling import Change, Item, Kind, Slot


@dataclass(frozen=True)
class Line:
    """One change: what kind, of which lesson, and what stood there before and stands there after."""

    kind: str
    lesson: str
    before: str
    after: str


@dataclass(frozen=True)
class Section:
    """The changes of one class or teacher; `pk` leads to their timetable."""

    pk: int
    name: str
    lines: list[Line]


def slot_in_words(slot: Slot) -> str:
    """ "Thứ Hai, sáng tiết 2"."""
    return _("%(day)s, %(session)s tiết %(period)s") % {
        "day": TimetableEntry.Weekday(slot.weekday).label,
        "session": str(TimetableEntry.Session(slot.session).label).lower(),
        "period": slot.period,
    }


def sections(parts: Iterable[Part]) -> list[Section]:
    """Each class or teacher with the changes in words."""
    return [
        Section(part.of.pk, str(part.of), [_line(change, isinstance(part.of, SchoolClass)) for change in part.changes])
        for part in parts
    ]


def summary(difference: Difference) -> str:
    """ "3 tiết thêm, 12 tiết dời chỗ, 2 tiết đổi giáo viên"; "" when nothing changed."""
    labels = {
        Kind.ADDED: _("%(n)s tiết thêm"),
        Kind.MOVED: _("%(n)s tiết dời chỗ"),
        Kind.DROPPED: _("%(n)s tiết bỏ"),
        Kind.OTHER_PERSON: _("%(n)s tiết đổi giáo viên"),
        Kind.OTHER_ROOM: _("%(n)s tiết đổi phòng"),
    }
    counts = difference.counts
    return ", ".join(label % {"n": counts[kind.value]} for kind, label in labels.items() if counts[kind.value])


def _line(change: Change, of_class: bool) -> Line:
    labels = {
        Kind.ADDED: _("Thêm tiết"),
        Kind.MOVED: _("Dời tiết"),
        Kind.DROPPED: _("Bỏ tiết"),
        Kind.OTHER_PERSON: _("Đổi giáo viên") if of_class else _("Đổi lớp"),
        Kind.OTHER_ROOM: _("Đổi phòng"),
    }
    item = change.after or change.before
    lesson = _lesson(item) if item else ""
    if change.kind is Kind.OTHER_PERSON and item:
        lesson = f"{item.what}, {slot_in_words(item.slot)}"
    if change.kind is Kind.OTHER_ROOM and item:
        lesson = f"{lesson}, {slot_in_words(item.slot)}"
    return Line(labels[change.kind], lesson, _side(change.kind, change.before), _side(change.kind, change.after))


def _lesson(item: Item) -> str:
    return f"{item.what} ({item.who})" if item.who else item.what


def _side(kind: Kind, item: Item | None) -> str:
    if item is None:
        return ""
    if kind is Kind.OTHER_PERSON:
        return item.who
    return item.room if kind is Kind.OTHER_ROOM else slot_in_words(item.slot)
