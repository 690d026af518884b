"""Files as schools have them, made for the tests of the import."""

import io
from collections.abc import Iterable
from datetime import date
from itertools import zip_longest
from typing import Any

import openpyxl

HEADINGS = ["STT", "Lớp", "Họ và tên", "Ngày sinh", "Giới tính", "Mã định danh học sinh", "Số định danh cá nhân"]


def xlsx(rows: Iterable[Iterable[Any]], sheet: str = "Dữ liệu", **more: Iterable[Iterable[Any]]) -> bytes:
    """A workbook with one sheet of rows, and further sheets by name."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, content in {sheet: rows, **more}.items():
        page = book.create_sheet(title)
        for row in content:
            page.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pupils(*rows: Iterable[Any], headings: Iterable[str] = HEADINGS) -> bytes:
    return xlsx([headings, *rows])


def pupil(name: str, day: Any = "05/09/2014", class_name: str = "7A1", number: Any = None, **codes: Any) -> list[Any]:
    return [number, class_name, name, day, "Nam", codes.get("moet_id"), codes.get("national_id")]


EXCEL_DAY = date(2014, 9, 5)


def timetable(
    classes: dict[str, Iterable[Any]],
    *,
    day: Any = "Hai",
    headings: Iterable[str] = ("Thứ", "Buổi", "Tiết"),
    session: str = "Sáng",
) -> bytes:
    """One morning: for each class its lessons from the first period on."""
    rows = zip_longest(*classes.values())
    lines = [[day, session, number, *row] for number, row in enumerate(rows, start=1)]
    return xlsx([[*headings, *classes], *lines], sheet="TKB")
