"""Reading what a teacher types into a score cell; the same rules as static/schoolops/js/score.js.

A value has one canonical code, used by storage, API and page: '' (empty), a number with a point and at most one
decimal ('7.5', '8'), 'D', 'CD', 'T', 'H', 'C', 'V' (absent with reason, awaits a make-up) or 'K' (absent without
reason: counts 0, or Chưa đạt). See docs/algorithms/score-entry.md.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

EMPTY = ""
PASS, NOT_PASS = "D", "CD"
COMPLETED_WELL, COMPLETED, NOT_COMPLETED = "T", "H", "C"
AWAITING_MAKEUP = "V"
ABSENT = "K"
MAX_TENTHS = 100


class Profile(StrEnum):
    """What a column takes: 0..10 with one decimal, Đ/CĐ, whole 0..10 (primary tests), T/H/C (primary levels)."""

    SCORE = "SCORE"
    COMMENT = "COMMENT"
    WHOLE = "WHOLE"
    LEVEL = "LEVEL"


class ScoreError(StrEnum):
    """Why a text is no value; the words for the user belong to the page."""

    RANGE = "range"
    DECIMALS = "decimals"
    UNREADABLE = "unreadable"
    EXEMPT = "exempt"
    # Of words, which are read elsewhere (schoolops.lib.remarks).
    LONG = "long"


@dataclass(frozen=True)
class Parsed:
    """Outcome of reading one cell: a code, or an error.

    `offer` is the rounded code (half up) to accept instead of too many decimals; `quick` says that 75 was read as
    7,5; `check` that 11..19 was read as 1,1..1,9 and deserves a second look.
    """

    code: str | None = None
    error: ScoreError | None = None
    offer: str | None = None
    quick: bool = False
    check: bool = False


_COMMENTS = {
    **dict.fromkeys(("d", "đ", "dd", "đạt"), PASS),
    **dict.fromkeys(("c", "cd", "cđ", "cdd", "chưa đạt"), NOT_PASS),
}
_LEVELS = {"t": COMPLETED_WELL, "h": COMPLETED, "c": NOT_COMPLETED}
_LETTERS = {Profile.SCORE: {}, Profile.WHOLE: {}, Profile.COMMENT: _COMMENTS, Profile.LEVEL: _LEVELS}
_ABSENCE = {
    Profile.SCORE: {"v": AWAITING_MAKEUP, "k": ABSENT},
    Profile.COMMENT: {"v": AWAITING_MAKEUP, "k": ABSENT},
    Profile.WHOLE: {"v": AWAITING_MAKEUP},
    Profile.LEVEL: {"v": AWAITING_MAKEUP},
}
_DISPLAY = {PASS: "Đ", NOT_PASS: "CĐ"}
_SPACE = " \t\r\n"
_NUMBER = re.compile(r"(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")
_CODE = re.compile(r"10|[0-9](?:\.[1-9])?")
_NO_WHOLE_DIGITS = 2


def parse_score(text: str, profile: Profile | str, quick: bool) -> Parsed:
    """Read a typed or pasted cell under a profile; `quick` lets 75 mean 7,5 (SCORE only).

    Never raises for any text; an unknown profile is a ValueError.
    """
    profile = Profile(profile)
    typed = unicodedata.normalize("NFKC", text).strip(_SPACE).lower().replace("ð", "đ")
    if typed == "":
        return Parsed(EMPTY)
    if typed == "m":
        return Parsed(error=ScoreError.EXEMPT)
    words = _LETTERS[profile] | _ABSENCE[profile]
    if typed in words:
        return Parsed(words[typed])
    number = _NUMBER.fullmatch(typed.replace(",", "."))
    if number is None or profile in {Profile.COMMENT, Profile.LEVEL}:
        return Parsed(error=ScoreError.UNREADABLE)
    whole, decimals = number[1], number[2]
    if decimals is None and len(whole) > 1 and whole != "10":
        return _digits_only(whole) if quick and profile is Profile.SCORE else Parsed(error=ScoreError.RANGE)
    return _decimal(whole, decimals or "", places=1 if profile is Profile.SCORE else 0)


def _digits_only(digits: str) -> Parsed:
    """Quick entry: 75 is 7,5; 100 is 10; 725 is 7,25 and so one decimal too many."""
    if digits == "100":
        return Parsed("10", quick=True)
    if len(digits) == len("75"):
        return Parsed(code_of(int(digits)), quick=True, check=digits[0] == "1")
    # 101..109 may also be a slip for 10: nothing sensible to offer.
    if len(digits) > len("725") or digits.startswith("10"):
        return Parsed(error=ScoreError.RANGE)
    return Parsed(error=ScoreError.DECIMALS, offer=_rounded(digits[0], digits[1:], places=1))


def _decimal(whole: str, decimals: str, *, places: int) -> Parsed:
    """A number with a separator, or a single digit, or 10."""
    units, fraction = int(whole[-3:] or "0"), decimals.rstrip("0")
    if len(whole) > _NO_WHOLE_DIGITS or units > MAX_TENTHS // 10 or (units == MAX_TENTHS // 10 and fraction):
        return Parsed(error=ScoreError.RANGE)
    if len(fraction) > places:
        return Parsed(error=ScoreError.DECIMALS, offer=_rounded(whole, fraction, places=places))
    return Parsed(code_of(units * 10 + int(fraction or "0")))


def _rounded(whole: str, decimals: str, *, places: int) -> str:
    """Half up on the digits themselves: the first digit cut off decides, so no float is needed."""
    kept, cut = decimals[:places], decimals[places : places + 1]
    step = 10 ** (1 - places)
    tenths = int(whole or "0") * 10 + int(kept or "0") * step
    return code_of(tenths + (step if cut >= "5" else 0))


def code_of(tenths: int) -> str:
    """Canonical code of a score in tenths, 0..100: 75 is '7.5', 80 is '8'."""
    if not 0 <= tenths <= MAX_TENTHS:
        raise ValueError(f"{tenths} tenths is no score")
    units, rest = divmod(tenths, 10)
    return f"{units}.{rest}" if rest else str(units)


def tenths_of(code: str) -> int | None:
    """Tenths of a numeric code; None for empty and for letters (whether 'K' counts 0 is the scheme's business)."""
    if not _CODE.fullmatch(code):
        return None
    units, _, rest = code.partition(".")
    return int(units) * 10 + int(rest or "0")


def is_code(code: str, profile: Profile | str) -> bool:
    """Whether a code may be stored in a column of this profile."""
    profile = Profile(profile)
    if code == EMPTY or code in (_LETTERS[profile] | _ABSENCE[profile]).values():
        return True
    tenths = tenths_of(code)
    if tenths is None or profile in {Profile.COMMENT, Profile.LEVEL}:
        return False
    return profile is Profile.SCORE or tenths % 10 == 0


@lru_cache
def format_score(code: str) -> str:
    """What people read: '7,5', 'Đ', 'CĐ'; other codes as they are."""
    return _DISPLAY.get(code, code.replace(".", ","))
