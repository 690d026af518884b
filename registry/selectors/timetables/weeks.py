"""The week of a class or a teacher, each day by the version that holds on it (W7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, Q, QuerySet, Subquery

from accounts.models import User
from registry.models import CalendarDay, SchoolClass, Timetable, TimetableEntry
from registry.selectors.timetables.differences import whole
from registry.timetabling import PERIODS, SESSIONS, WEEKDAYS

Weekday, Session = TimetableEntry.Weekday, TimetableEntry.Session
Lessons = list[TimetableEntry]


@dataclass
class Day:
    """One column of the week. `day` is None in the pattern of a version; `note` says why there is no school."""

    weekday: int
    day: date | None = None
    note: str = ""
    timetable: Timetable | None = None
    is_today: bool = False
    lessons: Lessons = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(Weekday(self.weekday).label)


@dataclass(frozen=True)
class Cell:
    """What one period of one day holds: usually one lesson, several when classes are joined."""

    weekday: int
    lessons: Lessons


@dataclass(frozen=True)
class Row:
    """One period of a session over the days of the week."""

    session: str
    period: int
    cells: list[Cell]
    starts_session: bool
    ends_session: bool

    @property
    def label(self) -> str:
        return str(Session(self.session).label)


@dataclass(frozen=True)
class Week:
    """The days with their lessons, and the same as rows of a table."""

    days: list[Day]
    rows: list[Row]
    monday: date | None = None

    @property
    def has_lessons(self) -> bool:
        return any(day.lessons for day in self.days)

    @property
    def timetables(self) -> list[Timetable]:
        """The versions that hold in this week, the earlier first."""
        return list(dict.fromkeys(day.timetable for day in self.days if day.timetable))

    @property
    def last(self) -> date | None:
        """The Saturday."""
        return self.monday + timedelta(days=5) if self.monday else None

    @property
    def previous(self) -> date | None:
        return self.monday - timedelta(days=7) if self.monday else None

    @property
    def following(self) -> date | None:
        return self.monday + timedelta(days=7) if self.monday else None


def _told(entries: QuerySet[TimetableEntry]) -> QuerySet[TimetableEntry]:
    return whole(entries).order_by("weekday", "session", "period", "school_class__sort_key")


def week_of(of: SchoolClass | User, day: date, today: date) -> Week:
    """The week of `day`. Three queries."""
    monday = day - timedelta(days=day.weekday())
    days = [Day(number, monday + timedelta(days=number - 2)) for number in WEEKDAYS]
    last = monday + timedelta(days=6)
    versions = list(
        Timetable.objects.published()
        .filter(applies_from__lte=last, school_year__ends_on__gte=monday)
        .defer("reading", "edits")
        .select_related("school_year")
        .order_by("-applies_from", "-number")
    )
    special = {found.day: found for found in CalendarDay.objects.filter(day__range=(monday, last))}
    for found in days:
        _settle(found, versions, special, today)
    chosen = {found.timetable.pk for found in days if found.timetable}
    entries = _told(TimetableEntry.objects.filter(timetable__in=chosen, **_of(of)))
    for entry in entries:
        for found in days:
            if found.weekday == entry.weekday and found.timetable and found.timetable.pk == entry.timetable_id:
                found.lessons.append(entry)
    return _as_week(days, monday)


def _settle(found: Day, versions: Sequence[Timetable], special: dict[date, CalendarDay], today: date) -> None:
    """Which version holds on a day, unless it is a holiday; a day made up for another says so."""
    if found.day is None:
        return
    found.is_today = found.day == today
    if exception := special.get(found.day):
        found.note = exception.name
        if exception.kind == CalendarDay.Kind.HOLIDAY:
            return
    for version in versions:
        if version.applies_from <= found.day <= version.school_year.ends_on:
            found.timetable = version
            return


def pattern_of(timetable: Timetable, of: SchoolClass | User) -> Week:
    """The lessons of one version, whatever the day. One query."""
    days = [Day(number, timetable=timetable) for number in WEEKDAYS]
    for entry in _told(timetable.entries.filter(**_of(of))):
        days[entry.weekday - WEEKDAYS[0]].lessons.append(entry)
    return _as_week(days)


def _of(of: SchoolClass | User) -> dict[str, Any]:
    return {"school_class": of} if isinstance(of, SchoolClass) else {"teacher": of}


def _as_week(days: list[Day], monday: date | None = None) -> Week:
    """A Saturday without lessons is left out."""
    last = days[-1]
    shown = days if last.lessons or last.note else days[:-1]
    return Week(shown, _rows(shown), monday)


def _rows(days: list[Day]) -> list[Row]:
    """From the first period of each session to the last one that anybody has."""
    rows = []
    for session in SESSIONS:
        last = max((item.period for day in days for item in day.lessons if item.session == session), default=0)
        for period in PERIODS[:last]:
            cells = [
                Cell(
                    day.weekday,
                    [item for item in day.lessons if (item.session, item.period) == (session, period)],
                )
                for day in days
            ]
            rows.append(Row(session, period, cells, period == PERIODS[0], period == last))
    return rows


def lessons_on(teacher: User, day: date) -> Lessons:
    """What this person teaches on this day; nothing on a holiday. One query."""
    weekday = day.weekday() + 2
    version = Timetable.objects.in_force(day).values("pk")[:1]
    holiday = CalendarDay.objects.filter(day=day, kind=CalendarDay.Kind.HOLIDAY)
    entries = TimetableEntry.objects.filter(timetable=Subquery(version), teacher=teacher, weekday=weekday)
    return list(_told(entries.exclude(Exists(holiday))))


def teaches(person: User) -> bool:
    """Whether any published version has a lesson of this person. One query."""
    return TimetableEntry.objects.filter(teacher=person, timetable__state=Timetable.State.PUBLISHED).exists()


def coming(day: date) -> Timetable | None:
    """The next published version that begins after this day."""
    found = Timetable.objects.published().filter(applies_from__gt=day).defer("reading", "edits")
    return found.order_by("applies_from", "-number").first()


def classes_with_timetable(classes: Collection[int], day: date) -> dict[int, date]:
    """Those of these classes that have lessons in a version that holds on this day or later, with the latest one's first day.

    One query.
    """
    held = Q(timetable=Subquery(Timetable.objects.in_force(day).values("pk")[:1]))
    later = Q(timetable__state=Timetable.State.PUBLISHED, timetable__applies_from__gt=day)
    found = TimetableEntry.objects.filter(held | later, school_class__in=classes)
    rows = (
        found.values_list("school_class_id", "timetable__applies_from").distinct().order_by("timetable__applies_from")
    )
    return dict(rows)
