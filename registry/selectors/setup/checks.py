"""What a school year still lacks before its books are opened; each finding names what it means."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import StaffProfile, User
from registry.models import ClassSubject, Enrollment, SchoolClass, SchoolYear, TeachingAssignment
from registry.selectors.completeness import missing_of
from registry.selectors.setup import state
from registry.selectors.setup.calendar import WEEKS

NAMED = 30


class Lack(StrEnum):
    """Kinds of findings, in the order in which they are mended."""

    TERMS = "terms"
    PROGRAMME = "programme"
    CLASSES = "classes"
    SUBJECTS = "subjects"
    KEEPERS = "keepers"
    TEACHERS = "teachers"
    IDLE = "idle"
    WAITING = "waiting"
    EMPTY = "empty"
    TWICE = "twice"
    TWINS = "twins"
    ORDER = "order"
    RECORDS = "records"


# Without these a book would have the wrong columns, or none.
_BLOCKING = frozenset({Lack.TERMS, Lack.PROGRAMME, Lack.CLASSES, Lack.SUBJECTS})


@dataclass(frozen=True)
class Named:
    """One thing that lacks something; `pk` is of the object that is to be mended."""

    label: str
    pk: int = 0


@dataclass(frozen=True)
class Finding:
    """What is missing, how many times, and the first of them by name."""

    lack: Lack
    count: int
    named: list[Named] = field(default_factory=list)

    @property
    def is_blocking(self) -> bool:
        return self.lack in _BLOCKING

    @property
    def more(self) -> int:
        """How many there are beyond those named."""
        return self.count - len(self.named) if self.named else 0


def findings(year: SchoolYear, before: SchoolYear | None, *, grades: range, day: date, terms: int) -> list[Finding]:
    """Everything that is missing; an empty list means ready. `terms` is how many the year has.

    Seven queries, whatever the number of pupils.
    """
    classes = list(_classes(year, day))
    seats = list(_seats(year))
    found = [
        Finding(Lack.TERMS, max(len(WEEKS) - terms, 0)),
        _finding(Lack.PROGRAMME, _unplanned(year, grades)),
        *_of_classes(classes, grades),
        _finding(Lack.TEACHERS, _untaught(year, day)),
        _finding(Lack.IDLE, _idle(year, day)),
        _finding(Lack.WAITING, _waiting(year, before, grades[-1])),
        *_of_seats(seats, {item.pk for item in classes if item.has_books}),
        _finding(Lack.RECORDS, _incomplete(year, seats, day)),
    ]
    order = list(Lack)
    return sorted((item for item in found if item.count), key=lambda item: order.index(item.lack))


def _finding(lack: Lack, named: Iterable[Named]) -> Finding:
    everything = list(named)
    return Finding(lack, len(everything), everything[:NAMED])


def _unplanned(year: SchoolYear, grades: range) -> Iterator[Named]:
    """Grades without a circular or without subjects."""
    return (_grade(grade) for grade in state.coverage(year).missing(grades))


def _grade(grade: int) -> Named:
    return Named(_("Khối %(grade)s") % {"grade": grade}, grade)


# --- classes ------------------------------------------------------------------------------------
def _classes(year: SchoolYear, day: date) -> QuerySet[Any]:
    unkept = state.without_keeper(year, day).filter(pk=OuterRef("pk")).order_by()
    books = ClassSubject.objects.filter(school_class=OuterRef("pk"), gradebooks__isnull=False).order_by()
    return (
        SchoolClass.objects.filter(school_year=year)
        .annotate(
            has_no_keeper=Exists(unkept),
            has_books=Exists(books),
            subjects=Count("class_subjects", distinct=True),
            present=Count("enrollments", filter=Q(enrollments__left_on=None), distinct=True),
        )
        .order_by("sort_key")
    )


def _of_classes(classes: list[Any], grades: range) -> Iterator[Finding]:
    has = {item.grade for item in classes}
    yield _finding(Lack.CLASSES, (_grade(grade) for grade in grades if grade not in has))
    yield _finding(Lack.SUBJECTS, (Named(item.name, item.pk) for item in classes if not item.subjects))
    yield _finding(Lack.KEEPERS, (Named(item.name, item.pk) for item in classes if item.has_no_keeper))
    yield _finding(Lack.EMPTY, (Named(item.name, item.pk) for item in classes if not item.present))


# --- teachers -----------------------------------------------------------------------------------
def _untaught(year: SchoolYear, day: date) -> Iterator[Named]:
    rows = state.untaught(year, day).order_by("school_class__sort_key", "item__subject__position")
    for pk, subject, name in rows.values_list("pk", "item__subject__name", "school_class__name"):
        yield Named(f"{subject} {name}", pk)


def _idle(year: SchoolYear, day: date) -> Iterator[Named]:
    """Teachers by their post, or by having taught before, who teach nothing on the day."""
    held = TeachingAssignment.objects.in_force(day).filter(
        teacher=OuterRef("pk"), class_subject__school_class__school_year=year
    )
    posts = StaffProfile.objects.filter(left_on=None, position__icontains="giáo viên")
    ever = TeachingAssignment.objects.order_by().values("teacher")
    working = StaffProfile.objects.filter(left_on=None).values("user")
    people = User.objects.filter(
        Q(pk__in=posts.values("user")) | Q(pk__in=ever), ~Exists(held), is_active=True, pk__in=working
    ).order_by("sort_key", "pk")
    for pk, name in people.values_list("pk", "full_name"):
        yield Named(name, pk)


# --- pupils -------------------------------------------------------------------------------------
def _waiting(year: SchoolYear, before: SchoolYear | None, top_grade: int) -> Iterator[Named]:
    """By last year's class, because that is where they are decided."""
    if before is None:
        return
    rows = state.waiting_pupils(year, before, top_grade).order_by("school_class__sort_key", "roll_no")
    for name, school_class, pk in rows.values_list("student__full_name", "school_class__name", "school_class"):
        yield Named(f"{name} ({school_class})", pk)


