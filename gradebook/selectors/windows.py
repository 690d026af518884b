"""Which columns can be written now, by the calendar and its exceptions; the same answer as the guard gives."""

from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gradebook.models import Score, ScoreColumn
from registry.models import Enrollment


class ClockTimestamp(Func):
    """The database's clock at this statement, as the guard reads it."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


# Written out, because every page of a book asks it: composing the same statement took longer than running it.
COLUMNS = """
SELECT c.*, clock.now, year.closed_at AS year_closed_at,
       closer.full_name AS closed_by_name, confirmer.full_name AS confirmed_by_name,
       (SELECT max(e.closes_at) FROM gradebook_lockexception e
         WHERE e.column_id = c.id AND e.ended_at IS NULL AND e.opens_at <= clock.now AND clock.now < e.closes_at
       ) AS excepted_until
  FROM gradebook_scorecolumn c
  JOIN gradebook_gradebook book ON book.id = c.gradebook_id
  JOIN registry_term term ON term.id = book.term_id
  JOIN registry_schoolyear year ON year.id = term.school_year_id
  LEFT JOIN gradebook_lockrule rule ON rule.id = c.rule_id
  LEFT JOIN accounts_user closer ON closer.id = rule.published_by_id
  LEFT JOIN accounts_user confirmer ON confirmer.id = c.confirmed_by_id
 CROSS JOIN (SELECT coalesce(%s, clock_timestamp()) AS now) clock
 WHERE c.gradebook_id = %s AND c.kind = ANY(%s)
 ORDER BY c.position
"""
REMARKS = [ScoreColumn.Kind.REMARK.value]
SCORES = [kind for kind in ScoreColumn.Kind.values if kind not in REMARKS]


def columns_of(gradebook_id: int, *, at: datetime | None = None) -> list[ScoreColumn]:
    """The book's columns of scores in order, each with the annotations that ScoreColumn declares; `now` is the database's
    clock, or `at`."""
    return list(ScoreColumn.objects.raw(COLUMNS, [at, gradebook_id, SCORES]))


def remark_columns_of(gradebook_id: int) -> list[ScoreColumn]:
    """As `columns_of`, those of remarks."""
    return list(ScoreColumn.objects.raw(COLUMNS, [None, gradebook_id, REMARKS]))


def all_columns_of(gradebook_id: int) -> list[ScoreColumn]:
    """As `columns_of`, scores and remarks: for what holds for any cell."""
    return list(ScoreColumn.objects.raw(COLUMNS, [None, gradebook_id, SCORES + REMARKS]))


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
