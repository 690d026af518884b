"""The table of the grid as text: its cells as template variables would cost more than everything else on the page."""

from collections.abc import Iterable

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from gradebook.models import ScoreColumn
from gradebook.selectors.books import Head
from gradebook.selectors.grid import NO_CELL, Average, Cell, Grid, Row
from schoolops.lib.scores import Profile, format_score
from schoolops.lib.templatetags.ui import icon

# Which keys a phone shows.
MODES = {Profile.SCORE: "decimal", Profile.WHOLE: "numeric", Profile.COMMENT: "text", Profile.LEVEL: "text"}
SIGNS = {
    "locked": ("lock", _("Đã khóa")),
    "not_open": ("clock", _("Chưa mở")),
    "confirmed": ("check", _("Đã xác nhận")),
    "draft": ("", ""),
}


def heads_html(heads: Iterable[Head]) -> SafeString:
    """The heads of the columns: a link where one may type, and a sign with its word for what is closed or confirmed."""
    return SafeString("".join([_head(head) for head in heads]))


def _head(head: Head) -> SafeString:
    name = format_html('<a href="?column={}">{}</a>' if head.is_open else "{1}", head.column.pk, head.label)
    sign, word = SIGNS[head.state]
    return format_html(
        '<th scope="col" id="h{}" class="{}{}" data-col="{}" data-label="{}" data-profile="{}">{}{}</th>',
        *(
            head.column.pk,
            "on" if head.is_active else "",
            "" if head.is_open else " closed",
            head.column.pk,
            head.label,
            head.column.profile,
        ),
        *(name, format_html('{}<span class="visually-hidden">{}</span>', icon(sign), word) if sign else ""),
    )


def body_html(grid: Grid, active: ScoreColumn | None) -> SafeString:
    """The body of the table. Cells of open columns are inputs, the others text that a click explains."""
    shapes = [
        (
            column.pk,
            MODES[column.profile] if column.pk in grid.writable else "",
            " on" if active and column.pk == active.pk else "",
        )
        for column in grid.columns
    ]
    # Every part is a number or escaped.
    return mark_safe("\n".join([_row(row, shapes) for row in grid.rows]))  # noqa: S308


def _row(row: Row, shapes: Iterable[tuple[int, str, str]]) -> str:
    cells = "".join([_cell(column_id, row, mode, on) for column_id, mode, on in shapes])
    head = f'<th scope="row" id="s{row.student_id}"><span class="no">{row.roll_no}</span>{escape(row.name)}</th>'
    return f'<tr data-s="{row.student_id}">{head}{cells}{_average(row.average)}</tr>'


def _cell(column_id: int, row: Row, mode: str, on: str) -> str:
    """An input with the keys of this mode; without a mode, text."""
    cell = row.cells.get(column_id, NO_CELL)
    makeup = " mk" if cell.is_makeup else ""
    text = format_score(cell.code) if cell.code else ""
    if mode:
        return (
            f'<td class="in{on}{makeup}"><input name="c{column_id}-{row.student_id}" value="{text}" data-v="{cell.version}"'
            f' aria-labelledby="h{column_id} s{row.student_id}" inputmode="{mode}" autocomplete="off"></td>'
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
