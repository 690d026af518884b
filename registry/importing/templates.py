"""The .xlsx file that people fill in: headings the reader knows, text columns for digits, and a sheet of advice."""

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from registry.importing.fields import KINDS, Field
from schoolops.lib.workbooks import write_strong, write_text

_WIDEST, _NARROWEST = 42, 8
# Columns that only stand in for another one are described, and left out of the sheet.
_ALTERNATIVES = frozenset({"family_middle", "given"})


def template_workbook(kind: str) -> bytes:
    """The file to be filled in for one kind of data."""
    book = Workbook()
    sheet, advice = book.active, book.create_sheet("Hướng dẫn")
    assert isinstance(sheet, Worksheet)
    sheet.title = "Dữ liệu"
    sheet.freeze_panes = "A2"
    columns = [column for column in KINDS[kind].fields if column.name not in _ALTERNATIVES]
    for place, column in enumerate(columns, start=1):
        _write_heading(sheet, place, column)
    _write_advice(advice, KINDS[kind].fields)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_heading(sheet: Worksheet, place: int, column: Field) -> None:
    write_strong(sheet.cell(1, place), column.heading)
    size = sheet.column_dimensions[get_column_letter(place)]
    size.width = max(_NARROWEST, min(_WIDEST, len(column.example), 20), len(column.heading) + 2)
    if column.is_text:
        size.number_format = "@"


def _write_advice(sheet: Worksheet, columns: tuple[Field, ...]) -> None:
    for place, heading in enumerate((_("Cột"), _("Cần có"), _("Cách ghi"), _("Ví dụ")), start=1):
        write_strong(sheet.cell(1, place), heading)
    for row, column in enumerate(columns, start=2):
        needed = _("bắt buộc") if column.is_required else ""
        for place, text in enumerate((column.heading, needed, str(column.how), column.example), start=1):
            write_text(sheet.cell(row, place), text)
    write_text(sheet.cell(len(columns) + 3, 1), _("Thứ tự cột không quan trọng; không đổi tên cột ở dòng đầu."))
    for letter, width in zip("ABCD", (28, 12, 60, 36), strict=True):
        sheet.column_dimensions[letter].width = width
