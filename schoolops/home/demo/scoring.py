"""Plausible scores as plain values: abilities that hold across subjects, tests with noise, slips and gaps."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from schoolops.lib.scores import ABSENT, AWAITING_MAKEUP, EMPTY, NOT_PASS, PASS, code_of

MEAN, SPREAD = 6.8, 1.4
SUBJECT_SPREAD = 0.6
# Of one test around what the pupil can; see docs/algorithms/row-shift.md.
NOISE = 1.0
NOT_PASS_SHARE = 0.02
EXCUSED_SHARE = 0.004
ABSENT_SHARE = 0.0015
MAKEUP_SHARE = 0.5
# Above this a column has single gaps; below it the teacher has come so far down the list.
SINGLE_GAPS_FROM = 0.85
# Whole marks, halves, tenths.
STEPS = {"TX": (10, 10, 5, 5, 1), "GK": (5, 5, 1)}


@dataclass(frozen=True)
class Typed:
    """A column as it was typed in roll order, and what the make-up tests put in place of "V" later."""

    codes: list[str]
    makeups: dict[int, str]

    @property
    def is_complete(self) -> bool:
        return EMPTY not in self.codes


def abilities(rng: random.Random, size: int) -> list[float]:
    return [rng.gauss(MEAN, SPREAD) for _ in range(size)]


def in_subject(rng: random.Random, general: Sequence[float]) -> list[float]:
    """What each pupil can in one subject: near what they can in general."""
    return [ability + rng.gauss(0, SUBJECT_SPREAD) for ability in general]


def type_column(
    rng: random.Random, talents: Sequence[float], *, kind: str, is_comment: bool, share: float, has_absence: bool = True
) -> Typed:
    """A column of which this share is filled."""
    step = rng.choice(STEPS[kind])
    values = [_mark(rng) if is_comment else _score(rng, talent, step) for talent in talents]
    codes, makeups = [], {}
    for row, value in enumerate(values):
        absence = _absence(rng) if has_absence else None
        codes.append(absence or value)
        if absence == AWAITING_MAKEUP and rng.random() < MAKEUP_SHARE:
            makeups[row] = value
    empty = _empty_rows(rng, len(codes), share)
    return Typed(
        [EMPTY if row in empty else code for row, code in enumerate(codes)],
        {row: value for row, value in makeups.items() if row not in empty},
    )


def slide_down(codes: Sequence[str], row: int) -> list[str]:
    """The slip of the trade: one pupil's score typed twice, every later one a row too low."""
    return [*codes[: row + 1], *codes[row:-1]]


def _score(rng: random.Random, talent: float, step: int) -> str:
    tenths = round((talent + rng.gauss(0, NOISE)) * 10 / step) * step
    return code_of(min(max(tenths, 10), 100))


def _mark(rng: random.Random) -> str:
    return NOT_PASS if rng.random() < NOT_PASS_SHARE else PASS


def _absence(rng: random.Random) -> str | None:
    dice = rng.random()
    if dice < EXCUSED_SHARE:
        return AWAITING_MAKEUP
    return ABSENT if dice < EXCUSED_SHARE + ABSENT_SHARE else None


def _empty_rows(rng: random.Random, size: int, share: float) -> set[int]:
    if share >= 1:
        return set()
    filled = int(size * share)
    if share < SINGLE_GAPS_FROM:
        return set(range(filled, size))
    return set(rng.sample(range(size), size - filled))
