"""Sheets of an .xlsx file as rows of text, read as a stream."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import count
from typing import Any

import openpyxl
from django.core.exceptions import ImproperlyConfigured

from registry.importing.containers import check_archive, damage_in_words, extent_of

# openpyxl hardens its XML parser only when defusedxml is there.
if not openpyxl.DEFUSEDXML:
    raise ImproperlyConfigured("defusedxml must be installed: files of strangers are parsed here.")

MAX_COLUMNS = 200
# Longer than any field may be, so that what is cut is refused later as too long.
MAX_CELL = 1000


class TypedDate(str):
    """A date that Excel itself holds as a date; where it came from typed text, Excel may have swapped day and month."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet; `rows` gives (row number, cells)."""

    name: str
    is_hidden: bool
    rows: Iterator[tuple[int, list[str]]]


def sheets_of(content: bytes, max_rows: int) -> Iterator[Sheet]:
    """Every sheet with rows, after the container has been found harmless."""
    check_archive(content)
    extent = extent_of(content, max_rows)
    with damage_in_words(), warnings.catch_warnings():
        # openpyxl warns of styles and extensions that it does not keep; nothing here is written back.
        warnings.simplefilter("ignore")
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            if hasattr(sheet, "iter_rows"):
                yield Sheet(sheet.title, sheet.sheet_state != "visible", _rows(sheet, extent.last_row))
    finally:
        workbook.close()


def _rows(sheet: Any, last_row: int) -> Iterator[tuple[int, list[str]]]:
    if not last_row:
        return
    values = sheet.iter_rows(max_row=last_row, max_col=MAX_COLUMNS, values_only=True)
    for number in count(1):
        with damage_in_words(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(values, None)
        if row is None:
            return
        cells = [as_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def as_text(value: Any) -> str:
    """The cell as a person would type it: dates as dd/mm/yyyy, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:MAX_CELL]
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, datetime | date):
        return TypedDate(f"{value.day:02d}/{value.month:02d}/{value.year:04d}")
    if isinstance(value, time):
        return value.isoformat("minutes")
    return _number(value) if isinstance(value, float) else str(value)[:MAX_CELL]


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value).replace(".", ",")
