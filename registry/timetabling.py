"""Lessons in the week, and how two timetables differ. Pure: plain values in, plain values out."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MORNING, AFTERNOON = "am", "pm"
SESSIONS = (MORNING, AFTERNOON)
# Thứ Hai is day 2 of the Vietnamese week, Thứ Bảy day 7; school is out on Sundays.
WEEKDAYS = range(2, 8)
# Periods of one session.
PERIODS = range(1, 6)
WEEKS_A_YEAR = 35


class Slot(NamedTuple):
    """A period of the week; slots sort as the week runs ("am" before "pm")."""

    weekday: int
    session: str
    period: int


@dataclass(frozen=True)
class Item:
    """One lesson as a class or a teacher sees it: `what` is taught, `who` teaches it (or which class it is), `room`."""

    slot: Slot
    what: str
    who: str = ""
    room: str = ""

    @property
    def lesson(self) -> tuple[str, str]:
        """What stays the same when a lesson moves."""
        return self.what, self.who


class Kind(StrEnum):
    """What happened to a lesson between two versions."""

    ADDED = "added"
    MOVED = "moved"
    DROPPED = "dropped"
    OTHER_PERSON = "person"
    OTHER_ROOM = "room"


@dataclass(frozen=True)
class Change:
    """One difference; an added lesson has no `before`, a dropped one no `after`."""

    kind: Kind
    before: Item | None
    after: Item | None

    @property
    def at(self) -> Slot:
        """Where it stands in a list of changes: its new place, or the one it left."""
        item = self.after or self.before
        if item is None:
            raise ValueError("a change has a lesson before or after it")
        return item.slot


KeyOf = Callable[[Item], Hashable]
# Which lessons of the two sides belong together, the surest likeness first.
LIKENESS: tuple[tuple[Kind, KeyOf], ...] = (
    (Kind.OTHER_ROOM, lambda item: (item.slot, item.lesson)),
    (Kind.MOVED, lambda item: item.lesson),
    (Kind.OTHER_PERSON, lambda item: (item.slot, item.what)),
)


def compare(before: Iterable[Item], after: Iterable[Item]) -> list[Change]:
    """How `after` differs from `before`, in the order of the week; docs/algorithms/timetable.md says by which rules."""
    gone, new = _unlike(list(before), list(after))
    changes: list[Change] = []
    for kind, key in LIKENESS:
        pairs, gone, new = _paired(gone, new, key)
        changes += [Change(kind, old, young) for old, young in pairs]
    changes += [Change(Kind.DROPPED, item, None) for item in gone]
    changes += [Change(Kind.ADDED, None, item) for item in new]
    return sorted(changes, key=lambda change: (change.at, change.kind, *_lesson_of(change)))


def _lesson_of(change: Change) -> tuple[str, str]:
    item = change.after or change.before
    return item.lesson if item else ("", "")


def _unlike(before: list[Item], after: list[Item]) -> tuple[list[Item], list[Item]]:
    """What only one side has, in the order of the week; a lesson that stands on both sides twice is the same twice."""
    old, young = Counter(before), Counter(after)
    return sorted((old - young).elements(), key=_order), sorted((young - old).elements(), key=_order)


def _order(item: Item) -> tuple[Slot, str, str, str]:
    return item.slot, item.what, item.who, item.room


def _paired(
    gone: Sequence[Item], new: Sequence[Item], key: KeyOf
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pairs with the same key, the first with the first; and what is left of both sides."""
    waiting: dict[Hashable, list[Item]] = {}
    for item in new:
        waiting.setdefault(key(item), []).append(item)
    pairs, left = [], []
    for item in gone:
        if partners := waiting.get(key(item)):
            pairs.append((item, partners.pop(0)))
        else:
            left.append(item)
    rest = Counter(item for partners in waiting.values() for item in partners)
    return pairs, left, sorted(rest.elements(), key=_order)


def weekly(periods: int) -> range:
    """How many periods a week a subject may have that has so many a year: 35 weeks, and where it does not divide the
    whole numbers on both sides (52 a year: one week one period, the next week two)."""
    whole, rest = divmod(periods, WEEKS_A_YEAR)
    return range(whole, whole + (2 if rest else 1))
