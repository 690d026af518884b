"""How a version differs from the one before it: by class, by teacher, and whom that concerns."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Q, QuerySet

from accounts.models import User
from registry.models import SchoolClass, Timetable, TimetableEntry
from registry.timetabling import Change, Item, Kind, compare


@dataclass(frozen=True)
class Part:
    """The changes of one class or one teacher."""

    of: SchoolClass | User
    changes: list[Change]


@dataclass(frozen=True)
class Difference:
    """Against `base`, the version that holds until then; None when there is none."""

    base: Timetable | None
    by_class: list[Part]
    by_teacher: list[Part]

    @property
    def counts(self) -> dict[str, int]:
        """How many lessons changed how, counted in the classes."""
        found = Counter(change.kind for part in self.by_class for change in part.changes)
        return {kind.value: found[kind] for kind in Kind}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def teachers(self) -> list[User]:
        """Those whose own lessons changed."""
        return [part.of for part in self.by_teacher if isinstance(part.of, User)]

    @property
    def classes(self) -> list[SchoolClass]:
        return [part.of for part in self.by_class if isinstance(part.of, SchoolClass)]


def base_of(timetable: Timetable) -> Timetable | None:
    """The published version that this one takes over from."""
    earlier = Q(applies_from__lt=timetable.applies_from) | Q(
        applies_from=timetable.applies_from, number__lt=timetable.number
    )
    found = Timetable.objects.published().filter(earlier, school_year=timetable.school_year_id)
    return found.exclude(pk=timetable.pk).order_by("-applies_from", "-number").first()


def whole(entries: QuerySet[TimetableEntry]) -> QuerySet[TimetableEntry]:
    """Lessons with everything that is said of them."""
    return entries.select_related("school_class", "teacher", "class_subject__item__subject")


def entries_of(timetable: Timetable) -> QuerySet[TimetableEntry]:
    """All lessons of a version."""
    return whole(timetable.entries.all())


def difference(timetable: Timetable, lessons: Sequence[TimetableEntry] | None = None) -> Difference:
    """Against the version before; `lessons` are those of a file that is not saved yet. Three queries at most."""
    base = base_of(timetable)
    before = list(entries_of(base)) if base else []
    after = list(entries_of(timetable)) if lessons is None else list(lessons)
    labels = _labels([*before, *after])
    classes = {entry.school_class_id: entry.school_class for entry in [*before, *after]}
    teachers = {entry.teacher.pk: entry.teacher for entry in [*before, *after] if entry.teacher}
    of_classes = [
        Part(found, compare(old, new))
        for found, old, new in _sides(classes, before, after, "school_class_id", partial(_of_class, labels=labels))
    ]
    of_teachers = [
        Part(found, compare(old, new)) for found, old, new in _sides(teachers, before, after, "teacher_id", _of_teacher)
    ]
    return Difference(
        base, [part for part in of_classes if part.changes], [part for part in of_teachers if part.changes]
    )


def _sides(
    whom: Mapping[int, SchoolClass | User],
    before: Sequence[TimetableEntry],
    after: Sequence[TimetableEntry],
    key: str,
    item: Callable[[TimetableEntry], Item],
) -> Iterator[tuple[SchoolClass | User, list[Item], list[Item]]]:
    """Each class or teacher with their lessons of both sides, in the order of lists."""
    sides: tuple[dict[int, list[Item]], ...] = ({}, {})
    for side, entries in zip(sides, (before, after), strict=True):
        for entry in entries:
            side.setdefault(getattr(entry, key), []).append(item(entry))
    for pk, found in sorted(whom.items(), key=lambda pair: (pair[1].sort_key, pair[0])):
        yield found, sides[0].get(pk, []), sides[1].get(pk, [])


def _labels(entries: Iterable[TimetableEntry]) -> dict[int, str]:
    """Teachers by name; two of one name are told apart."""
    teachers = {entry.teacher.pk: entry.teacher for entry in entries if entry.teacher}
    often = Counter(teacher.full_name for teacher in teachers.values())
    return {
        pk: f"{teacher.full_name} ({teacher.username})" if often[teacher.full_name] > 1 else teacher.full_name
        for pk, teacher in teachers.items()
    }


def _of_class(entry: TimetableEntry, labels: dict[int, str]) -> Item:
    return Item(entry.slot, entry.title, labels.get(entry.teacher_id or 0, ""), entry.room)


def _of_teacher(entry: TimetableEntry) -> Item:
    """For a teacher the class stands where a class has the teacher."""
    return Item(entry.slot, entry.title, entry.school_class.name, entry.room)
