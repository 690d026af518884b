"""One cell, one value: the reader of each column, and what it says when it cannot read.

A reader returns the value to be stored, or raises CellProblem with a sentence and, where one answer is likely, a
suggestion. Nothing is guessed silently: not the order of day and month, not a lost zero.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from registry.importing import legacy
from registry.importing.ethnic_groups import ethnic_group
from registry.importing.fields import SPACES, Kind, squeeze
from schoolops.lib import names

_DATE = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?")
_SERIAL = re.compile(r"\d{5}")
# Day 1 of Excel's calendar, after its leap day of 1900 that never was.
_SERIAL_EPOCH = date(1899, 12, 30)
_CLASS = re.compile(r"(\d{1,2})\s*(?:[^\W\d_].*|[/.\-]\s*\w+)")
_LIST = re.compile(r"[,;+]|\s(?:và|&)\s|\s+(?=\d{1,2}[A-ZĐ])", re.IGNORECASE)
_PHONE = re.compile(r"0\d{9,10}")
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,29}")
_DASHES = frozenset("-–—.")
_FEMALE, _MALE = frozenset({"nu", "gai", "female", "f"}), frozenset({"nam", "trai", "male", "m"})
_MARKED = frozenset({"x", "co", "v", "1", "✓", "gvcn", "chu nhiem"})
# Printable by the tables of Unicode, and yet they draw nothing.
_BLANK = re.compile("[\u2800\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f]")
_NO_NAME = re.compile(r"[\d:;@/\\<>=]")
_EARLIEST = date(1920, 1, 1)


class CellProblem(ValueError):
    """What is the matter with a cell, and the text that would probably mend it."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


class ClassName(NamedTuple):
    name: str
    grade: int


@dataclass(frozen=True)
class Homeroom:
    """A mark (the class of the row is meant) or the class itself."""

    classes: tuple[ClassName, ...] = ()


def clean_row(kind: Kind, cells: Mapping[str, str], *, today: date) -> tuple[dict[str, Any], dict[str, CellProblem]]:
    """The values of a row by field (empty cells left out), and the problems of the cells that cannot be read."""
    values: dict[str, Any] = {}
    problems: dict[str, CellProblem] = {}
    for column in kind.fields:
        text = cells.get(column.name, "")
        if squeeze(text) in _DASHES or not squeeze(text):
            text = ""
        if not text and not column.is_required:
            continue
        try:
            if not text:
                raise CellProblem(_("ô này còn trống."))
            values[column.name] = _READERS[column.name](_visible(text))
        except CellProblem as problem:
            problems[column.name] = problem
    if (day := values.get("birth_date")) and not _EARLIEST <= day < today:
        problems["birth_date"] = _unread(cells["birth_date"], _("Xem lại năm sinh."))
    return values, problems


def _visible(text: str) -> str:
    """The text in NFC with single spaces; what cannot be seen, or stands in an old font, is a problem."""
    if legacy.is_legacy(text) and names.looks_like_tcvn3(text):
        raise CellProblem(
            _("“%(value)s” gõ bằng phông chữ cũ (TCVN3).") % {"value": squeeze(text)[:60]},
            squeeze(names.from_tcvn3(text)),
        )
    shown = squeeze(text)
    if shown.isprintable() and not _BLANK.search(shown):
        return shown
    raise CellProblem(_("ô này có ký tự ẩn, mắt không thấy được."), squeeze("".join(filter(_is_seen, text))))


def _is_seen(character: str) -> bool:
    return SPACES.match(character) is not None or (character.isprintable() and not _BLANK.match(character))


def _unread(text: str, hint: str) -> CellProblem:
    return CellProblem(_("chưa đọc được “%(value)s”. %(hint)s") % {"value": squeeze(text)[:60], "hint": hint})


