"""A school year with its terms and its calendar: opened once, mended while it is not closed."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import CalendarDay, SchoolYear, Term
from registry.selectors.setup.calendar import YearDates, dates_of, faults
from registry.services.setup.trail import note
from schoolops.lib.turns import Turn, take_turn


@transaction.atomic
def open_year(*, dates: YearDates, by: User) -> SchoolYear:
    """A new year with two terms and its calendar. Asked for twice with the same values, it is there once.

    Raises PermissionDenied, or ValidationError by field.
    """
    if reason := permissions.setup_denial(by):
        raise PermissionDenied(reason)
    take_turn(Turn.REGISTER)
    others = list(SchoolYear.objects.all())
    same = next((other for other in others if other.code == dates.code), None)
    if same is not None and dates_of(same) == dates:
        return same
    if wrong := faults(dates, others):
        raise ValidationError(wrong)
    year = SchoolYear(code=dates.code, starts_on=dates.starts_on, ends_on=dates.ends_on)
    year.full_clean()
    year.save()
    _write_calendar(year, dates)
    note(year=year, by=by, what=_("Lập năm học cùng hai học kỳ và lịch nghỉ."), is_new=True)
    return year


@transaction.atomic
def mend_year(*, year: SchoolYear, dates: YearDates, by: User) -> SchoolYear:
    """Other dates for a year that is not closed; its code stays.

    Raises PermissionDenied, or ValidationError by field.
    """
    take_turn(Turn.REGISTER)
    locked = SchoolYear.objects.select_for_update(of=("self",)).get(pk=year.pk)
    if reason := permissions.setup_denial(by, locked):
        raise PermissionDenied(reason)
    if dates_of(locked) == dates and locked.terms.count() == len(dates.terms):
        return locked
    others = list(SchoolYear.objects.exclude(pk=locked.pk))
    if wrong := faults(dates, others):
        raise ValidationError(wrong)
    locked.starts_on, locked.ends_on = dates.starts_on, dates.ends_on
    locked.full_clean()
    locked.save()
    _write_calendar(locked, dates)
    note(year=locked, by=by, what=_("Sửa ngày của năm học, học kỳ hoặc lịch nghỉ."))
    return locked


def _write_calendar(year: SchoolYear, dates: YearDates) -> None:
    """Terms and special days as they are in `dates`."""
    for number, (starts_on, ends_on) in zip(Term.Number, dates.terms, strict=True):
        Term.objects.update_or_create(
            school_year=year, number=number, defaults={"starts_on": starts_on, "ends_on": ends_on}
        )
    wanted = {day: (CalendarDay.Kind.HOLIDAY, name) for day, name in dates.free.items()}
    wanted |= {day: (CalendarDay.Kind.TEACHING, name) for day, name in dates.made_up.items()}
    known = {found.day: found for found in year.calendar_days.all()}
    gone = [found.pk for day, found in known.items() if (found.kind, found.name) != wanted.get(day)]
    CalendarDay.objects.filter(pk__in=gone).delete()
    kept = {day for day, found in known.items() if found.pk not in gone}
    CalendarDay.objects.bulk_create(
        CalendarDay(school_year=year, day=day, kind=kind, name=name)
        for day, (kind, name) in sorted(wanted.items())
        if day not in kept
    )
