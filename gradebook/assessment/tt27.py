"""Circular 27/2020/TT-BGDĐT (primary school): what a book of a term holds (Điều 7). Plain values only.

In every subject a level at the middle and at the end of the term; in tested subjects a test in whole marks at the end of the term,
in grades 4 and 5 also at the middle in Vietnamese and mathematics. See docs/algorithms/tt27.md.
"""

from enum import StrEnum

MIDTERM_TESTS_FROM_GRADE = 4
# Codes under which schools keep Tiếng Việt and Toán.
TESTED_AT_MIDTERM = frozenset({"TV", "TIENGVIET", "TOAN"})


class Level(StrEnum):
    """Mức đạt được of a subject, by the letter that the school writes."""

    WELL_COMPLETED = "T"
    COMPLETED = "H"
    NOT_COMPLETED = "C"


def has_midterm_test(*, subject: str, grade: int) -> bool:
    """Whether a tested subject is also tested at the middle of each term (Điều 7 khoản 1 điểm c)."""
    return grade >= MIDTERM_TESTS_FROM_GRADE and subject.upper() in TESTED_AT_MIDTERM


def term_level(code: str) -> Level | None:
    """The level of the term: that of its end; None while it is not there, or awaits a make-up."""
    return Level(code) if code in set(Level) else None
