"""Circular 22/2021/TT-BGDĐT (THCS and THPT) as pure functions on plain values.

Scores and averages are integers in tenths (75 means 7,5); no float takes part in any calculation.
Rounding is half up. See docs/algorithms/tt22.md for worked examples and for the points the text leaves open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum, StrEnum
from functools import cached_property
from typing import Literal

MAX_TENTHS = 100
MIDTERM_WEIGHT = 2
FINAL_WEIGHT = 3
COMMENT_REGULAR_COUNT = 2
COUNTED_SUBJECTS = 6
ALL_GOOD, ALL_FAIR, ALL_PASS = 65, 50, 35
SIX_GOOD, SIX_FAIR, SIX_PASS = 80, 65, 50
SIX_OUTSTANDING = 90
REASSESS_BELOW = 50
MAX_ABSENCES = 45


class CellState(Enum):
    """What a gradebook cell holds (Điều 7: periodic assessment and make-up tests)."""

    EMPTY = "EMPTY"
    SCORE = "SCORE"
    EXCUSED_PENDING_MAKEUP = "EXCUSED_PENDING_MAKEUP"
    MAKEUP = "MAKEUP"
    ZERO_ABSENT = "ZERO_ABSENT"


class CommentResult(Enum):
    """Result of a subject assessed by comments only (Điều 5 khoản 1)."""

    NOT_PASS = "Chưa đạt"  # noqa: S105
    PASS = "Đạt"  # noqa: S105


class Level(IntEnum):
    """The four levels of study (Điều 9) and conduct (Điều 8), ordered so that `<` means lower."""

    NOT_PASS = 0
    PASS = 1
    FAIR = 2
    GOOD = 3

    @property
    def label(self) -> str:
        """The word the circular prints for this level."""
        return ("Chưa đạt", "Đạt", "Khá", "Tốt")[self]


class Promotion(StrEnum):
    """Outcome of the year (Điều 12 to 14)."""

    PROMOTED = "LEN_LOP"
    SUMMER_TRAINING = "REN_LUYEN_HE"
    REASSESSMENT = "KIEM_TRA_LAI"
    SUMMER_BOTH = "REN_LUYEN_HE_VA_KIEM_TRA_LAI"
    PROMOTED_AFTER_SUMMER = "LEN_LOP_SAU_HE"
    RETAINED = "KHONG_LEN_LOP"

    @property
    def has_training(self) -> bool:
        """Whether the summer holds conduct training (Điều 13)."""
        return self in {Promotion.SUMMER_TRAINING, Promotion.SUMMER_BOTH}

    @property
    def has_reassessment(self) -> bool:
        """Whether the summer holds a re-assessment (Điều 14)."""
        return self in {Promotion.REASSESSMENT, Promotion.SUMMER_BOTH}


class Award(Enum):
    """Year-end titles (Điều 15 khoản 1 điểm a)."""

    OUTSTANDING = "Học sinh Xuất sắc"
    EXCELLENT = "Học sinh Giỏi"


AdjustmentMode = Literal["ignore", "raise"]
BothFailedPolicy = Literal["RETAIN", "SUMMER_BOTH"]
CommentMarks = Mapping[str, CommentResult | None]
Averages = Mapping[str, int | None]


@dataclass(frozen=True)
class Rules:
    """The choices a school makes where the circular is silent or read in two ways."""

    level_adjustment: AdjustmentMode = "ignore"
    both_failed_policy: BothFailedPolicy = "RETAIN"


DEFAULT_RULES = Rules()


@dataclass(frozen=True)
class ScoreCell:
    """One cell of a scored subject; `tenths` is set exactly for SCORE and MAKEUP."""

    state: CellState = CellState.EMPTY
    tenths: int | None = None

    def __post_init__(self) -> None:
        if (self.state in {CellState.SCORE, CellState.MAKEUP}) != (self.tenths is not None):
            raise ValueError("a score cell has tenths exactly when it is a score or a make-up score")
        if self.tenths is not None and not 0 <= self.tenths <= MAX_TENTHS:
            raise ValueError("a score lies between 0 and 100 tenths")

    @cached_property
    def value(self) -> int | None:
        """Tenths that count in an average; absence without make-up counts 0 (Điều 7); None while unknown."""
        return 0 if self.state is CellState.ZERO_ABSENT else self.tenths


@dataclass(frozen=True)
class CommentCell:
    """One cell of a comment subject; `result` is set exactly for SCORE and MAKEUP."""

    state: CellState = CellState.EMPTY
    result: CommentResult | None = None

    def __post_init__(self) -> None:
        if (self.state in {CellState.SCORE, CellState.MAKEUP}) != (self.result is not None):
            raise ValueError("a comment cell has a result exactly when it is assessed or made up")

    @cached_property
    def value(self) -> CommentResult | None:
        """Result that counts; absence without make-up counts Chưa đạt (Điều 7); None while unknown."""
        return CommentResult.NOT_PASS if self.state is CellState.ZERO_ABSENT else self.result


@dataclass(frozen=True)
class StudyResult:
    """Study level of a term or year; `because_of` names the subject that Điều 9 khoản 3 forgave."""

    level: Level
    raw: Level
    because_of: str | None = None


@dataclass(frozen=True)
class AfterSummer:
    """Results that stand after summer training and re-assessment (Điều 13, 14)."""

    study: StudyResult
    conduct: Level
    promotion: Promotion


# --- numbers -------------------------------------------------------------------------------------------------


def to_tenths(value: int | float | str | Decimal) -> int:
    """Read a score 0..10 with at most one decimal (decimal point) as exact tenths (Điều 5 khoản 3).

    Raises ValueError when it is no number, out of range, or has a second decimal.
    """
    try:
        tenths = Decimal(str(value)) * 10
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a number") from error
    if not tenths.is_finite():
        raise ValueError(f"{value!r} is not a number")
    if not 0 <= tenths <= MAX_TENTHS:
        raise ValueError(f"{value!r} is not between 0 and 10")
    if tenths != tenths.to_integral_value():
        raise ValueError(f"{value!r} has more than one decimal")
    return int(tenths)


def half_up(numerator: int, denominator: int) -> int:
    """Round a non-negative fraction to the nearest integer, ties upward (practice; the circular names no rule)."""
    return (2 * numerator + denominator) // (2 * denominator)


def score_cell(code: str, *, makeup: bool = False) -> ScoreCell:
    """Build a cell from a canonical code: '' empty, 'V' awaiting make-up, 'K' absent (0), or a number '7.5'."""
    if code in _SPECIAL_STATES:
        return ScoreCell(_SPECIAL_STATES[code])
    return ScoreCell(CellState.MAKEUP if makeup else CellState.SCORE, to_tenths(code))


def comment_cell(code: str, *, makeup: bool = False) -> CommentCell:
    """Build a cell from a canonical code: '' empty, 'V', 'K', 'D' (Đạt) or 'CD' (Chưa đạt)."""
    if code in _SPECIAL_STATES:
        return CommentCell(_SPECIAL_STATES[code])
    if code not in _COMMENT_CODES:
        raise ValueError(f"{code!r} is not a comment mark")
    return CommentCell(CellState.MAKEUP if makeup else CellState.SCORE, _COMMENT_CODES[code])


_SPECIAL_STATES = {"": CellState.EMPTY, "V": CellState.EXCUSED_PENDING_MAKEUP, "K": CellState.ZERO_ABSENT}
_COMMENT_CODES = {"D": CommentResult.PASS, "CD": CommentResult.NOT_PASS}


# --- one subject ---------------------------------------------------------------------------------------------


def regular_count(periods: int) -> int:
    """Regular assessments (ĐĐGtx) per term of a scored subject, from its periods a year (Điều 6).

    Comment subjects have COMMENT_REGULAR_COUNT whatever their periods. Raises ValueError below one period.
    """
    if periods < 1:
        raise ValueError("a subject has at least one period a year")
    if periods <= 35:
        return 2
    return 3 if periods <= 70 else 4


def term_average(regular: Sequence[ScoreCell], midterm: ScoreCell, final: ScoreCell, *, required: int) -> int | None:
    """ĐTBmhk in tenths (Điều 9 khoản 1): (ΣTX + 2·GK + 3·CK) / (number of TX + 5), half up.

    None while any cell is empty or awaits a make-up, or while there are fewer than `required` regular scores.
    More than `required` is right: a learning-topic cluster adds one.
    """
    values = [cell.value for cell in regular]
    if len(values) < required or None in values or midterm.value is None or final.value is None:
        return None
    return provisional_average(regular, midterm, final)


def provisional_average(regular: Iterable[ScoreCell], midterm: ScoreCell, final: ScoreCell) -> int | None:
    """The same weights over the cells that exist, in tenths; not a result of the circular, for staff only.

    None when no cell has a value.
    """
    values = [value for cell in regular if (value := cell.value) is not None]
    total, weights = sum(values), len(values)
    for cell, weight in ((midterm, MIDTERM_WEIGHT), (final, FINAL_WEIGHT)):
        if (value := cell.value) is not None:
            total, weights = total + value * weight, weights + weight
    return half_up(total, weights) if weights else None


def year_average(term1: int | None, term2: int | None) -> int | None:
    """ĐTBmcn in tenths (Điều 9 khoản 1): (HKI + 2·HKII) / 3 from the rounded term averages; None if one is missing."""
    if term1 is None or term2 is None:
        return None
    return half_up(term1 + 2 * term2, 3)


def comment_term(regular: Sequence[CommentCell], midterm: CommentCell, final: CommentCell) -> CommentResult | None:
    """Term result of a comment subject (Điều 9 khoản 1): Đạt when assessed often enough and every time Đ.

    None while a cell is empty or awaits a make-up; all cells filled but fewer than two regular ones is Chưa đạt.
    """
    values = [cell.value for cell in (*regular, midterm, final)]
    if None in values:
        return None
    if len(regular) < COMMENT_REGULAR_COUNT or CommentResult.NOT_PASS in values:
        return CommentResult.NOT_PASS
    return CommentResult.PASS


def comment_year(_term1: CommentResult | None, term2: CommentResult | None) -> CommentResult | None:
    """Year result of a comment subject: that of term II, whatever term I was (Điều 9 khoản 1)."""
    return term2


# --- study level ---------------------------------------------------------------------------------------------


def study_level(averages: Averages, comments: CommentMarks, *, mode: AdjustmentMode = "ignore") -> StudyResult | None:
    """Study level of a term or year (Điều 9 khoản 2), with the upward adjustment of khoản 3.

    `averages` are ĐTBmhk or ĐTBmcn in tenths by subject code. None while any subject has no result yet.
    """
    scored = {code: average for code, average in averages.items() if average is not None}
    marked = {code: mark for code, mark in comments.items() if mark is not None}
    if not averages or len(scored) < len(averages) or len(marked) < len(comments):
        return None
    raw = _raw_level(scored.values(), marked.values())
    for code in (*scored, *marked):
        if _level_but_for(code, scored, marked, mode) >= raw + 2:
            return StudyResult(Level(raw + 1), raw, code)
    return StudyResult(raw, raw)


def _raw_level(averages: Iterable[int], marks: Iterable[CommentResult]) -> Level:
    """Điều 9 khoản 2 without the adjustment."""
    scores = list(averages)
    failed = sum(mark is CommentResult.NOT_PASS for mark in marks)
    ladder = (
        (Level.GOOD, 0, ALL_GOOD, SIX_GOOD),
        (Level.FAIR, 0, ALL_FAIR, SIX_FAIR),
        (Level.PASS, 1, ALL_PASS, SIX_PASS),
    )
    for level, allowed, floor, high in ladder:
        if failed <= allowed and all(score >= floor for score in scores) and _has_six(scores, high):
            return level
    return Level.NOT_PASS


def _has_six(scores: Iterable[int], threshold: int) -> bool:
    return sum(score >= threshold for score in scores) >= COUNTED_SUBJECTS


def _level_but_for(
    code: str, scored: Mapping[str, int], marked: Mapping[str, CommentResult], mode: AdjustmentMode
) -> Level:
    """The level the pupil would have if this one subject did not stand in the way."""
    scores = {**scored, code: MAX_TENTHS} if code in scored else scored
    if mode == "ignore":
        scores = {other: score for other, score in scored.items() if other != code}
    return _raw_level(scores.values(), (mark for other, mark in marked.items() if other != code))


# --- conduct, promotion, awards ------------------------------------------------------------------------------

# Rows: term II; columns: term I; both from Chưa đạt up to Tốt (Điều 8 khoản 2).
_CONDUCT_YEAR = (
    (Level.NOT_PASS, Level.NOT_PASS, Level.NOT_PASS, Level.NOT_PASS),
    (Level.PASS, Level.PASS, Level.PASS, Level.FAIR),
    (Level.PASS, Level.FAIR, Level.FAIR, Level.FAIR),
    (Level.FAIR, Level.FAIR, Level.GOOD, Level.GOOD),
)


def conduct_year(term1: Level | None, term2: Level | None) -> Level | None:
    """Conduct of the year from the two terms (Điều 8 khoản 2); None while a term is missing."""
    if term1 is None or term2 is None:
        return None
    return _CONDUCT_YEAR[term2][term1]


def promotion(
    study: Level | None, conduct: Level | None, absences: int, *, rules: Rules = DEFAULT_RULES
) -> Promotion | None:
    """Whether the pupil goes up (Điều 12), or first trains or is re-assessed in summer (Điều 13, 14).

    `absences` are half-day sessions (buổi) of the one-session plan, excused and unexcused together; more than
    45 leaves no remedy, so it decides even while a result is missing. None when nothing is decided yet.
    """
    if absences > MAX_ABSENCES:
        return Promotion.RETAINED
    if study is None or conduct is None:
        return None
    if study is Level.NOT_PASS and conduct is Level.NOT_PASS:
        return Promotion.SUMMER_BOTH if rules.both_failed_policy == "SUMMER_BOTH" else Promotion.RETAINED
    if study is Level.NOT_PASS:
        return Promotion.REASSESSMENT
    return Promotion.SUMMER_TRAINING if conduct is Level.NOT_PASS else Promotion.PROMOTED


def retest_subjects(averages: Averages, comments: CommentMarks) -> list[str]:
    """Subjects open to re-assessment (Điều 14): ĐTBmcn below 5,0, and comment subjects Chưa đạt."""
    low = [code for code, average in averages.items() if average is not None and average < REASSESS_BELOW]
    return low + [code for code, mark in comments.items() if mark is CommentResult.NOT_PASS]


def after_summer(
    averages: Averages,
    comments: CommentMarks,
    conduct: Level,
    *,
    new_averages: Mapping[str, int],
    new_comments: Mapping[str, CommentResult],
    new_conduct: Level | None = None,
    rules: Rules = DEFAULT_RULES,
) -> AfterSummer:
    """Replace year results by the summer ones and decide again (Điều 13, 14).

    A new result replaces the year result of its subject even when it is lower. Raises ValueError for a subject
    that was not open to re-assessment, or while a year result is missing.
    """
    stray = (new_averages.keys() | new_comments.keys()) - set(retest_subjects(averages, comments))
    if stray:
        raise ValueError(f"not open to re-assessment: {', '.join(sorted(stray))}")
    study = study_level({**averages, **new_averages}, {**comments, **new_comments}, mode=rules.level_adjustment)
    if study is None:
        raise ValueError("a year result is missing")
    final_conduct = conduct if new_conduct is None else new_conduct
    promoted = min(study.level, final_conduct) >= Level.PASS
    return AfterSummer(study, final_conduct, Promotion.PROMOTED_AFTER_SUMMER if promoted else Promotion.RETAINED)


def award(study: Level | None, conduct: Level | None, averages: Averages) -> Award | None:
    """Year-end title (Điều 15) from study and conduct of the year, both Tốt, before any summer result.

    Six ĐTBmcn of 9,0 or more make it Học sinh Xuất sắc.
    """
    if study is not Level.GOOD or conduct is not Level.GOOD:
        return None
    known = [average for average in averages.values() if average is not None]
    return Award.OUTSTANDING if _has_six(known, SIX_OUTSTANDING) else Award.EXCELLENT
