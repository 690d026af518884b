"""The rows of the grid as text: 360 cells of template variables would cost more than everything else on the page."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gradebook.models import ScoreColumn
from gradebook.selectors.grid import NO_CELL, Average, Cell, Grid, Row
from schoolops.lib.scores import format_score


def row_texts(grid: Grid, active: ScoreColumn | None) -> Iterable[dict[str, SafeString]]:
    """The body of the table: `id` of the pupil, which no number format may touch, and `html` of the cells.

    Cells of open columns are inputs, the others text that a click explains.
    """
    shapes = [
        (column.pk, column.pk in grid.writable, " on" if active and column.pk == active.pk else "")
        for column in grid.columns
    ]
    for row in grid.rows:
        cells = "".join(
            [_cell(column_id, row, is_writable=is_writable, on=on) for column_id, is_writable, on in shapes]
        )
        head = f'<th scope="row" id="s{row.student_id}"><span class="no">{row.roll_no}</span>{escape(row.name)}</th>'
        # Every part above is a number or escaped.
        html = mark_safe(f"{head}{cells}{_average(row.average)}")  # noqa: S308
        yield {"id": SafeString(row.student_id), "html": html}


def _cell(column_id: int, row: Row, *, is_writable: bool, on: str) -> str:
    cell = row.cells.get(column_id, NO_CELL)
    makeup = " mk" if cell.is_makeup else ""
    text = format_score(cell.code) if cell.code else ""
    if is_writable:
        return (
            f'<td class="in{on}{makeup}"><input name="c{column_id}-{row.student_id}" value="{text}" data-v="{cell.version}"'
            f' aria-labelledby="h{column_id} s{row.student_id}" inputmode="decimal" autocomplete="off"></td>'
        )
    return f'<td class="ro{on}{makeup}" data-c="{column_id}">{text}</td>'


def _average(average: Average) -> str:
    star = "*" if average.is_provisional else ""
    return f'<td class="avg">{format_score(average.text) if average.text else "–"}{star}</td>'


def average_text(average: Average) -> str:
    """As in the last column of the grid."""
    return f"{format_score(average.text)}{'*' if average.is_provisional else ''}" if average.text else "–"


def versions_text(grid: Grid, column: ScoreColumn) -> str:
    """The versions of one column as the page saw them, for the form without JavaScript: "345:3,346:0"."""
    return ",".join(f"{row.student_id}:{row.cells.get(column.pk, Cell()).version}" for row in grid.rows)
