"""What stands around the grid: the shelf of books, column heads with their state, the pupils of a column."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.models import User
from gradebook import permissions
from gradebook.models import Gradebook, ScoreColumn
from gradebook.selectors.grid import NO_CELL, Grid
from gradebook.selectors.windows import ClockTimestamp, is_writable, missing_cells
from registry.backends import assignments_in_force
from registry.models import Term
from schoolops.lib.clock import local_day


class Head(NamedTuple):
    """A column as its header tells it. `state` is a badge's name."""

    column: ScoreColumn
    label: str
    is_open: bool
    is_active: bool
    state: str
    missing: int
    until: datetime | None


def head(column: ScoreColumn, *, is_active: bool = False, missing: int = 0, is_open: bool | None = None) -> Head:
    """The state of a column in one word: locked, not yet open, confirmed, draft."""
    writable = is_writable(column) if is_open is None else is_open
    if column.opens_at is not None and column.opens_at > column.now and column.excepted_until is None:
        state = "not_open"
    elif not is_writable(column):
        state = "locked"
    else:
        state = "confirmed" if column.confirmed_at else "draft"
    until = column.excepted_until if not column.is_open(column.now) else column.closes_at
    return Head(column, column.label, writable, is_active, state, missing, until)


def heads(grid: Grid, active: ScoreColumn | None) -> list[Head]:
    return [
        head(
            column,
            is_active=active is not None and column.pk == active.pk,
            missing=grid.missing(column),
            is_open=column.pk in grid.writable,
        )
        for column in grid.columns
    ]


def without_inputs(grid: Grid) -> Grid:
    """The same picture for somebody who may only read."""
    return replace(grid, writable=frozenset())


@dataclass(frozen=True)
class ShelfBook:
    """A book on the shelf with what is still missing in its open columns."""

    gradebook: Gradebook
    is_mine: bool
    missing: int
    next_due: datetime | None
    has_late: bool


def shelf(user: User) -> list[ShelfBook]:
    """The books of the current term that a person may open, their own first. Four queries for any number of books."""
    today = local_day(timezone.now())
    term = Term.objects.filter(starts_on__lte=today).order_by("-starts_on").first()
    books = list(
        permissions.visible_gradebooks(user)
        .filter(term=term)
        .select_related("class_subject__school_class", "class_subject__item__subject", "term__school_year")
        .order_by("class_subject__school_class__sort_key", "class_subject__item__subject__position")
    )
    mine = assignments_in_force(user).class_subjects
    open_columns: dict[int, list[ScoreColumn]] = {}
    dated = ScoreColumn.objects.of_scores().filter(gradebook__in=[book.pk for book in books], closes_at__isnull=False)
    counted: QuerySet[ScoreColumn] = missing_cells(dated).annotate(now=ClockTimestamp())  # type: ignore[no-redef]
    for column in counted:
        if column.filled < column.class_size and (column.opens_at is None or column.opens_at <= column.now):
            open_columns.setdefault(column.gradebook_id, []).append(column)
    found = [_on_shelf(book, book.class_subject_id in mine, open_columns.get(book.pk, [])) for book in books]
    return sorted(found, key=lambda book: not book.is_mine)


def _on_shelf(book: Gradebook, is_mine: bool, incomplete: list[ScoreColumn]) -> ShelfBook:
    due = [column.closes_at for column in incomplete if column.closes_at and column.closes_at > column.now]
    return ShelfBook(
        gradebook=book,
        is_mine=is_mine,
        missing=sum(column.class_size - column.filled for column in incomplete),
        next_due=min(due, default=None),
        has_late=len(due) < len(incomplete),
    )


# A subquery of the ORM took longer to compose than this one takes to run.
SIBLING = """
SELECT other.id FROM gradebook_gradebook other
 WHERE other.class_subject_id = gradebook_gradebook.class_subject_id AND other.id <> gradebook_gradebook.id LIMIT 1
"""


def with_names(books: QuerySet[Gradebook]) -> QuerySet[Gradebook]:
    """The books with what their pages say of them, and `sibling_id`: the same class-subject in the other term."""
    named = books.select_related("class_subject__school_class", "class_subject__item__subject", "term__school_year")
    return named.annotate(sibling_id=RawSQL(SIBLING, []))  # type: ignore[no-redef]  # noqa: S611


@dataclass(frozen=True)
class Pupil:
    student_id: int
    roll_no: int
    name: str
    code: str
    version: int


def pupils_of(grid: Grid, column: ScoreColumn) -> list[Pupil]:
    """The class with what the column holds, for entry from a stack."""
    return [
        Pupil(row.student_id, row.roll_no, row.name, cell.code, cell.version)
        for row in grid.rows
        for cell in [row.cells.get(column.pk, NO_CELL)]
    ]
