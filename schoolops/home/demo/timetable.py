"""Who teaches what and who keeps which class, as plain names: seats such as "KHTN-3", later filled with people."""

import math
from dataclasses import dataclass
from itertools import chain

from schoolops.home.demo.school import OTHER_PERIODS, SUBJECTS

WEEKS = 35
# A seat is planned for 13 periods a week; uneven shares stay under the 19 of the ministry's norm.
PERIODS_PER_SEAT = 13
HOME = "7A1"
KEEPERS_FIRST = ("TOAN", "NV", "NN1", "KHTN", "LSDL", "HDTNHN")

Cell = tuple[str, str]  # class name, subject code


@dataclass(frozen=True)
class Timetable:
    """The seat of each class-subject and the seat that keeps each class."""

    home: str
    teaching: dict[Cell, str]
    keeping: dict[str, str]

    def seats(self) -> dict[str, str]:
        """Each seat that has work, with its subject, in the order of the subjects."""
        found = sorted((list(SUBJECTS).index(code), seat) for (_, code), seat in self.teaching.items())
        return {seat: list(SUBJECTS)[position] for position, seat in found}


def draw_up(classes: list[tuple[int, str]]) -> Timetable:
    """The whole assignment for classes given as (grade, name)."""
    names = [name for _, name in classes]
    home = HOME if HOME in names else names[0]
    teaching = dict(chain.from_iterable(_split(code, classes).items() for code in SUBJECTS))
    teaching = _with_demo_people(teaching, names, home)
    return Timetable(home, teaching, _keepers(teaching, names, home))


def _split(code: str, classes: list[tuple[int, str]]) -> dict[Cell, str]:
    """The classes of one subject in runs of neighbours, one run a seat."""
    weekly = sum(OTHER_PERIODS.get((code, grade), SUBJECTS[code][2]) for grade, _ in classes) / WEEKS
    # Two for mathematics, whose head of department is not the homeroom teacher.
    wanted = max(math.ceil(weekly / PERIODS_PER_SEAT), 2 if code == "TOAN" else 1)
    seats = min(wanted, len(classes))
    width = len(str(seats))
    return {
        (name, code): f"{code}-{index * seats // len(classes) + 1:0{width}d}" for index, (_, name) in enumerate(classes)
    }


def _with_demo_people(teaching: dict[Cell, str], names: list[str], home: str) -> dict[Cell, str]:
    """The seats that the demo accounts hold bear their user names."""
    keeper, literature = teaching[home, "TOAN"], teaching[home, "NV"]
    maths = [seat for (_, code), seat in teaching.items() if code == "TOAN" and seat != keeper]
    renamed = {keeper: "gvcn", literature: "gvbm"}
    if maths:
        renamed[maths[-1]] = "totruong"
    own = {cell: renamed.get(seat, seat) for cell, seat in teaching.items()}
    own |= {(name, "TIN"): "quantri" for name in names[-2:]}
    own[names[-1], "GDCD"] = "phohieutruong"
    return own


def _keepers(teaching: dict[Cell, str], names: list[str], home: str) -> dict[str, str]:
    """For each class one of its teachers who keeps no other."""
    keeping = {home: "gvcn"}
    busy = {"gvcn", "gvbm", "totruong", "quantri", "phohieutruong"}
    order = [*KEEPERS_FIRST, *(code for code in SUBJECTS if code not in KEEPERS_FIRST)]
    for name in names:
        if name not in keeping:
            keeping[name] = next(seat for code in order if (seat := teaching[name, code]) not in busy)
            busy.add(keeping[name])
    return keeping
