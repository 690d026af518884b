"""Days on which the school works."""

from collections.abc import Collection
from datetime import date, timedelta

from registry.models import CalendarDay, SchoolYear

SATURDAY = 5


def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`: Monday to Friday without holidays, and days made up for them."""
    return working_days_after([day], count)[day]


def working_days_after(days: Collection[date], count: int) -> dict[date, date]:
    """`working_day_after` for each of these days; one query."""
    if not days:
        return {}
    reach = timedelta(days=2 * count + 30)
    found = CalendarDay.objects.filter(day__gt=min(days), day__lte=max(days) + reach)
    special = dict(found.values_list("day", "kind"))
    return {day: _count_on(day, count, special, day + reach) for day in set(days)}


def _count_on(day: date, count: int, special: dict[date, str], last: date) -> date:
    while count and day < last:
        day += timedelta(days=1)
        count -= _is_working(day, special.get(day))
    return day


def open_years(today: date, wanted: str = "") -> list[SchoolYear]:
    """Years that take data: the one of this code first, then that of today."""
    found = SchoolYear.objects.filter(closed_at=None)
    return sorted(found, key=lambda year: (year.code != wanted, year.starts_on > today))


def last_day_of_week(year: SchoolYear, number: int) -> date:
    """The Sunday of the `number`-th teaching week: weeks begin on Monday, and one without a working day does not count.

    The opening day belongs to the first week only when that week has working days from it on.
    """
    special = dict(year.calendar_days.values_list("day", "kind"))
    monday = year.starts_on - timedelta(days=year.starts_on.weekday())
    while monday <= year.ends_on:
        week = (monday + timedelta(days=offset) for offset in range(7))
        number -= any(day >= year.starts_on and _is_working(day, special.get(day)) for day in week)
        if not number:
            return monday + timedelta(days=6)
        monday += timedelta(days=7)
    return year.ends_on


def _is_working(day: date, kind: str | None) -> bool:
    return kind == CalendarDay.Kind.TEACHING or (kind is None and day.weekday() < SATURDAY)
