"""The log of reading as people ask of it: who has read about this pupil, and who reads much (P1-23)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from accounts.models import AccessLog, User
from accounts.roles import Role
from registry.models import SchoolClass, Student

WEEK = timedelta(days=7)
MOST_READERS = 20

CAPACITIES = dict([*Role.choices, *AccessLog.Capacity.choices])


@dataclass(frozen=True)
class Line:
    """A line of the log with its words: by which duty, about whom."""

    read: AccessLog
    capacity: str
    about: str


@dataclass(frozen=True)
class Reader:
    """How many different records one person has opened since a moment."""

    person: User
    pupils: int
    classes: int
    copies: int


def reads_about(student: Student) -> QuerySet[AccessLog]:
    """What was read of this pupil alone or with a class in which they sat, and whole books that hold everybody."""
    classes = student.enrollments.values("school_class")
    return AccessLog.objects.filter(
        Q(about="student", about_id=student.pk) | Q(about="class", about_id__in=classes) | Q(about="school")
    )


def lines_of(reads: Iterable[AccessLog]) -> list[Line]:
    """These lines in words; two queries, however many lines."""
    found = list(reads)
    pupils = Student.objects.in_bulk({read.about_id for read in found if read.about == "student"})
    classes = SchoolClass.objects.in_bulk({read.about_id for read in found if read.about == "class"})
    named: dict[str, dict[int, object]] = {"student": {**pupils}, "class": {**classes}}
    return [Line(read, capacity_of(read), str(named.get(read.about, {}).get(read.about_id, ""))) for read in found]


def capacity_of(read: AccessLog) -> str:
    """The duties by which this person could read, in words."""
    return ", ".join(str(CAPACITIES.get(code, code)) for code in read.capacity.split(","))


def readers_since(since: datetime) -> list[Reader]:
    """Those who opened the most pupils' records since then, the most first; two queries."""
    counted = (
        AccessLog.objects.filter(at__gte=since)
        .order_by()
        .values("person")
        .annotate(
            pupils=Count("about_id", distinct=True, filter=Q(about="student")),
            classes=Count("about_id", distinct=True, filter=Q(about="class")),
            copies=Count("pk", filter=Q(record=AccessLog.Record.COPY)),
        )
        .order_by("-pupils", "-classes", "person")[:MOST_READERS]
    )
    rows = list(counted)
    people = User.objects.in_bulk([row["person"] for row in rows])
    return [Reader(people[row["person"]], row["pupils"], row["classes"], row["copies"]) for row in rows]
