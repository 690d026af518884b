"""From bytes to rows of named cells, each with the sheet, the row and the heading that it stood under."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from django.utils.translation import gettext as _

from registry.importing import legacy
from registry.importing.containers import is_workbook, too_many_rows
from registry.importing.fields import KINDS, Kind
from registry.importing.headings import Columns, class_in_name, class_in_title, columns_of, count_known
from registry.importing.refusals import RefusedFileError
from registry.importing.texts import decode, rows_of
from registry.importing.workbooks import Sheet, TypedDate, sheets_of

_SAMPLE = 300
_SHOWN_ROWS = 20
_FEWEST_COLUMNS = 2
# Below this many the order of day and month cannot be judged.
_DATES_TO_JUDGE = 5

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Note:
    """Something worth knowing about a sheet that stops nothing; put into words where it is shown."""

    kind: str
    sheet: str
    count: int = 0
    rows: tuple[int, ...] = ()
    words: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "sheet": self.sheet,
            "count": self.count,
            "rows": list(self.rows),
            "words": list(self.words),
        }


@dataclass
class Reading:
    """What a file holds: rows (sheet, row, cells by field), the headings as written, and notes."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    headings: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def read_file(content: bytes, kind: str, *, max_rows: int) -> Reading:
    """Read every sheet that has the headings of this kind. Raises RefusedFileError with the reason in words."""
    wanted, reading = KINDS[kind], Reading()
    for sheet in _sheets(content, wanted, max_rows):
        if sheet.is_hidden:
            reading.notes.append(Note("hidden_sheet", sheet.name))
            continue
        _read_sheet(sheet, wanted, reading, max_rows)
    if not reading.headings:
        raise RefusedFileError(_no_headings(wanted))
    if not reading.rows:
        raise RefusedFileError(_("Tệp có dòng tiêu đề nhưng chưa có dòng dữ liệu nào."))
    return reading


def _sheets(content: bytes, kind: Kind, max_rows: int) -> Iterator[Sheet]:
    if is_workbook(content):
        return sheets_of(content, max_rows)
    rows = rows_of(decode(content), score=lambda cells: count_known(cells, kind), max_rows=max_rows)
    return iter([Sheet(name="", is_hidden=False, rows=rows)])


def _no_headings(kind: Kind) -> str:
    wanted = ", ".join(f"“{column.heading}”" for column in kind.fields[:6])
    return _("Chưa tìm thấy dòng tiêu đề. Cần một dòng có các cột như %(columns)s. Có thể bắt đầu từ tệp mẫu.") % {
        "columns": wanted
    }


def _read_sheet(sheet: Sheet, kind: Kind, reading: Reading, max_rows: int) -> None:
    table = _Table(sheet.name, kind)
    for number, cells in in_unicode(sheet, reading.notes):
        table.take(number, cells)
        if len(reading.rows) + len(table.rows) > max_rows:
            raise too_many_rows(max_rows)
    if table.columns is None:
        return
    reading.rows += table.rows
    reading.headings[sheet.name] = table.headings
    reading.notes += table.notes()


def in_unicode(sheet: Sheet, notes: list[Note]) -> Iterator[Row]:
    """The rows of a sheet, repaired (and noted) when its text is TCVN3; VNI is refused: it cannot be repaired surely."""
    start = list(islice(sheet.rows, _SAMPLE))
    encoding = legacy.encoding_of(cell for _number, cells in start for cell in cells if cell)
    if encoding == "vni":
        raise RefusedFileError(
            _(
                "Chữ trong tệp gõ bằng bảng mã VNI nên chưa đọc được. Chuyển sang Unicode (ví dụ bằng UniKey) rồi tải lên."
            )
        )
    if encoding != "tcvn3":
        yield from chain(start, sheet.rows)
        return
    repaired = 0
    for number, cells in chain(start, sheet.rows):
        repaired += sum(map(legacy.is_legacy, cells))
        yield number, legacy.repair(cells)
    notes.append(Note("tcvn3", sheet.name, repaired))


class _Table:
    """Walks down one sheet: titles, headings (again on every page), rows, and what stands below them."""

    def __init__(self, sheet: str, kind: Kind) -> None:
        self.sheet, self.kind = sheet, kind
        self.columns: Columns | None = None
        self.headings: dict[str, str] = {}
        self.rows: list[dict[str, Any]] = []
        self._class = class_in_name(sheet)
        self._passed_over: list[int] = []
        self._dates: Counter[str] = Counter()
        self._teacher: dict[str, str] = {}
        self._after_heading = False

    def take(self, number: int, cells: list[str]) -> None:
        """One row of the sheet, in order."""
        if not any(cells):
            return
        if (columns := columns_of(cells, self.kind)) is not None:
            self.columns = columns
            self.headings = {**columns.headings, **self.headings}
            self._after_heading = True
            return
        if title := class_in_title(cells):
            self._class = title
            return
        if self.columns is None:
            return
        if self._after_heading and self.columns.add_second_row(cells, self.kind):
            self.headings = {**self.columns.headings, **self.headings}
        else:
            self._take_row(number, cells, self.columns.values(cells))
        self._after_heading = False

    def _take_row(self, number: int, cells: list[str], found: dict[str, str]) -> None:
        if _is_numbering(cells):
            return
        if not found.keys() & self.kind.identifying or self._is_below(found):
            if found:
                self._passed_over.append(number)
            return
        self._watch_date(found.get("birth_date", ""))
        self._fill_down_teacher(found)
        if self._class and not found.get("class_name") and self.kind is KINDS["students"]:
            found["class_name"] = self._class
        self.rows.append({"sheet": self.sheet, "row": number, "cells": found})

    def _is_below(self, found: dict[str, str]) -> bool:
        """Totals and signatures under a list fill the column of names alone; in a row of a list something else stands."""
        return found.keys() == {"full_name"} and self.columns is not None and len(self.columns.places) > _FEWEST_COLUMNS

    def _fill_down_teacher(self, found: dict[str, str]) -> None:
        """In an assignment list the teacher's cells are merged over the rows of their classes."""
        if self.kind is not KINDS["assignments"]:
            return
        teacher = {name: found[name] for name in ("staff_code", "full_name") if found.get(name)}
        if teacher:
            self._teacher = teacher
        else:
            found.update(self._teacher)

    def _watch_date(self, text: str) -> None:
        day = text.partition("/")[0]
        if day.isdecimal():
            self._dates[
                f"{'typed' if isinstance(text, TypedDate) else 'text'}_{'late' if int(day) > 12 else 'early'}"
            ] += 1

    def notes(self) -> list[Note]:
        notes = []
        if self._passed_over:
            notes.append(
                Note("passed_over", self.sheet, len(self._passed_over), tuple(self._passed_over[:_SHOWN_ROWS]))
            )
        # An Excel in US order turns 05/09 into a date of May and leaves 25/09 as text: the two never mix otherwise.
        dates = self._dates
        if not dates["typed_late"] and min(dates["typed_early"], dates["text_late"]) >= _DATES_TO_JUDGE:
            notes.append(Note("swapped_dates", self.sheet, dates["typed_early"]))
        return notes


def _is_numbering(cells: list[str]) -> bool:
    """The row (1) (2) (3) that forms print under their headings."""
    filled = [cell.strip(" ()") for cell in cells if cell.strip()]
    return len(filled) > 2 and filled == [str(number) for number in range(1, len(filled) + 1)]
