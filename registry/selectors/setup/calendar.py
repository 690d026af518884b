"""The days of a school year: teaching weeks, public holidays, and a proposal for the next year."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import holidays
from django.utils.translation import gettext as _

from registry.models import CalendarDay, SchoolYear

# QĐ 2269/QĐ-BGDĐT and the provincial decisions after it: 18 and 17 teaching weeks.
WEEKS = {1: 18, 2: 17}
# A week with fewer school days than this is no teaching week.
_DAYS_OF_A_WEEK = 3
_SCHOOL_DAYS = 5
_SATURDAY = 5
# Khai giảng on 5 September; the year ends before 31 May.
_FIRST, _LAST = (9, 5), (5, 31)
# No public holiday but Tết falls between these two days of the year.
_TET = range(15, 75)
# How far from Tết a day off still belongs to it.
_AROUND_TET = timedelta(days=21)
_LONGEST_TERM = 40

Span = tuple[date, date]
Days = dict[date, str]


@dataclass(frozen=True)
class YearDates:
    """A school year as it is typed: its days, its two terms, days off and days made up for them."""

    code: str
    starts_on: date
    ends_on: date
    terms: tuple[Span, Span]
    free: Days = field(default_factory=dict)
    made_up: Days = field(default_factory=dict)

    @property
    def weeks(self) -> tuple[int, int]:
        """Teaching weeks of each term."""
        first, second = (teaching_weeks(*term, self.free) for term in self.terms)
        return first, second


def teaching_weeks(first: date, last: date, free: Collection[date]) -> int:
    """Weeks, Monday to Friday, with at least three school days between these two days."""
    worked = [0] * (_weeks_between(first, last) + 1)
    for day in _days(first, last):
        if day.weekday() < _SCHOOL_DAYS and day not in free:
            worked[_weeks_between(first, day)] += 1
    return sum(count >= _DAYS_OF_A_WEEK for count in worked)


def _weeks_between(first: date, day: date) -> int:
    return (_monday(day) - _monday(first)).days // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


# --- what is stored -----------------------------------------------------------------------------
def dates_of(year: SchoolYear) -> YearDates:
    """A year of the register as it would be typed. Two queries; a term that is missing takes its half of the year."""
    spans = {term.number: (term.starts_on, term.ends_on) for term in year.terms.all()}
    special = list(year.calendar_days.all())
    middle = year.starts_on + (year.ends_on - year.starts_on) // 2
    halves = {1: (year.starts_on, middle), 2: (middle + timedelta(days=1), year.ends_on)} | spans
    free, made_up = (
        {found.day: found.name for found in special if found.kind == kind}
        for kind in (CalendarDay.Kind.HOLIDAY, CalendarDay.Kind.TEACHING)
    )
    return YearDates(year.code, year.starts_on, year.ends_on, (halves[1], halves[2]), free, made_up)


# --- what is proposed ---------------------------------------------------------------------------
def propose(last: SchoolYear | None, today: date) -> YearDates:
    """The year after `last`, or the one that a first installation would begin with; every value can be mended."""
    first_year = _first_year(last, today)
    starts_on = date(first_year, *_FIRST)
    if last is not None:
        starts_on = max(starts_on, last.ends_on + timedelta(days=1))
    free = _days_off(last, starts_on.year)
    first = _term(starts_on, WEEKS[1], free)
    second = _term(_monday(first[1]) + timedelta(days=7), WEEKS[2], free)
    ends_on = max(second[1], date(starts_on.year + 1, *_LAST))
    inside = {day: name for day, name in sorted(free.items()) if starts_on <= day <= ends_on}
    return YearDates(code_after(last, today), starts_on, ends_on, (first, second), inside)


def code_after(last: SchoolYear | None, today: date) -> str:
    """The code of the year that would be proposed."""
    first_year = _first_year(last, today)
    return f"{first_year}-{first_year + 1}"


def _first_year(last: SchoolYear | None, today: date) -> int:
    if last is not None:
        return max(int(last.code[:4]) + 1, (last.ends_on + timedelta(days=1)).year)
    return today.year if today.month >= _LAST[0] else today.year - 1


def _term(first: date, weeks: int, free: Collection[date]) -> Span:
    """From this day to the Saturday of the last of so many teaching weeks."""
    last = _monday(first) + timedelta(days=_SATURDAY)
    for _week in range(_LONGEST_TERM):
        if teaching_weeks(first, last, free) == weeks:
            break
        last += timedelta(days=7)
    return first, last


def _days_off(last: SchoolYear | None, first_year: int) -> Days:
    """Public holidays of both calendar years, and the break around Tết that last year's plan gave."""
    free = _public(first_year)
    if last is None:
        return free
    before = {found.day: found.name for found in last.calendar_days.all() if found.kind == CalendarDay.Kind.HOLIDAY}
    known = _public(last.starts_on.year)
    old, new = _tet(known), _tet(free)
    around = [day for day in before if abs(day - old) <= _AROUND_TET]
    extra = [before[day] for day in around if day not in known]
    for day in around if extra else ():
        # By the week of Tết, so that a Monday stays a Monday.
        free.setdefault(_monday(new) + (day - _monday(old)), extra[0])
    return free


