"""Body figures of pupils: how typed ones are read, the body mass index, and what deserves a second look.

Units are whole numbers: height in millimetres, weight in hectograms (0,1 kg), vision in tenths (8 is 8/10), index in tenths.
See docs/algorithms/health-checks.md; nothing here is a diagnosis.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

HEIGHT, WEIGHT, LEFT, RIGHT = "height_mm", "weight_hg", "vision_left", "vision_right"
FIGURES = (HEIGHT, WEIGHT, LEFT, RIGHT)
VISION = frozenset({LEFT, RIGHT})
# Outside of these a figure is a slip of the pen, whatever the age; the database refuses them too.
LIMITS = {HEIGHT: (700, 2300), WEIGHT: (80, 2000), LEFT: (0, 20), RIGHT: (0, 20)}

_TENTHS = re.compile(r"([0-9]{1,4})(?:[.,]([0-9]*))?")
_VISION_OF_TEN = re.compile(r"([0-9]{1,2})(?:/10)?")
_VISION_DECIMAL = re.compile(r"([0-9])[.,]([0-9])0?")


class FigureError(StrEnum):
    """Why a text is no figure; the words for the user belong to the form."""

    RANGE = "range"
    DECIMALS = "decimals"
    UNREADABLE = "unreadable"


class UnreadableFigureError(ValueError):
    """Carries the reason."""

    def __init__(self, reason: FigureError) -> None:
        super().__init__(reason)
        self.reason = reason


def read_figure(name: str, text: str) -> int | None:
    """'142,5' or '142.5' as 1425; '8', '8/10' and '0,8' as 8. None when empty; raises UnreadableFigureError."""
    typed = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).replace("\N{FRACTION SLASH}", "/"))
    if not typed:
        return None
    value = _vision(typed) if name in VISION else _tenths(typed)
    least, most = LIMITS[name]
    if not least <= value <= most:
        raise UnreadableFigureError(FigureError.RANGE)
    return value


def _tenths(typed: str) -> int:
    found = _TENTHS.fullmatch(typed)
    if found is None:
        raise UnreadableFigureError(FigureError.UNREADABLE)
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > 1:
        raise UnreadableFigureError(FigureError.DECIMALS)
    return int(found[1]) * 10 + int(decimals or "0")


def _vision(typed: str) -> int:
    if found := _VISION_DECIMAL.fullmatch(typed):
        return int(found[1]) * 10 + int(found[2])
    if found := _VISION_OF_TEN.fullmatch(typed):
        return int(found[1])
    raise UnreadableFigureError(FigureError.UNREADABLE)


def write_figure(name: str, value: int | None) -> str:
    """As it stands in an input: 1425 is '142,5', vision 8 is '8'."""
    if value is None:
        return ""
    return str(value) if name in VISION else in_tenths(value)


def show_figure(name: str, value: int | None) -> str:
    """As people read it: vision 8 is '8/10'."""
    return f"{value}/10" if value is not None and name in VISION else write_figure(name, value)


def in_tenths(value: int) -> str:
    whole, rest = divmod(value, 10)
    return f"{whole},{rest}" if rest else str(whole)


# --- the index -----------------------------------------------------------------------------------
def bmi_tenths(height_mm: int, weight_hg: int) -> int:
    """Kilograms by square metres, in tenths, half up: 142,5 cm and 38,5 kg are 190."""
    return (2 * weight_hg * 10**6 + height_mm**2) // (2 * height_mm**2)


# --- what deserves a second look -----------------------------------------------------------------
class Look(StrEnum):
    """A warning; the words for the user belong to the page."""

    THIN = "thin"
    OVERWEIGHT = "overweight"
    OBESE = "obese"
    UNLIKELY = "unlikely"
    LOW_VISION = "low_vision"
    SHORTER = "shorter"


@dataclass(frozen=True)
class Measured:
    """The figures of one check-up and of whom; `earlier_mm` is the tallest height recorded before."""

    height_mm: int | None
    weight_hg: int | None
    vision_left: int | None
    vision_right: int | None
    sex: str = ""
    months: int | None = None
    earlier_mm: int | None = None


# Index in tenths at each birthday from 5 to 19: -2 SD (below: thin), +1 SD (above: overweight), +2 SD (above: obese).
# WHO Growth Reference 2007 for 5 to 19 years, BMI-for-age; the first row is of 5 years and 1 month.
_BMI_FOR_AGE = {
    "male": (
        (130, 166, 183), (130, 168, 185), (131, 170, 190), (133, 174, 197), (135, 179, 205), (137, 185, 214),
        (141, 192, 225), (145, 199, 236), (149, 208, 248), (155, 218, 259), (160, 227, 270), (165, 235, 279),
        (169, 243, 286), (173, 249, 292), (176, 254, 297),
    ),
    "female": (
        (127, 169, 189), (127, 170, 192), (127, 173, 198), (129, 177, 206), (131, 183, 215), (135, 190, 226),
        (139, 199, 237), (144, 208, 250), (149, 218, 262), (154, 227, 273), (159, 235, 282), (162, 241, 289),
        (164, 245, 293), (164, 248, 295), (165, 250, 297),
    ),
}  # fmt: skip
_FIRST_MONTH = 61
_LAST_MONTH = 19 * 12
# Below 8/10 in one eye the family is advised to see an eye doctor: the custom of screening in schools, not a law.
ENOUGH_VISION = 8
# An index outside of these is more often a height or weight in the wrong column.
LIKELY_BMI = (100, 450)
# Measuring is never exact: a centimetre less is no warning.
SHORTER_BY_MM = 10


def months_between(born: date, day: date) -> int:
    """Completed months of age."""
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def looks(measured: Measured) -> tuple[Look, ...]:
    """What to look at again, in the order in which it is said."""
    found = []
    if (weight := _weight_look(measured)) is not None:
        found.append(weight)
    if measured.height_mm and measured.earlier_mm and measured.earlier_mm - measured.height_mm > SHORTER_BY_MM:
        found.append(Look.SHORTER)
    eyes = [eye for eye in (measured.vision_left, measured.vision_right) if eye is not None]
    if eyes and min(eyes) < ENOUGH_VISION:
        found.append(Look.LOW_VISION)
    return tuple(found)


def _weight_look(measured: Measured) -> Look | None:
    height, weight = measured.height_mm, measured.weight_hg
    if height is None or weight is None:
        return None
    least, most = LIKELY_BMI
    if not least <= bmi_tenths(height, weight) <= most:
        return Look.UNLIKELY
    if measured.months is None or measured.sex not in _BMI_FOR_AGE:
        return None
    if not _FIRST_MONTH <= measured.months <= _LAST_MONTH:
        return None
    thin, overweight, obese = _limits_at(measured.sex, measured.months)
    # The index itself, not its rounded tenths: both sides times 12 months and the square of the height.
    index = 12 * weight * 10**6
    if index < thin * height**2:
        return Look.THIN
    if index > obese * height**2:
        return Look.OBESE
    return Look.OVERWEIGHT if index > overweight * height**2 else None


def _limits_at(sex: str, months: int) -> list[int]:
    """Twelve times the limits, in a straight line from one birthday to the next."""
    rows = _BMI_FOR_AGE[sex]
    year, month = divmod(months - 60, 12)
    return [a * (12 - month) + b * month for a, b in zip(rows[year], rows[min(year + 1, len(rows) - 1)], strict=True)]
