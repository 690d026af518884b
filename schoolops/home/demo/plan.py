"""What is asked for, and the dates and dice that follow from it: nothing here reads a clock."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

GRADES = (6, 7, 8, 9)
FIRST_MONTH = 8
TERM_ONE_WEEKS = 18
# 17 teaching weeks and the two of Tết.
TERM_TWO_WEEKS = 19
MAX_CLASSES = 120
MAX_CLASS_SIZE = 60
# Before the third week there is no past to show.
MIN_DAYS_INTO_TERM = 14
SATURDAY = 5


class PlanError(ValueError):
    """The arguments describe no school that could be."""


@dataclass(frozen=True)
class Plan:
    """The arguments of the command and everything that is computed from them alone."""

    students: int = 900
    classes: int = 20
    seed: int = 1
    today: date = date(2026, 11, 21)

    def check(self) -> None:
        """Raises PlanError when such a school cannot be made."""
        if not 1 <= self.classes <= MAX_CLASSES:
            raise PlanError(f"--classes must be between 1 and {MAX_CLASSES}.")
        if not self.classes <= self.students <= self.classes * MAX_CLASS_SIZE:
            raise PlanError(f"--students must leave 1 to {MAX_CLASS_SIZE} pupils in each class.")
        if self.today < self.term_dates(self.term)[0] + timedelta(days=MIN_DAYS_INTO_TERM):
            raise PlanError(f"--today must lie at least {MIN_DAYS_INTO_TERM} days after the start of a term.")

    def rng(self, part: str) -> random.Random:
        """The dice of one part: adding a part does not change the others."""
        return random.Random(f"{self.seed}:{part}")  # noqa: S311  # invented data, no secrets

    # --- the school year ----------------------------------------------------------------------------
    @property
    def first_year(self) -> int:
        return self.today.year if self.today.month >= FIRST_MONTH else self.today.year - 1

    @property
    def year_code(self) -> str:
        return f"{self.first_year}-{self.first_year + 1}"

    @property
    def starts_on(self) -> date:
        """Khai giảng."""
        return date(self.first_year, 9, 5)

    @property
    def ends_on(self) -> date:
        return self.term_dates(2)[1]

    def term_dates(self, number: int) -> tuple[date, date]:
        """First and last day of a term: 18 weeks from September, 17 and Tết from mid-January."""
        if number == 1:
            return self.starts_on, _last_saturday(_monday_from(self.starts_on), TERM_ONE_WEEKS)
        first = _monday_from(date(self.first_year + 1, 1, 12))
        return first, _last_saturday(first, TERM_TWO_WEEKS)

    @property
    def term(self) -> int:
        """The term whose books are open on the day."""
        return 2 if self.today >= self.term_dates(2)[0] else 1

    # --- days and moments ---------------------------------------------------------------------------
    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def moment(self, offset: int, hour: int, minute: int = 0) -> datetime:
        """A moment at school, so many days from today."""
        return timezone.make_aware(datetime.combine(self.day(offset), time(hour, minute)))

    def past_evening(self, offset: int, rng: random.Random) -> datetime:
        """An evening when a teacher typed scores: not before the second week of term, not after yesterday."""
        begins, ends = self.term_dates(self.term)
        earliest = (begins + timedelta(days=7) - self.today).days
        latest = min(-1, (ends - self.today).days)
        return self.moment(min(max(offset, earliest), latest), 19 + rng.randrange(3), rng.randrange(60))

    # --- classes ------------------------------------------------------------------------------------
    def class_names(self) -> list[tuple[int, str]]:
        """Grade and name of each class: 6A1, 6A2, …; the lower grades have one more when it does not divide."""
        each, more = divmod(self.classes, len(GRADES))
        sizes = [each + (index < more) for index in range(len(GRADES))]
        return [(grade, f"{grade}A{n}") for grade, size in zip(GRADES, sizes, strict=True) for n in range(1, size + 1)]

    def class_sizes(self) -> list[int]:
        each, more = divmod(self.students, self.classes)
        return [each + (index < more) for index in range(self.classes)]


def _monday_from(day: date) -> date:
    """That day or the next Monday."""
    return day + timedelta(days=-day.weekday() % 7)


def _last_saturday(first_monday: date, weeks: int) -> date:
    return first_monday + timedelta(weeks=weeks - 1, days=SATURDAY)
