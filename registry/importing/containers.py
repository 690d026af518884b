"""What is inside a file before anything parses it: size, kind, and how many rows really hold something."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registry.importing.refusals import RefusedFileError

MAX_ENTRIES = 200
MAX_RATIO = 100
MAX_TOTAL_BYTES = 200 * 1024 * 1024
MAX_STRINGS_BYTES = 64 * 1024 * 1024
# Titles, headings repeated on every page and code lists stand beside the rows that count.
EXTRA_ROWS = 2_000
EXCEL_ROWS = 1_048_576
_CHUNK = 1024 * 1024
_LONGEST_ROW = 4 * _CHUNK

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_ROW_NUMBER = re.compile(rb"""[^>]*?\sr=["'](\d{1,12})["']""")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
# Excel writes an empty result as t="str" with an empty value; a formula nobody has calculated has no type.
_BARE_FORMULA = re.compile(
    rb"""<(?:\w+:)?c(?![^>]*\st="str")(?:\s[^>]*)?>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"""
    rb"""\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)

# What openpyxl, zipfile and expat raise on a file that is not what it claims to be.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    LookupError,
    ArithmeticError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    SyntaxError,
)


@dataclass(frozen=True)
class Extent:
    """How far the sheets of a workbook reach."""

    filled_rows: int
    last_row: int


@contextmanager
def damage_in_words() -> Iterator[None]:
    """Whatever a broken or hostile file makes a parser raise becomes one sentence."""
    try:
        yield
    except RefusedFileError:
        raise
    except DAMAGE as error:
        raise RefusedFileError(
            _("Tệp bị hỏng hoặc không phải tệp Excel. Mở tệp bằng Excel, lưu lại thành .xlsx rồi tải lên.")
        ) from error


def is_workbook(content: bytes) -> bool:
    """Whether these bytes are a zip container; refuses what is neither a workbook nor text."""
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise RefusedFileError(_("Tệp có mật khẩu. Bỏ mật khẩu trong Excel rồi tải lên."))
        raise RefusedFileError(_("Tệp .xls đời cũ chưa đọc được. Mở bằng Excel, chọn “Lưu thành” .xlsx rồi tải lên."))
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise RefusedFileError(
            _("Đây là trang web lưu dưới tên bảng tính. Mở bằng Excel, chọn “Lưu thành” .xlsx rồi tải lên.")
        )
    return content.startswith(b"PK")


def check_archive(content: bytes) -> None:
    """Refuse a container that is too big for what it says, locked, or no plain .xlsx."""
    with damage_in_words(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        _check_size(entries, len(content))
        if any(entry.flag_bits & 1 for entry in entries):
            raise RefusedFileError(_("Tệp có mật khẩu. Bỏ mật khẩu trong Excel rồi tải lên."))
        _check_kind([entry.filename for entry in entries])
        if b"macroEnabled" in archive.read("[Content_Types].xml"):
            raise RefusedFileError(_with_macros())


def _check_size(entries: list[zipfile.ZipInfo], packed: int) -> None:
    total = sum(entry.file_size for entry in entries)
    strings = max((entry.file_size for entry in entries if entry.filename.endswith("sharedStrings.xml")), default=0)
    if (
        len(entries) > MAX_ENTRIES
        or total > MAX_TOTAL_BYTES
        or total > MAX_RATIO * packed
        or strings > MAX_STRINGS_BYTES
    ):
        raise RefusedFileError(
            _("Tệp nén quá nhiều dữ liệu nên không mở. Chép riêng bảng cần nhập sang một tệp mới rồi tải lên.")
        )


def _check_kind(entries: list[str]) -> None:
    if any(name.endswith("vbaProject.bin") for name in entries):
        raise RefusedFileError(_with_macros())
    if "xl/workbook.bin" in entries or "content.xml" in entries:
        raise RefusedFileError(_("Tệp .xlsb và .ods chưa đọc được. Chọn “Lưu thành” .xlsx rồi tải lên."))
    if "[Content_Types].xml" not in entries or not any(_SHEET.fullmatch(name) for name in entries):
        raise RefusedFileError(_("Tệp này không phải bảng tính Excel. Cần tệp .xlsx hoặc .csv."))


def _with_macros() -> str:
    return _("Tệp có macro nên không nhận. Chọn “Lưu thành” .xlsx (không macro) rồi tải lên.")


def extent_of(content: bytes, max_rows: int) -> Extent:
    """Count the rows that hold a value without building any object; refuses long before a parser would be busy."""
    filled = last = 0
    with damage_in_words(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in filter(_SHEET.fullmatch, archive.namelist()):
            number = 0
            for number, is_filled in _rows_of(archive, name):
                filled += is_filled
                last = max(last, number if is_filled else 0)
                if filled > max_rows + EXTRA_ROWS:
                    raise too_many_rows(max_rows)
    return Extent(filled, last)


def too_many_rows(max_rows: int) -> RefusedFileError:
    shown = f"{max_rows:,}".replace(",", ".")
    return RefusedFileError(_("Tệp có hơn %(max)s dòng. Chia thành nhiều tệp rồi tải lên lần lượt.") % {"max": shown})


def _rows_of(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, bool]]:
    """(row number, whether it holds a value) for every row of a sheet, read in pieces."""
    number = 0
    with archive.open(name) as stream:
        rest, is_first = b"", True
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            *rows, rest = _ROW.split(rest + chunk)
            if len(rest) > _LONGEST_ROW:
                raise ValueError("a row of the sheet is longer than any real one")
            for row in rows[1:] if is_first else rows:
                number = _number_of(row, number)
                yield number, _holds_value(row)
            is_first = is_first and not rows
        if not is_first:
            yield _number_of(rest, number), _holds_value(rest)


def _number_of(row: bytes, previous: int) -> int:
    written = _ROW_NUMBER.match(row)
    number = int(written[1]) if written else previous + 1
    if number > EXCEL_ROWS:
        raise ValueError("a row number that Excel does not have")
    return number


def _holds_value(row: bytes) -> bool:
    if b"<f" in row and _BARE_FORMULA.search(row):
        raise RefusedFileError(_("Tệp có công thức chưa có kết quả. Mở tệp bằng Excel, bấm Lưu rồi tải lên."))
    return _FILLED.search(row) is not None