# --- people -------------------------------------------------------------------------------------
def read_name(text: str) -> str:
    """A person's name as `names.clean_name` keeps it."""
    try:
        name = names.clean_name(text)
    except names.InvalidNameError as error:
        raise _unread(text, _NAME_HINTS.get(type(error), _default_name_hint)()) from error
    if _NO_NAME.search(name):
        raise _unread(text, _("Họ tên chỉ gồm chữ."))
    if len(name) > 100:
        raise _unread(text, _("Tên dài hơn 100 ký tự."))
    if name == name.lower():
        raise CellProblem(_("“%(value)s” chưa viết hoa.") % {"value": name}, name.title())
    return name


def _default_name_hint() -> str:
    return _("Nhập họ và tên bằng chữ.")


_NAME_HINTS: dict[type[names.InvalidNameError], Callable[[], str]] = {
    names.MixedScriptError: lambda: _("Có chữ của bảng chữ cái khác trông giống chữ Việt. Gõ lại tên này."),
    names.HiddenCharacterError: lambda: _("Có ký tự ẩn, mắt không thấy được. Gõ lại tên này."),
}


def read_sex(text: str) -> str:
    key = names.fold(text)
    if key in _FEMALE:
        return "female"
    if key in _MALE:
        return "male"
    raise _unread(text, _("Nhập Nam hoặc Nữ."))


def read_salutation(text: str) -> str:
    word = text.casefold().rstrip(".")
    if word in {"thầy", "cô", "ông", "bà"}:
        return word
    raise _unread(text, _("Nhập thầy, cô, ông hoặc bà."))


def read_ethnicity(text: str) -> str:
    if group := ethnic_group(text):
        return group
    raise _unread(text, _("Nhập tên như trong danh mục các dân tộc Việt Nam, ví dụ Kinh."))


# --- days ---------------------------------------------------------------------------------------
def read_date(text: str) -> date:
    """dd/mm/yyyy, a day number of Excel, or ISO; never month before day, never a year of two digits unasked."""
    hint = _("Nhập dạng 05/09/2014.")
    if found := _ISO_DATE.fullmatch(text):
        return _day(text, int(found[1]), int(found[2]), int(found[3]), hint)
    if found := _DATE.fullmatch(text):
        if len(found[3]) == 2:
            raise CellProblem(
                _("“%(value)s” viết năm bằng hai chữ số. %(hint)s") % {"value": text, "hint": hint},
                f"{int(found[1]):02d}/{int(found[2]):02d}/20{found[3]}",
            )
        return _day(text, int(found[3]), int(found[2]), int(found[1]), hint)
    if _SERIAL.fullmatch(text):
        return _SERIAL_EPOCH + timedelta(days=int(text))
    if re.fullmatch(r"(?:19|20)\d\d", text):
        raise _unread(text, _("Ô này mới có năm. Nhập đủ ngày, tháng, năm, dạng 05/09/2014."))
    raise _unread(text, hint)


def _day(text: str, year: int, month: int, day: int, hint: str) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _unread(text, hint) from error


# --- numbers that are text ----------------------------------------------------------------------
def read_personal_number(text: str) -> str:
    digits = re.sub(r"[\s.'’]", "", text)
    if re.fullmatch(r"\d{12}", digits):
        return digits
    # Every number begins with 0: Excel drops it, and a second one after it, when it takes the text for a number.
    if re.fullmatch(r"[1-9]\d{9,10}", digits):
        raise CellProblem(
            _("“%(value)s” có %(n)s chữ số, có thể Excel đã bỏ số 0 ở đầu.") % {"value": text, "n": len(digits)},
            digits.zfill(12),
        )
    raise _unread(text, _("Số định danh cá nhân gồm đúng 12 chữ số."))


