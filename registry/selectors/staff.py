"""Changes of staff with the day by which each belongs into the records (A12)."""

from dataclasses import dataclass
from datetime import datetime

from registry.models import StaffChange
from registry.policies import staff_change_days
from registry.selectors.calendar import working_days_after
from schoolops.lib.clock import end_of


@dataclass(frozen=True)
class Line:
    """One change and its term; `is_late` also of one that was recorded after its day."""

    change: StaffChange
    due_at: datetime
    is_late: bool

    @property
    def is_open(self) -> bool:
        return self.change.recorded_at is None


def lines_of(changes: list[StaffChange], at: datetime) -> list[Line]:
    """Due by the end of the 5th working day after the decision (policy); two queries, whatever their number."""
    due = working_days_after([change.decision.issued_on for change in changes], staff_change_days())
    lines = []
    for change in changes:
        due_at = end_of(due[change.decision.issued_on])
        lines.append(Line(change, due_at, (change.recorded_at or at) > due_at))
    return lines


def open_lines(at: datetime) -> list[Line]:
    """What is not in the records yet, the most urgent first."""
    waiting = StaffChange.objects.filter(recorded_at=None).select_related("staff__user", "decision", "noted_by")
    return sorted(lines_of(list(waiting), at), key=lambda line: (line.due_at, line.change.pk))
