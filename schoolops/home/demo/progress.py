"""How far each column is on the day: which share is filled, since when, and whether the teacher has confirmed it."""

import random
from dataclasses import dataclass

# Books of these grades took their mid-term tests first, and are closed.
EARLY_GRADES = frozenset({6, 9})
# In subjects with two regular scores the second one comes after the mid-term test.
FEW_REGULAR = 2
SHIFTED, SHIFTED_COLUMN = "KHTN", "TX3"
Column = tuple[str, str, str]  # class, subject, column code


@dataclass(frozen=True)
class State:
    """Share filled, days since it was typed (as an offset from today), share of teachers who have confirmed."""

    share: float
    days: tuple[int, int] = (0, 0)
    confirmed: float = 0.0


@dataclass(frozen=True)
class Stage:
    """The classes that play a part in the stories of the demo."""

    home: str
    shifted: str
    excepted: str

    @property
    def fixed(self) -> dict[Column, State]:
        """Columns whose state the stories need, whatever the dice say."""
        return {
            # The journey of the README: a whole mid-term column to enter before it closes in two days.
            (self.home, "TOAN", "GK"): State(0),
            (self.home, "TOAN", "TX1"): State(1, (-45, -38), 1),
            (self.home, "TOAN", "TX2"): State(1, (-27, -20), 1),
            (self.home, "TOAN", "TX3"): State(0.6, (-8, -4)),
            (self.home, "NV", "GK"): State(0.4, (-4, -2)),
            (self.excepted, "TOAN", "GK"): State(0.7, (-5, -2)),
            **{(self.shifted, SHIFTED, f"TX{n}"): State(1, (-46 + 12 * n, -43 + 12 * n)) for n in (1, 2, 3)},
        }


def stage(classes: list[tuple[int, str]], home: str) -> Stage:
    """A class of grade 6 with a shifted column, and a closed one that a leader has opened again."""
    names = [name for _, name in classes]
    sixth = [name for grade, name in classes if grade == min(grade for grade, _ in classes) and name != home]
    shifted = sixth[min(2, len(sixth) - 1)] if sixth else home
    closed = [name for grade, name in classes if grade in EARLY_GRADES and name != home]
    return Stage(home, shifted, "8A2" if "8A2" in names else (closed or names)[-1])


def state_of(rng: random.Random, *, grade: int, code: str, regular: int) -> State:
    """The state of an ordinary column; `regular` is the number of TX columns of its book."""
    if code == "TX1":
        return _mostly_full(rng, 0.96, (-46, -33), 0.7)
    if code == "TX2" and regular > FEW_REGULAR:
        return _mostly_full(rng, 0.92, (-28, -18), 0.4)
    if code in {"TX2", "TX3"}:
        return _under_way(rng, (-12, -2))
    if code == "GK":
        return _mostly_full(rng, 0.92, (-14, -7), 0.6) if grade in EARLY_GRADES else _under_way(rng, (-6, -2))
    return State(0)


def _mostly_full(rng: random.Random, share: float, days: tuple[int, int], confirmed: float) -> State:
    return State(1, days, confirmed) if rng.random() < share else State(rng.uniform(0.88, 0.97), days)


def _under_way(rng: random.Random, days: tuple[int, int]) -> State:
    """A third of the teachers have none, a third some, a third all."""
    dice = rng.random()
    if dice < 1 / 3:
        return State(0)
    return State(1, days, 0.3) if dice > 2 / 3 else State(rng.uniform(0.2, 0.9), days)
