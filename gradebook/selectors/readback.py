"""Reading a column back: what looks odd, what looks shifted, what looks copied."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gradebook import checks
from gradebook.models import Gradebook, LedgerEvent, ScoreColumn
from gradebook.selectors.grid import NO_CELL, Grid
from gradebook.selectors.history import changes_after_confirmation
from gradebook.selectors.windows import is_writable
from schoolops.lib.scores import AWAITING_MAKEUP, EMPTY, tenths_of

# Events that write a cell.
CELL_OPS = frozenset({"SET", "IMPORT"})


@dataclass(frozen=True)
class Warnings:
    """What the checks say of a column. `shift_row` is the roll number from which it seems to slide."""

    shift_row: int | None
    shift_from: int
    shift_to: int
    copied_from: ScoreColumn | None
    equal: int
    common: int


def warnings(grid: Grid, column: ScoreColumn) -> Warnings:
    """Row shift against the other filled columns, and a share of equal scores with one of them that is no accident."""
    others = [other for other in grid.columns if other.pk != column.pk]
    values = _values(grid, column)
    filled = [other for other in others if any(value is not None for value in _values(grid, other))]
    shift = checks.row_shift([_values(grid, other) for other in filled], values) if filled else None
    pairs = [(other, checks.identical_share(values, _values(grid, other))) for other in filled]
    copied = max((pair for pair in pairs if pair[1].is_suspicious), key=lambda pair: pair[1].share, default=None)
    row = grid.rows[shift.row].roll_no if shift else None
    return Warnings(
        shift_row=row,
        shift_from=max((row or 0) - 2, 1),
        shift_to=(row or 0) + 2,
        copied_from=copied[0] if copied else None,
        equal=copied[1].equal if copied else 0,
        common=copied[1].common if copied else 0,
    )


def _values(grid: Grid, column: ScoreColumn) -> list[int | None]:
    """The column in tenths by row; letters and empty cells are None."""
    codes = [row.cells.get(column.pk, NO_CELL).code for row in grid.rows]
    return [tenths_of(code) if code[:1].isdigit() else None for code in codes]


@dataclass(frozen=True)
class Line:
    """A pupil to be read back, with the reasons why to look twice."""

    roll_no: int
    name: str
    code: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The read-back list of one column."""

    gradebook: Gradebook
    column: ScoreColumn
    at: datetime
    odd: list[Line]
    lines: list[Line]
    missing: list[Line]
    awaiting: int
    is_open: bool
    changed_after_confirmation: int
    warnings: Warnings

    @property
    def filled(self) -> int:
        return len(self.lines) - len(self.missing)


def sheet(grid: Grid, column: ScoreColumn) -> Sheet:
    """Everything that the read-back page and its print show."""
    prior = [_values(grid, other) for other in grid.columns if other.pk != column.pk]
    odd = checks.odd_values(prior, _values(grid, column), changes=_changes(grid, column))
    reasons = {value.row: tuple(str(reason) for reason in value.reasons) for value in odd}
    lines = [
        Line(row.roll_no, row.name, row.cells.get(column.pk, NO_CELL).code, reasons.get(index, ()))
        for index, row in enumerate(grid.rows)
    ]
    return Sheet(
        gradebook=grid.gradebook,
        column=column,
        at=grid.at,
        odd=[line for line in lines if line.reasons],
        lines=lines,
        missing=[line for line in lines if line.code == EMPTY],
        awaiting=sum(line.code == AWAITING_MAKEUP for line in lines),
        is_open=is_writable(column),
        changed_after_confirmation=changes_after_confirmation(column),
        warnings=warnings(grid, column),
    )


def _changes(grid: Grid, column: ScoreColumn) -> Sequence[int]:
    """How often each pupil's cell was overwritten, from the ledger."""
    payloads = LedgerEvent.objects.filter(gradebook=grid.gradebook).values_list("payload", flat=True)
    events = [json.loads(payload) for payload in payloads]
    counted = Counter(event["student"] for event in events if event["op"] in CELL_OPS and event["col"] == column.pk)
    return [max(counted[row.student_id] - 1, 0) for row in grid.rows]
