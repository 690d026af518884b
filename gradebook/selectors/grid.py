"""The grade grid as one frozen picture: rows, cells, averages, and which columns take values now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from gradebook.assessment import tt22
from gradebook.models import Gradebook, Score, ScoreColumn
from gradebook.selectors.windows import columns_of, is_writable
from registry.models import CurriculumItem, Enrollment
from schoolops.lib.scores import EMPTY, code_of

Kind = ScoreColumn.Kind
COMMENT = CurriculumItem.Assessment.COMMENT


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds. Version 0: nobody has written it yet."""

    code: str = EMPTY
    version: int = 0
    is_makeup: bool = False


NO_CELL = Cell()
# A hundred different codes fill every cell of the school.
_score_cell = cache(tt22.score_cell)


@dataclass(frozen=True, slots=True)
class Average:
    """The result of the row as shown; provisional while a cell of the circular is missing."""

    text: str = ""
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    student_id: int
    roll_no: int
    name: str
    cells: Mapping[int, Cell]
    average: Average


@dataclass(frozen=True)
class Grid:
    """A book at the moment `at` (the database's clock)."""

    gradebook: Gradebook
    columns: list[ScoreColumn]
    rows: list[Row]
    writable: frozenset[int]
    at: datetime

    def filled(self, column: ScoreColumn) -> int:
        return sum(row.cells.get(column.pk, NO_CELL).code != EMPTY for row in self.rows)

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
    """Read the whole book: four queries, whatever the size of the class."""
    columns = columns_of(gradebook.pk)
    cells: dict[int, dict[int, Cell]] = defaultdict(dict)
    held = Score.objects.filter(column__gradebook=gradebook).values_list(
        "student_id", "column_id", "code", "version", "is_makeup"
    )
    for student_id, column_id, code, version, is_makeup in held:
        cells[student_id][column_id] = Cell(code, version, is_makeup)
    enrolled = Enrollment.objects.present().filter(school_class_id=gradebook.class_subject.school_class_id)
    rows = [
        Row(student_id, roll_no, name, cells.get(student_id, {}), row_average(columns, cells.get(student_id, {})))
        for student_id, roll_no, name in enrolled.order_by("roll_no").values_list(
            "student_id", "roll_no", "student__full_name"
        )
    ]
    return Grid(
        gradebook=gradebook,
        columns=columns,
        rows=rows,
        writable=frozenset(column.pk for column in columns if is_writable(column)),
        at=columns[0].now,
    )


def row_average(columns: Iterable[ScoreColumn], cells: Mapping[int, Cell]) -> Average:
    """ĐTBmhk of the circular when every cell is there; the same weights over the cells that exist otherwise."""
    ordered = list(columns)
    if ordered[0].assessment == COMMENT:
        return _comment_result(ordered, cells)
    parts = [(column.kind, _score_cell(cells.get(column.pk, NO_CELL).code)) for column in ordered]
    regular = [cell for kind, cell in parts if kind == Kind.REGULAR]
    midterm = next(cell for kind, cell in parts if kind == Kind.MIDTERM)
    final = next(cell for kind, cell in parts if kind == Kind.FINAL)
    if (tenths := tt22.term_average(regular, midterm, final, required=len(regular))) is not None:
        return Average(code_of(tenths))
    tenths = tt22.provisional_average(regular, midterm, final)
    return Average() if tenths is None else Average(code_of(tenths), is_provisional=True)


def _comment_result(columns: list[ScoreColumn], cells: Mapping[int, Cell]) -> Average:
    parts = [(column.kind, tt22.comment_cell(cells.get(column.pk, NO_CELL).code)) for column in columns]
    result = tt22.comment_term(
        [cell for kind, cell in parts if kind == Kind.REGULAR],
        next(cell for kind, cell in parts if kind == Kind.MIDTERM),
        next(cell for kind, cell in parts if kind == Kind.FINAL),
    )
    return Average({tt22.CommentResult.PASS: "D", tt22.CommentResult.NOT_PASS: "CD"}[result]) if result else Average()


def averages_of(gradebook: Gradebook, student_ids: Iterable[int]) -> dict[int, Average]:
    """The results of some pupils after a save: two queries."""
    columns = list(ScoreColumn.objects.filter(gradebook=gradebook).order_by("position"))
    cells: dict[int, dict[int, Cell]] = {student_id: {} for student_id in student_ids}
    held = Score.objects.filter(column__in=columns, student__in=cells).values_list("student_id", "column_id", "code")
    for student_id, column_id, code in held:
        cells[student_id][column_id] = Cell(code)
    return {student_id: row_average(columns, row) for student_id, row in cells.items()}