def read_phone(text: str) -> str:
    digits = re.sub(r"[\s.\-()'’]", "", text)
    digits = re.sub(r"^(?:\+84|84(?=\d{9}$))0?", "0", digits)
    if _PHONE.fullmatch(digits):
        return digits
    if re.fullmatch(r"[1-9]\d{8}", digits):
        raise CellProblem(
            _("“%(value)s” có 9 chữ số, có thể Excel đã bỏ số 0 ở đầu.") % {"value": text}, digits.zfill(10)
        )
    first = _PHONE.search(re.sub(r"[.\-()]", "", text).replace(" ", ""))
    raise CellProblem(
        _("chưa đọc được “%(value)s”. Nhập một số gồm 10 hoặc 11 chữ số, bắt đầu bằng 0.") % {"value": text[:60]},
        first[0][:10] if first else "",
    )


def read_code(text: str) -> str:
    code = text.replace(" ", "")
    # A number of more than 15 digits has lost its last ones in Excel; a fraction never was a code.
    if len(code) <= 20 and re.fullmatch(r"[\w./\-]+", code) and not re.fullmatch(r"\d+,\d+|[\d,]+e[+\-]\d+", code):
        return code
    raise _unread(text, _("Mã gồm tối đa 20 chữ và số, không có dấu phẩy."))


def read_username(text: str) -> str:
    if _USERNAME.fullmatch(text.lower()):
        return text.lower()
    raise _unread(text, _("Tên đăng nhập gồm 3 đến 30 chữ không dấu và số, bắt đầu bằng chữ."))


def read_roll_no(text: str) -> int | None:
    """A hint only: what is no number is passed over."""
    number = text.rstrip(".")
    return int(number) if number.isdecimal() and 0 < int(number[:6]) < 10_000 else None


# --- classes ------------------------------------------------------------------------------------
def read_class(text: str) -> ClassName:
    """'Lớp 6A1', '6 a1' and '6A1' are one class; '12 Toán 1' and '6/1' are classes too."""
    name = re.sub(r"^(?:lớp|lop)\s*:?\s*", "", text, flags=re.IGNORECASE)
    if found := re.fullmatch(r"(\d{2})/(\d{2})/\d{4}", name):
        raise CellProblem(
            _("“%(value)s” là một ngày: có thể Excel đã đổi tên lớp thành ngày.") % {"value": text},
            f"{int(found[1])}/{int(found[2])}",
        )
    parts = _CLASS.fullmatch(name)
    if parts is None or len(name) > 30 or not 1 <= int(parts[1]) <= 12:
        raise _unread(text, _("Nhập tên lớp bắt đầu bằng số của khối, ví dụ 6A1."))
    compact = name.replace(" ", "").upper()
    is_plain = re.fullmatch(r"\d{1,2}[A-ZĐ]\d{0,2}", compact) is not None
    return ClassName(compact if is_plain else name, int(parts[1]))


def read_classes(text: str) -> tuple[ClassName, ...]:
    return tuple(read_class(part.strip()) for part in _LIST.split(text) if part.strip())


def read_homeroom(text: str) -> Homeroom:
    if names.fold(text) in _MARKED:
        return Homeroom()
    return Homeroom(read_classes(text))


def _text_of(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > longest:
            raise _unread(text, _("Ô này dài hơn %(n)s ký tự.") % {"n": longest})
        return text

    return read


_READERS: dict[str, Callable[[str], Any]] = {
    "roll_no": read_roll_no,
    "class_name": read_class,
    "class_code": read_class,
    "status": _text_of(100),
    "classes": read_classes,
    "full_name": read_name,
    "birth_date": read_date,
    "sex": read_sex,
    "moet_id": read_code,
    "national_id": read_personal_number,
    "ethnicity": read_ethnicity,
    "address": _text_of(300),
    "contact_name": read_name,
    "contact_phone": read_phone,
    "staff_code": read_code,
    "salutation": read_salutation,
    "phone": read_phone,
    "personal_number": read_personal_number,
    "department": _text_of(100),
    "position": _text_of(100),
    "username": read_username,
    "subject": _text_of(100),
    "homeroom": read_homeroom,
    "decision_number": _text_of(60),
    "decision_date": read_date,
    "decision_signer": read_name,
}
