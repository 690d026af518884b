"""The grade grid as one frozen picture: rows, cells, averages, and which columns take values now."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from gradebook.assessment import tt22, tt27
from gradebook.models import Gradebook, Score, ScoreColumn
from gradebook.selectors.windows import columns_of, is_writable
from schoolops.lib.scores import EMPTY, code_of

T = TypeVar("T")
Kind = ScoreColumn.Kind
Takes = ScoreColumn.Assessment


class Cell(NamedTuple):
    """What a cell holds. Version 0: nobody has written it yet."""

    code: str = EMPTY
    version: int = 0
    is_makeup: bool = False


NO_CELL = Cell()
# There are some hundred codes, and a grid asks for each of its cells.
_score_cell = cache(tt22.score_cell)
_comment_cell = cache(tt22.comment_cell)


class Average(NamedTuple):
    """The result of the row as shown; provisional while a cell of the circular is missing."""

    text: str = ""
    is_provisional: bool = False


class Row(NamedTuple):
    student_id: int
    roll_no: int
    name: str
    cells: dict[int, Cell]
    average: Average = Average()


@dataclass(frozen=True)
class Grid:
    """A book at the moment `at` (the database's clock)."""

    gradebook: Gradebook
    columns: list[ScoreColumn]
    rows: list[Row]
    writable: frozenset[int]
    at: datetime

    @property
    def has_average(self) -> bool:
        """Whether the last column is a number, the average of scores."""
        return self.columns[0].assessment == Takes.SCORE

    @cached_property
    def _filled(self) -> Counter[int]:
        """How many cells of each column hold something, counted once for all who ask."""
        return Counter(column_id for row in self.rows for column_id, cell in row.cells.items() if cell.code != EMPTY)

    def filled(self, column: ScoreColumn) -> int:
        return self._filled[column.pk]

    def missing(self, column: ScoreColumn) -> int:
        return len(self.rows) - self.filled(column)

    def active(self, wanted: str = "") -> ScoreColumn | None:
        """The column to type into: the wanted one if it is open, else the incomplete one that closes first."""
        open_columns = [column for column in self.columns if column.pk in self.writable]
        if chosen := next((column for column in open_columns if str(column.pk) == wanted), None):
            return chosen
        unfinished = [column for column in open_columns if self.missing(column)]
        dated = sorted((column for column in unfinished if column.closes_at), key=lambda column: str(column.closes_at))
        return next(iter([*dated, *unfinished, *open_columns]), None)


def grid(gradebook: Gradebook) -> Grid:
    """Read the whole book: two queries, whatever the size of the class."""
    columns = columns_of(gradebook.pk)
    pupils: dict[tuple[int, int, str], dict[int, Cell]] = {}
    for student_id, roll_no, name, column_id, *cell in _pupils_with_cells(gradebook, columns):
        cells = pupils.setdefault((student_id, roll_no, name), {})
        if column_id is not None:
            cells[column_id] = Cell(*cell)
    return Grid(
        gradebook=gradebook,
        columns=columns,
        rows=[Row(*pupil, cells, row_average(columns, cells)) for pupil, cells in pupils.items()],
        writable=frozenset(column.pk for column in columns if is_writable(column)),
        at=columns[0].now,
    )


# A line per cell in the order of the class list; a pupil without any has one with nothing in it. Written out for the same
# reason as the columns.
PUPILS_WITH_CELLS = """
SELECT pupil.id, place.roll_no, pupil.full_name, cell.column_id, cell.code, cell.version, cell.is_makeup
  FROM registry_enrollment place
  JOIN registry_student pupil ON pupil.id = place.student_id
  LEFT JOIN gradebook_score cell ON cell.student_id = pupil.id AND cell.column_id = ANY(%s)
 WHERE place.school_class_id = %s AND place.left_on IS NULL
 ORDER BY place.roll_no
"""


def _pupils_with_cells(gradebook: Gradebook, columns: Iterable[ScoreColumn]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(PUPILS_WITH_CELLS, [[column.pk for column in columns], gradebook.class_subject.school_class_id])
        lines: list[tuple[Any, ...]] = cursor.fetchall()
    return lines


def row_average(columns: Sequence[ScoreColumn], cells: Mapping[int, Cell]) -> Average:
    """ĐTBmhk of the circular when every cell is there; the same weights over the cells that exist otherwise.

    In subjects of comments Đạt or Chưa đạt, under Circular 27 the level at the end of the term.
    """
    codes = [(column.kind, cells.get(column.id, NO_CELL).code) for column in columns]
    takes = columns[0].assessment
    if takes == Takes.COMMENT:
        return _comment_result(codes)
    if takes == Takes.LEVEL:
        *_midterm, level = [code for kind, code in codes if kind == Kind.LEVEL]
        return Average(tt27.term_level(level) or "")
    regular, midterm, final = _by_kind(codes, _score_cell)
    if (tenths := tt22.term_average(regular, midterm, final, required=len(regular))) is not None:
        return Average(code_of(tenths))
    tenths = tt22.provisional_average(regular, midterm, final)
    return Average() if tenths is None else Average(code_of(tenths), is_provisional=True)


def _comment_result(codes: Iterable[tuple[str, str]]) -> Average:
    result = tt22.comment_term(*_by_kind(codes, _comment_cell))
    return Average({tt22.CommentResult.PASS: "D", tt22.CommentResult.NOT_PASS: "CD"}[result]) if result else Average()


def _by_kind(codes: Iterable[tuple[str, str]], read: Callable[[str], T]) -> tuple[list[T], T, T]:
    """The cells of a row as the circular counts them: regular ones, mid-term, end of term."""
    cells: dict[str, list[T]] = {Kind.REGULAR: [], Kind.MIDTERM: [], Kind.FINAL: []}
    for kind, code in codes:
        cells[kind].append(read(code))
    return cells[Kind.REGULAR], cells[Kind.MIDTERM][0], cells[Kind.FINAL][0]


def averages_of(gradebook: Gradebook, student_ids: Iterable[int]) -> dict[int, Average]:
    """The results of some pupils after a save: two queries."""
    columns = list(ScoreColumn.objects.of_scores().filter(gradebook=gradebook).order_by("position"))
    cells: dict[int, dict[int, Cell]] = {student_id: {} for student_id in student_ids}
    held = Score.objects.filter(column__in=columns, student__in=cells).values_list("student_id", "column_id", "code")
    for student_id, column_id, code in held:
        cells[student_id][column_id] = Cell(code)
    return {student_id: row_average(columns, row) for student_id, row in cells.items()}