_SEAT = (
    "school_class",
    "school_class__name",
    "roll_no",
    "left_on",
    "student",
    "student__full_name",
    "student__sort_key",
    "student__moet_id",
    "student__national_id",
    "student__birth_date",
)
Seat = Mapping[str, Any]


def _seats(year: SchoolYear) -> Iterator[Seat]:
    rows = Enrollment.objects.filter(school_class__school_year=year).order_by("school_class__sort_key", "roll_no")
    return iter(rows.values(*_SEAT))


def _of_seats(seats: list[Seat], with_books: set[int]) -> Iterator[Finding]:
    present = [seat for seat in seats if seat["left_on"] is None]
    yield _finding(Lack.TWICE, _twice(present))
    yield _finding(Lack.TWINS, _twins(present))
    yield _finding(Lack.ORDER, _out_of_order(seats, with_books))


def _incomplete(year: SchoolYear, seats: list[Seat], day: date) -> Iterator[Named]:
    """Pupils whose minimum record lacks something (R1)."""
    lacking = missing_of(Enrollment.objects.present().filter(school_class__school_year=year), day)
    for seat in seats:
        if seat["left_on"] is None and lacking[seat["student"]]:
            yield Named(_in_class(seat), seat["student"])


def _in_class(seat: Seat) -> str:
    return f"{seat['student__full_name']} ({seat['school_class__name']})"


def _twice(present: list[Seat]) -> Iterator[Named]:
    """One pupil in two classes."""
    seen: dict[int, list[Seat]] = defaultdict(list)
    for seat in present:
        seen[seat["student"]].append(seat)
    for pk, seats in seen.items():
        if len(seats) > 1:
            names = ", ".join(seat["school_class__name"] for seat in seats)
            yield Named(f"{seats[0]['student__full_name']} ({names})", pk)


def _twins(present: list[Seat]) -> Iterator[Named]:
    """Two records of one name and birth date; not when each has a code of its own, as two pupils have."""
    seen: dict[tuple[str, date], dict[int, Seat]] = defaultdict(dict)
    for seat in present:
        if seat["student__birth_date"]:
            seen[seat["student__sort_key"], seat["student__birth_date"]][seat["student"]] = seat
    for twins in seen.values():
        if len(twins) > 1 and not all(_has_code(seat) for seat in twins.values()):
            names = ", ".join(seat["school_class__name"] for seat in twins.values())
            yield Named(f"{next(iter(twins.values()))['student__full_name']} ({names})", next(iter(twins)))


def _has_code(seat: Seat) -> bool:
    return bool(seat["student__moet_id"] or seat["student__national_id"])


def _out_of_order(seats: list[Seat], with_books: set[int]) -> Iterator[Named]:
    """Lists with gaps or not by name, as long as their numbers may still move."""
    lists: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats:
        if seat["school_class"] not in with_books:
            lists[seat["school_class"]].append(seat)
    for pk, rows in lists.items():
        if not is_in_order([(seat["roll_no"], seat["student__sort_key"], seat["left_on"]) for seat in rows]):
            yield Named(rows[0]["school_class__name"], pk)


def is_in_order(rows: list[tuple[int, str, date | None]]) -> bool:
    """(number, key, left on) by number: 1, 2, 3 … without gaps, those who are here by name."""
    keys = [key for _number, key, left_on in rows if left_on is None]
    return [row[0] for row in rows] == list(range(1, len(rows) + 1)) and keys == sorted(keys)
