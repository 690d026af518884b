"""The .xlsx file of a timetable: a row for each period, a column for each class, and lists of codes to write with."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from registry.timetabling import PERIODS, SESSIONS, WEEKDAYS, Slot
from schoolops.lib.workbooks import write_strong, write_text

# What stands in the file is Vietnamese in every language of the portal.
_DAYS = {2: "Hai", 3: "Ba", 4: "Tư", 5: "Năm", 6: "Sáu", 7: "Bảy"}
_HALVES = {"am": "Sáng", "pm": "Chiều"}
_HEADINGS = ("Thứ", "Buổi", "Tiết")
_WIDTHS = (8, 8, 6)
_CLASS_WIDTH = 16


@dataclass(frozen=True)
class TemplateContent:
    """What the file is filled with; `lessons` holds the text of each cell by slot and class."""

    title: str
    classes: Sequence[str]
    teachers: Sequence[tuple[str, str, str]]
    subjects: Sequence[tuple[str, str, str]]
    lessons: Mapping[tuple[Slot, str], str] = field(default_factory=dict)


def timetable_workbook(content: TemplateContent) -> bytes:
    """The file to be filled in, or the lessons of a version to be changed."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "TKB"
    _write_grid(sheet, content)
    _write_list(book.create_sheet("Giáo viên"), ("Mã cán bộ", "Họ và tên", "Tổ chuyên môn"), content.teachers)
    _write_list(book.create_sheet("Môn học"), ("Mã môn", "Tên ngắn", "Tên môn"), content.subjects)
    _write_advice(book.create_sheet("Hướng dẫn"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_grid(sheet: Worksheet, content: TemplateContent) -> None:
    write_text(sheet.cell(1, 1), content.title)
    for place, heading in enumerate((*_HEADINGS, *content.classes), start=1):
        write_strong(sheet.cell(2, place), heading)
        width = _WIDTHS[place - 1] if place <= len(_WIDTHS) else _CLASS_WIDTH
        sheet.column_dimensions[get_column_letter(place)].width = width
    row = 3
    for slot in (Slot(day, session, period) for day in WEEKDAYS for session in SESSIONS for period in PERIODS):
        marks = (_DAYS[slot.weekday], _HALVES[slot.session], str(slot.period))
        texts = (content.lessons.get((slot, name), "") for name in content.classes)
        for place, text in enumerate((*marks, *texts), start=1):
            write_text(sheet.cell(row, place), text)
            sheet.cell(row, place).alignment = Alignment(wrap_text=True, vertical="center")
        row += 1
    sheet.freeze_panes = "D3"


def _write_list(sheet: Worksheet, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    for place, heading in enumerate(headings, start=1):
        write_strong(sheet.cell(1, place), heading)
        sheet.column_dimensions[get_column_letter(place)].width = 28
    for number, row in enumerate(rows, start=2):
        for place, text in enumerate(row, start=1):
            write_text(sheet.cell(number, place), text)
    sheet.freeze_panes = "A2"


def _write_advice(sheet: Worksheet) -> None:
    lines = (
        _("Mỗi dòng là một tiết, mỗi cột là một lớp. Không đổi dòng tiêu đề; thứ tự cột không quan trọng."),
        _("Trong ô ghi môn, dấu gạch, giáo viên: “Toán - GV012” hoặc “Toán - Hoa”. Mã cán bộ là chắc chắn nhất."),
        _("Không ghi giáo viên thì lấy người đang được phân công, nếu chỉ có một người."),
        _("Hoạt động: Chào cờ, Sinh hoạt lớp, Câu lạc bộ, Phụ đạo, Bồi dưỡng, Tự học."),
        _("Phòng học ghi trong ngoặc: “Tin - Huy (P.12)”. Một giáo viên dạy ghép các lớp: ghi (ghép) ở mỗi ô."),
        _("Ô để trống là không có tiết. Không có cột Buổi thì tiết 6 đến 10 là buổi chiều."),
    )
    for row, line in enumerate(lines, start=1):
        write_text(sheet.cell(row, 1), line)
    sheet.column_dimensions["A"].width = 110
