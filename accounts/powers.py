"""A power in words: what every source of powers says of a person (A7)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

# Names of the objects that a scope of some kind names by id.
ScopeNames = Callable[[Collection[int]], Mapping[int, str]]


@dataclass(frozen=True)
class PowerLine:
    """A duty of a person: over what, by which decision, from when until when. Words in the reader's language."""

    person_id: int
    label: str
    scope: str
    decision: str
    valid_from: date
    valid_until: date | None
    note: str = ""

    def ends_within(self, days: int, today: date) -> bool:
        return self.valid_until is not None and 0 <= (self.valid_until - today).days <= days
