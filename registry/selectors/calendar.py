"""Days on which the school works."""

from datetime import date, timedelta

from registry.models import CalendarDay

SATURDAY = 5


def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`: Monday to Friday without holidays, and days made up for them."""
    last = day + timedelta(days=2 * count + 30)
    special = dict(CalendarDay.objects.filter(day__gt=day, day__lte=last).values_list("day", "kind"))
    while count and day < last:
        day += timedelta(days=1)
        kind = special.get(day)
        if kind == CalendarDay.Kind.TEACHING or (kind is None and day.weekday() < SATURDAY):
            count -= 1
    return day
