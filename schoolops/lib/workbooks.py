"""Workbooks that leave the house: text stays text, nothing in them calculates, and the same rows are the same bytes."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A value of a cell: text, a count, a score; None is an empty cell.
Value = str | int | Decimal | None

_LIVE = tuple("=+-@\t\r\n\0＝＋－＠")
_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
# The first day that a zip container can name.
_NO_DAY = (1980, 1, 1, 0, 0, 0)
_ORDINARY_FILE = 0o600 << 16
_FEWEST_CHARACTERS = 6


@dataclass(frozen=True)
class Sheet:
    """One sheet: lines above the table, rows of headings, rows. `widths` are in characters, by column."""

    title: str
    headings: tuple[tuple[str, ...], ...]
    rows: Sequence[Sequence[Value]]
    above: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Mark:
    """Who made the file and when: in its properties, and under every printed page."""

    title: str
    author: str
    at: datetime
    line: str


def write_text(cell: Any, value: str) -> None:
    """Put text into a cell so that no spreadsheet takes it for a formula, a number or a date (ASVS 1.2.10)."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", unicodedata.normalize("NFC", value))
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = value.startswith(_LIVE)


def workbook(sheets: Iterable[Sheet], mark: Mark) -> bytes:
    """The .xlsx file. The same sheets and the same mark give the same bytes, so that its hash means something."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _write_sheet(book.create_sheet(sheet.title), sheet, mark)
    book.properties.title, book.properties.creator = mark.title, mark.author
    book.properties.lastModifiedBy = mark.author
    book.properties.created = mark.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    out = io.BytesIO()
    book.save(out)
    return _settled(out.getvalue(), mark.at)


def _write_sheet(page: Worksheet, sheet: Sheet, mark: Mark) -> None:
    for number, line in enumerate(sheet.above, start=1):
        write_text(page.cell(number, 1), line)
        page.cell(number, 1).font = Font(bold=True)
    first = len(sheet.above) + 1
    for number, headings in enumerate(sheet.headings, start=first):
        for place, heading in enumerate(headings, start=1):
            write_strong(page.cell(number, place), heading)
    first += len(sheet.headings)
    for number, row in enumerate(sheet.rows, start=first):
        for place, value in enumerate(row, start=1):
            _write(page.cell(number, place), value)
    for place, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(place)].width = max(width, _FEWEST_CHARACTERS)
    page.freeze_panes = f"A{first}"
    footer: Any = page.oddFooter
    footer.left.text = mark.line.replace("&", "&&")


def _write(cell: Any, value: Value) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        write_text(cell, value)
        return
    cell.value = value
    cell.number_format = "0.0" if isinstance(value, Decimal) else "0"


def write_strong(cell: Any, text: str) -> None:
    """A heading."""
    write_text(cell, text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="F3F6F8")
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def _settled(content: bytes, at: datetime) -> bytes:
    """The container without the clock: openpyxl writes the moment of saving into it, and zip the moment of packing."""
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w") as settled:
        for name in packed.namelist():
            part = packed.read(name)
            if name == _CORE:
                part = _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, date_time=_NO_DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _ORDINARY_FILE, 3
            settled.writestr(entry, part)
    return out.getvalue()
