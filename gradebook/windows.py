"""Which rule of the lock calendar holds for a column: the most specific wins, the newest among equals. Plain values only.

Source: the order class > grade > school, a named subject > any, a named column > any (QT 5.2; Circular 22/2021 sets no dates).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Rule:
    """A published rule; None in a part matches everything."""

    id: int
    published_at: datetime
    opens_at: datetime | None
    closes_at: datetime
    grade: int | None = None
    school_class: int | None = None
    subject: int | None = None
    kind: str | None = None
    ordinal: int | None = None

    def matches(self, column: "Column") -> bool:
        """Whether every named part of the rule is the column's."""
        return all(
            wanted is None or wanted == actual
            for wanted, actual in (
                (self.grade, column.grade),
                (self.school_class, column.school_class),
                (self.subject, column.subject),
                (self.kind, column.kind),
                (self.ordinal, column.ordinal),
            )
        )

    @property
    def specificity(self) -> tuple[int, bool, int, datetime, int]:
        """Greater is more specific; the last two only break ties, newest first."""
        place = 2 if self.school_class is not None else 1 if self.grade is not None else 0
        column = 2 if self.ordinal is not None else 1 if self.kind is not None else 0
        return (place, self.subject is not None, column, self.published_at, self.id)


@dataclass(frozen=True)
class Column:
    """What a rule can name of a score column."""

    id: int
    grade: int
    school_class: int
    subject: int
    kind: str
    ordinal: int


def winning_rule(column: Column, rules: Iterable[Rule]) -> Rule | None:
    """The rule that sets the column's window; None leaves the column without bounds."""
    return max((rule for rule in rules if rule.matches(column)), key=lambda rule: rule.specificity, default=None)
