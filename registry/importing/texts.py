"""CSV as it leaves Excel and older software: which encoding, which separator, and then rows."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from registry.importing.containers import EXTRA_ROWS, too_many_rows
from registry.importing.legacy import encoding_of
from registry.importing.refusals import RefusedFileError

Row = tuple[int, list[str]]

_SEPARATORS = (";", ",", "\t")
_SAMPLE_LINES = 200
# Excel is made to keep leading zeros by writing a formula of one string: ="0123".
_QUOTED_NUMBER = re.compile(r'="([^"]*)"')
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or cp1258; one-byte TCVN3 and VNI come back as their Latin-1 look."""
    try:
        text = content.decode(_unicode_of(content))
    except UnicodeDecodeError:
        text = _decode_one_byte(content)
    if _NO_TEXT.search(text):
        raise RefusedFileError(_("Tệp này không phải bảng tính. Cần tệp .xlsx hoặc .csv."))
    return text


def _unicode_of(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = content[:400]
    if start[1::2].count(0) > len(start) // 8:
        return "utf-16-le"
    if start[::2].count(0) > len(start) // 8:
        return "utf-16-be"
    return "utf-8-sig"


def _decode_one_byte(content: bytes) -> str:
    look = content.decode("latin-1")
    if encoding_of(look.splitlines()[:_SAMPLE_LINES]):
        return look
    return content.decode("cp1258", errors="replace")


def rows_of(text: str, *, score: Callable[[list[str]], int], max_rows: int) -> Iterator[Row]:
    """(line, cells) with the separator under which most headings are recognised by `score`."""
    separator = max(_SEPARATORS, key=lambda candidate: _best_score(text, candidate, score))
    for count, (line, cells) in enumerate(_parse(text, separator)):
        if count > max_rows + EXTRA_ROWS:
            raise too_many_rows(max_rows)
        yield line, [_QUOTED_NUMBER.sub(r"\1", cell) if cell.startswith('="') else cell for cell in cells]


def _best_score(text: str, separator: str, score: Callable[[list[str]], int]) -> int:
    start = "\n".join(text.split("\n", 40)[:40])
    return max((score(cells) for _line, cells in _parse(start, separator)), default=0)


def _parse(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise RefusedFileError(
            _("Dòng %(line)s của tệp CSV quá dài hoặc thiếu dấu nháy. Lưu thành .xlsx rồi tải lên.")
            % {"line": reader.line_num}
        ) from error
