"""Warnings for slips of entry: a column shifted by one row, the same column typed twice, odd values.

Pure functions on columns of tenths in roll order, None where there is no score. They warn and never block.
How the thresholds were chosen: docs/algorithms/row-shift.md.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

Column = Sequence[int | None]

MIN_ROWS = 12
SHIFT_THRESHOLD = 2.2
# The break is looked for below row 3, and with at least eight pairs after it: shorter tails are chance.
SHIFT_FIRST_ROW = 3
SHIFT_MIN_TAIL = 8
IDENTICAL_WARN = Fraction(60, 100)
# Whole marks agree by chance far more often: up to 73 % of a class in simulation.
IDENTICAL_WARN_WHOLE = Fraction(90, 100)
IDENTICAL_MIN_VALUES = 4
LOW_TENTHS = 20
FAR_TENTHS = 30
MANY_CHANGES = 2
_MAX_CORRELATION = 0.999


@dataclass(frozen=True)
class Shift:
    """From `row` (index in roll order) on, each score seems to belong to the pupil `offset` rows further.

    `offset` is -1 when a row was entered twice (scores slid down), +1 when one was skipped (scores slid up).
    `strength` is the statistic, above SHIFT_THRESHOLD.
    """

    row: int
    offset: int
    strength: float


@dataclass(frozen=True)
class Identical:
    """How many of the rows that both columns fill hold the same score.

    `values` is the number of different scores in the less varied column; `is_whole` when no score has a decimal.
    """

    equal: int
    common: int
    values: int
    is_whole: bool

    @property
    def share(self) -> Fraction:
        """Share of equal rows, 0 when there is no common row."""
        return Fraction(self.equal, self.common) if self.common else Fraction(0)

    @property
    def is_suspicious(self) -> bool:
        """At least 60 % (whole marks 90 %) of 12 or more rows, in columns varied enough for that to mean something."""
        has_ground = self.common >= MIN_ROWS and self.values >= IDENTICAL_MIN_VALUES
        return has_ground and self.share >= (IDENTICAL_WARN_WHOLE if self.is_whole else IDENTICAL_WARN)


class OddReason(StrEnum):
    """Why a value comes first in the read-back."""

    LOW = "low"
    FAR = "far"
    CHANGED = "changed"
    CHECK = "check"


@dataclass(frozen=True)
class OddValue:
    """A row to read back first, with all its reasons."""

    row: int
    reasons: tuple[OddReason, ...]


def row_means(prior: Sequence[Column]) -> list[Fraction | None]:
    """Mean of each pupil's earlier scores in tenths; None for a pupil without any."""
    means: list[Fraction | None] = []
    for row in zip(*prior, strict=True):
        known = [value for value in row if value is not None]
        means.append(Fraction(sum(known), len(known)) if known else None)
    return means


def row_shift(prior: Sequence[Column], column: Column) -> Shift | None:
    """The likeliest one-row shift of `column` against the mean of the earlier columns, or None.

    Needs one earlier column (two or more find more) and 12 rows with both. Columns are of equal length, else
    ValueError. False alarms about 1 % in classes of 45.
    """
    if any(len(earlier) != len(column) for earlier in prior):
        raise ValueError("columns must have one cell per pupil")
    means = [None if mean is None else float(mean) for mean in row_means(prior)]
    if sum(mean is not None and score is not None for mean, score in zip(means, column, strict=False)) < MIN_ROWS:
        return None
    found = [shift for offset in (-1, 1) if (shift := _best_break(means, column, offset))]
    best = max(found, key=lambda shift: shift.strength, default=None)
    return best if best and best.strength > SHIFT_THRESHOLD else None


def _best_break(means: Sequence[float | None], column: Column, offset: int) -> Shift | None:
    """The row from which reading the scores `offset` rows further fits best, compared with reading them in place.

    One pass from the last row upwards: each step adds one pair to both running correlations.
    """
    in_place, moved = _Correlation(), _Correlation()
    best: Shift | None = None
    for row in range(len(column) - 1, SHIFT_FIRST_ROW - 1, -1):
        own, score = means[row], column[row]
        other = means[row + offset] if row + offset < len(means) else None
        if own is None or other is None or score is None:
            continue
        in_place.add(own, score)
        moved.add(other, score)
        strength = _gain(in_place, moved)
        if strength is not None and (best is None or strength > best.strength):
            best = Shift(row, offset, strength)
    return best


class _Correlation:
    """Running Pearson correlation of pairs."""

    def __init__(self) -> None:
        self.n = 0
        self.x = self.y = self.xx = self.yy = self.xy = 0.0

    def add(self, x: float, y: float) -> None:
        self.n += 1
        self.x += x
        self.y += y
        self.xx += x * x
        self.yy += y * y
        self.xy += x * y

    def fisher(self) -> float | None:
        """Fisher's z of the correlation; None when one side does not vary."""
        spread = (self.n * self.xx - self.x**2) * (self.n * self.yy - self.y**2)
        # Rounding noise of equal values is far below one tenth squared.
        if spread < 1:
            return None
        r = (self.n * self.xy - self.x * self.y) / math.sqrt(spread)
        return math.atanh(max(-_MAX_CORRELATION, min(_MAX_CORRELATION, r)))


def _gain(in_place: _Correlation, moved: _Correlation) -> float | None:
    """By how many standard errors the moved reading fits better; None while there are too few pairs."""
    if moved.n < SHIFT_MIN_TAIL:
        return None
    z_in_place, z_moved = in_place.fisher(), moved.fisher()
    if z_in_place is None or z_moved is None:
        return None
    return (z_moved - z_in_place) * math.sqrt(moved.n - 3)


def identical_share(a: Column, b: Column) -> Identical:
    """Compare two columns of one class row by row (ValueError when their lengths differ)."""
    common = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    fewest = min(len({x for x, _ in common}), len({y for _, y in common}))
    is_whole = all(x % 10 == 0 and y % 10 == 0 for x, y in common)
    return Identical(sum(x == y for x, y in common), len(common), fewest, is_whole)


def odd_values(
    prior: Sequence[Column], column: Column, *, changes: Sequence[int] = (), check: Collection[int] = ()
) -> list[OddValue]:
    """Rows to read back first: 2,0 or less, more than 3 from the pupil's own mean, changed twice, quick `check`.

    `changes` counts the changes of each row (empty: none known); `check` holds the flagged rows.
    """
    means = row_means(prior) if prior else [None] * len(column)
    changed = changes or [0] * len(column)
    odd: list[OddValue] = []
    for row, (score, mean, times) in enumerate(zip(column, means, changed, strict=True)):
        if score is None:
            continue
        reasons = {
            OddReason.LOW: score <= LOW_TENTHS,
            OddReason.FAR: mean is not None and abs(score - mean) > FAR_TENTHS,
            OddReason.CHANGED: times >= MANY_CHANGES,
            OddReason.CHECK: row in check,
        }
        if any(reasons.values()):
            odd.append(OddValue(row, tuple(reason for reason, holds in reasons.items() if holds)))
    return odd
