"""Which columns can be written now, by the calendar and its exceptions; the same answer as the guard gives."""

from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gradebook.models import LockException, Score, ScoreColumn
from registry.models import Enrollment


class ClockTimestamp(Func):
    """The database's clock at this statement, as the guard reads it."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def exceptions_in_force(at: datetime | ClockTimestamp) -> QuerySet[LockException]:
    """Exceptions that open their column at the moment."""
    return LockException.objects.filter(ended_at__isnull=True, opens_at__lte=at, closes_at__gt=at)


def columns_of(gradebook_id: int, *, at: datetime | None = None) -> list[ScoreColumn]:
    """The book's columns in order, each with the annotations that ScoreColumn declares; `now` is the database's clock, or `at`."""
    moment = at if at is not None else ClockTimestamp()
    excepted = exceptions_in_force(moment).filter(column=OuterRef("pk")).order_by("-closes_at")
    # Names instead of joined rows: six columns would otherwise build thirty objects on every page.
    annotated = ScoreColumn.objects.filter(
        gradebook_id=gradebook_id
    ).annotate(  # type: ignore[no-redef]
        now=ClockTimestamp(),
        excepted_until=excepted.values("closes_at")[:1],
        closed_by_name=F("rule__published_by__full_name"),
        confirmed_by_name=F("confirmed_by__full_name"),
        year_closed_at=F("gradebook__term__school_year__closed_at"),
    )
    found: list[ScoreColumn] = list(annotated.order_by("position"))
    for column in found:
        column.now = at or column.now
    return found


def is_writable(column: ScoreColumn) -> bool:
    """Whether the guard would take a value now; `column` comes from `columns_of`."""
    return column.year_closed_at is None and (column.is_open(column.now) or column.excepted_until is not None)


def missing_cells(columns: QuerySet[ScoreColumn]) -> QuerySet[ScoreColumn]:
    """The columns with `class_size` and `filled`, so that `class_size - filled` scores are missing in each."""
    school_class = "gradebook__class_subject__school_class"
    present = Enrollment.objects.present().filter(school_class=OuterRef(school_class))
    written = Score.objects.exclude(code="").filter(
        column=OuterRef("pk"),
        student__enrollments__school_class=OuterRef(school_class),
        student__enrollments__left_on__isnull=True,
    )
    return columns.annotate(class_size=_count(present), filled=_count(written))  # type: ignore[no-redef]


def _count(rows: QuerySet[Any]) -> Coalesce:
    """A correlated count, so that joins do not multiply."""
    counted = rows.order_by().annotate(
        one=Func(function="COUNT", template="%(function)s(*)", output_field=IntegerField())
    )
    return Coalesce(Subquery(counted.values("one")), 0)