def _public(first_year: int) -> Days:
    known: Mapping[date, str] = holidays.country_holidays("VN", years=[first_year, first_year + 1], language="vi")
    return {day: str(name) for day, name in known.items()}


def _tet(free: Collection[date]) -> date:
    """The first holiday of Tết in the later of the two calendar years."""
    later = max(day.year for day in free)
    return min(day for day in free if day.year == later and day.timetuple().tm_yday in _TET)


# --- what cannot be -----------------------------------------------------------------------------
def faults(dates: YearDates, others: Collection[SchoolYear]) -> dict[str, str]:
    """Why a year cannot have these dates, by field of the form; `others` are the years beside it."""
    found: dict[str, str] = {}
    (first, first_end), (second, second_end) = dates.terms
    in_order = [
        ("starts_on", dates.starts_on.year == int(dates.code[:4]), _("Ngày bắt đầu phải trong năm đầu của năm học.")),
        ("ends_on", dates.ends_on > dates.starts_on, _("Ngày kết thúc phải sau ngày bắt đầu.")),
        ("term1_starts", first >= dates.starts_on, _("Học kỳ I không bắt đầu trước năm học.")),
        ("term1_ends", first_end > first, _("Học kỳ I phải kết thúc sau ngày bắt đầu.")),
        ("term2_starts", second > first_end, _("Học kỳ II bắt đầu sau khi học kỳ I kết thúc.")),
        ("term2_ends", second_end > second, _("Học kỳ II phải kết thúc sau ngày bắt đầu.")),
        ("term2_ends", second_end <= dates.ends_on, _("Học kỳ II không kéo dài quá ngày kết thúc năm học.")),
    ]
    for name, is_right, message in in_order:
        if not is_right:
            found.setdefault(name, message)
    for name, days in (("free", dates.free), ("made_up", dates.made_up)):
        if outside := sorted(day for day in days if not dates.starts_on <= day <= dates.ends_on):
            found[name] = _("Ngày %(day)s ngoài năm học.") % {"day": f"{outside[0]:%d/%m/%Y}"}
    if both := sorted(dates.free.keys() & dates.made_up.keys()):
        found["made_up"] = _("Ngày %(day)s vừa là ngày nghỉ vừa là ngày học bù.") % {"day": f"{both[0]:%d/%m/%Y}"}
    return found | _clashes(dates, others)


def _clashes(dates: YearDates, others: Collection[SchoolYear]) -> dict[str, str]:
    """Against the other years: one code, one time."""
    found = {}
    for other in others:
        if other.code == dates.code:
            found["code"] = _("Đã có năm học %(code)s.") % {"code": other.code}
        elif other.starts_on <= dates.ends_on and dates.starts_on <= other.ends_on:
            name = "starts_on" if other.starts_on <= dates.starts_on else "ends_on"
            found[name] = _("Trùng với năm học %(code)s (%(first)s – %(last)s).") % {
                "code": other.code,
                "first": f"{other.starts_on:%d/%m/%Y}",
                "last": f"{other.ends_on:%d/%m/%Y}",
            }
    return found
