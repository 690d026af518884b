"""A timetable as schools write it: a row for each period of each day, a column for each class, "Toán - Hoa" in the cell.

Pure, as the rest of this package: nothing here knows which classes, subjects and teachers the school has.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from registry.importing.cells import CellProblem, read_class
from registry.importing.containers import is_workbook, too_many_rows
from registry.importing.fields import heading_key, squeeze
from registry.importing.reader import Note, in_unicode
from registry.importing.refusals import RefusedFileError
from registry.importing.texts import decode, rows_of
from registry.importing.workbooks import Sheet, sheets_of
from registry.timetabling import AFTERNOON, MORNING, PERIODS
from schoolops.lib import names

DAY, SESSION, PERIOD = "day", "session", "period"
_HEADINGS = {
    **dict.fromkeys(("thu", "ngay", "thu ngay"), DAY),
    **dict.fromkeys(("buoi", "buoi hoc", "ca"), SESSION),
    **dict.fromkeys(("tiet", "tiet hoc", "tiet thu"), PERIOD),
}
_WEEKDAYS = {"hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7}
# The activities that are no subject, by what schools write; the values are those of TimetableEntry.Activity.
_ACTIVITIES = {
    **dict.fromkeys(("chao co", "cc", "shdc", "sinh hoat duoi co", "chao co dau tuan"), "flag"),
    **dict.fromkeys(("sinh hoat lop", "shl", "sh lop", "shcn", "sinh hoat chu nhiem"), "meeting"),
    **dict.fromkeys(("cau lac bo", "clb"), "club"),
    **dict.fromkeys(("phu dao boi duong", "phu dao", "boi duong", "boi duong hsg", "bdhsg"), "extra"),
    "tu hoc": "self_study",
}
_DAY = re.compile(r"(?:thu|t)?\s*(\d|hai|ba|tu|nam|sau|bay)")
_PERIOD = re.compile(r"(?:tiet|t)?\s*(\d{1,2})")
_SESSION = re.compile(r"\b(sang|chieu)\b")
_SESSION_TITLE = re.compile(r"(?:.*\bbuoi )?(?:sang|chieu)")
_HINT = re.compile(r"[(\[].*|[\r\n].*", re.DOTALL)
# A bracket behind a lesson: "(ghép)", "(P.12)"; anything else in brackets is the teacher.
_BRACKET = re.compile(r"\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]\s*$")
_ROOM = re.compile(r"(?:p|phong)\b[.\s]*\S.*|p\.?\d\S*")
_SEPARATOR = re.compile(r"\s*[\n:|/;]\s*|\s*[-–—]+\s*")
LONGEST_CELL = 120
_LONGEST_ROOM = 20
_SHOWN = 20


@dataclass
class Line:
    """One row: the period it is about (0 where that cannot be read) and the texts of its classes by column."""

    row: int
    weekday: int
    session: str
    period: int
    cells: dict[int, str]


@dataclass
class Table:
    """One sheet: which class stands in which column, and its rows."""

    sheet: str
    columns: dict[int, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "columns": {str(place): name for place, name in self.columns.items()},
            "lines": [[line.row, line.weekday, line.session, line.period, _keyed(line.cells)] for line in self.lines],
        }

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Table":
        lines = [
            Line(row, weekday, session, period, {int(place): text for place, text in cells.items()})
            for row, weekday, session, period, cells in stored["lines"]
        ]
        return cls(stored["sheet"], {int(place): name for place, name in stored["columns"].items()}, lines)


def _keyed(cells: dict[int, str]) -> dict[str, str]:
    return {str(place): text for place, text in cells.items()}


@dataclass
class TimetableReading:
    """What a file holds, and notes about what was passed over."""

    tables: list[Table] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "tables": [table.as_json() for table in self.tables],
            "notes": [note.as_json() for note in self.notes],
        }


def cell_name(column: int, row: int) -> str:
    """ "D7", as Excel names it; columns are counted from 0."""
    return f"{get_column_letter(column + 1)}{row}"


def read_timetable(content: bytes, *, max_rows: int) -> TimetableReading:
    """Every sheet with a heading row of day, period and classes. Raises RefusedFileError with the reason in words."""
    reading = TimetableReading()
    for sheet in _sheets(content, max_rows):
        if sheet.is_hidden:
            reading.notes.append(Note("hidden_sheet", sheet.name))
        else:
            _read_sheet(sheet, reading, max_rows)
    if not reading.tables:
        raise RefusedFileError(
            _(
                "Chưa tìm thấy bảng thời khóa biểu. Cần một dòng tiêu đề có “Thứ”, “Tiết” và tên các lớp, như trong tệp mẫu."
            )
        )
    if not any(line.cells for table in reading.tables for line in table.lines):
        raise RefusedFileError(_("Tệp có dòng tiêu đề nhưng chưa có tiết nào."))
    return reading


def _sheets(content: bytes, max_rows: int) -> Iterator[Sheet]:
    if is_workbook(content):
        return sheets_of(content, max_rows)
    rows = rows_of(decode(content), score=lambda cells: len(_known(cells)), max_rows=max_rows)
    return iter([Sheet(name="", is_hidden=False, rows=rows)])


def _known(cells: list[str]) -> dict[int, str]:
    """Column → day, session or period; each once."""
    places: dict[int, str] = {}
    for place, cell in enumerate(cells):
        name = _HEADINGS.get(heading_key(cell))
        if name and name not in places.values():
            places[place] = name
    return places


def _read_sheet(sheet: Sheet, reading: TimetableReading, max_rows: int) -> None:
    walk = _Walk(sheet.name)
    for number, cells in in_unicode(sheet, reading.notes):
        walk.take(number, cells)
        if sum(len(table.lines) for table in reading.tables) + len(walk.table.lines) > max_rows:
            raise too_many_rows(max_rows)
    if walk.places:
        reading.tables.append(walk.table)
        reading.notes += walk.notes()


class _Walk:
    """Down one sheet: titles, headings, rows; merged cells of day and session are filled downwards."""

    def __init__(self, sheet: str) -> None:
        self.table = Table(sheet)
        self.places: dict[str, int] = {}
        self._usual = _session_in(sheet) or MORNING
        self._weekday, self._session = 0, self._usual
        self._passed_over: list[int] = []
        self._odd: list[str] = []
        self._spread = 0

    def take(self, number: int, cells: list[str]) -> None:
        """One row of the sheet, in order."""
        if not any(cell.strip() for cell in cells):
            return
        found = _known(cells)
        if {DAY, PERIOD} <= set(found.values()):
            self._take_headings(cells, found)
        elif title := _session_title(cells):
            self._usual = self._session = title
        elif self.places:
            self._take_row(number, cells)

    def _take_headings(self, cells: list[str], found: dict[int, str]) -> None:
        self.places = {name: place for place, name in found.items()}
        self.table.columns = {}
        for place, cell in enumerate(cells):
            heading = squeeze(_HINT.sub("", cell.strip()))
            if place in found or not heading:
                continue
            try:
                self.table.columns[place] = read_class(heading).name
            except CellProblem:
                self._odd.append(heading[:30])

    def _take_row(self, number: int, cells: list[str]) -> None:
        marks = {name: names.fold(squeeze(_at(cells, place))) for name, place in self.places.items()}
        self._fill_down(marks)
        texts = {place: squeeze_cell(_at(cells, place)) for place in self.table.columns}
        texts = {place: text for place, text in texts.items() if heading_key(text)}
        if not marks[PERIOD]:
            if texts:
                self._passed_over.append(number)
            return
        period = _period_of(marks[PERIOD])
        session = self._session
        if SESSION not in self.places and period > PERIODS[-1]:
            session, period = AFTERNOON, period - PERIODS[-1]
        self.table.lines.append(
            Line(number, self._weekday, session, period if period in PERIODS else 0, self._for_all(texts))
        )

    def _fill_down(self, marks: dict[str, str]) -> None:
        if marks[DAY]:
            self._weekday, self._session = _weekday_of(marks[DAY]), self._usual
        if named := _session_in(marks.get(SESSION, "")):
            self._session = named

    def _for_all(self, texts: dict[int, str]) -> dict[int, str]:
        """One text alone under the first class is a cell merged over all classes: chào cờ."""
        first = min(self.table.columns, default=None)
        if first is None or set(texts) != {first} or len(self.table.columns) < 2 or not activity_of(texts[first]):
            return texts
        self._spread += 1
        return dict.fromkeys(self.table.columns, texts[first])

    def notes(self) -> list[Note]:
        notes = []
        if self._passed_over:
            rows = tuple(self._passed_over[:_SHOWN])
            notes.append(Note("passed_over", self.table.sheet, len(self._passed_over), rows))
        if self._spread:
            notes.append(Note("spread", self.table.sheet, self._spread))
        if self._odd:
            notes.append(Note("odd_columns", self.table.sheet, len(self._odd), words=tuple(self._odd[:_SHOWN])))
        return notes


def _at(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def squeeze_cell(text: str) -> str:
    """The text of a lesson with its line break kept, because that stands between subject and teacher."""
    return "\n".join(part for part in (squeeze(line) for line in text.splitlines()) if part)[:LONGEST_CELL]


def _session_in(text: str) -> str:
    """The half-day that a sheet, a title or a cell names."""
    folded = names.fold(text)
    if folded in {"s", "c"}:
        return MORNING if folded == "s" else AFTERNOON
    found = _SESSION.search(folded)
    return "" if found is None else MORNING if found[1] == "sang" else AFTERNOON


def _session_title(cells: list[str]) -> str:
    """ "BUỔI CHIỀU" alone in its row."""
    filled = [cell for cell in cells if cell.strip()]
    is_title = len(filled) == 1 and _SESSION_TITLE.fullmatch(heading_key(filled[0]))
    return _session_in(filled[0]) if is_title else ""


def _weekday_of(text: str) -> int:
    found = _DAY.fullmatch(text)
    if found is None:
        return 0
    day = int(found[1]) if found[1].isdigit() else _WEEKDAYS[found[1]]
    return day if day in _WEEKDAYS.values() else 0


def _period_of(text: str) -> int:
    found = _PERIOD.fullmatch(text)
    return int(found[1]) if found else 0


def activity_of(text: str) -> str:
    """The activity that these words name, or "" for anything else."""
    return _ACTIVITIES.get(heading_key(text), "")


# --- one cell ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CellText:
    """A cell taken apart: every way to read it as subject and teacher, the longest subject first; room and mark."""

    readings: tuple[tuple[str, str], ...]
    room: str = ""
    is_joint: bool = False


def take_apart(text: str) -> CellText:
    """ "Toán - Hoa", "Sử – Địa - Lan (P.12)", "Toán\\nHoa", "Toán (Hoa)", "GDTC - Minh (ghép)", "Chào cờ"."""
    room, is_joint, teacher = "", False, ""
    rest = text.strip()
    while found := _BRACKET.search(rest):
        folded = names.fold(found[1])
        if folded in {"ghep", "hoc ghep"}:
            is_joint = True
        elif _ROOM.fullmatch(folded) and not room:
            room = found[1][:_LONGEST_ROOM]
        elif not teacher:
            teacher = found[1]
        else:
            break
        rest = rest[: found.start()]
    if teacher:
        # The bracket may also belong to the name of the subject: "Ngoại ngữ 1 (Tiếng Anh)".
        return CellText(((rest, teacher), (f"{rest} ({teacher})", "")), room, is_joint)
    splits = [(rest[: found.start()].strip(), rest[found.end() :].strip()) for found in _SEPARATOR.finditer(rest)]
    readings = [(what, who) for what, who in reversed(splits) if what and who]
    return CellText((*readings, (rest, "")), room, is_joint)
