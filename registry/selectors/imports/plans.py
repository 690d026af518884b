"""The shape of a preview: rows in groups, problems in words, and a fingerprint of everything that would happen."""

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from registry.importing import CellProblem
from registry.models import ImportBatch


class Group(StrEnum):
    """What becomes of a row."""

    PROBLEM = "problem"
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Options:
    """What was chosen for the whole file when it was sent."""

    valid_from: date
    decision: int | None = None
    decision_number: str = ""
    decision_date: date | None = None
    decision_signer: str = ""
    # The file is the whole annex: what it no longer names ends the day before.
    replaces: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "valid_from": self.valid_from.isoformat(),
            "decision": self.decision,
            "decision_number": self.decision_number,
            "decision_date": self.decision_date.isoformat() if self.decision_date else "",
            "decision_signer": self.decision_signer,
            "replaces": self.replaces,
        }

    @classmethod
    def of(cls, batch: ImportBatch) -> "Options":
        stored = batch.edits["options"]
        signed = stored["decision_date"]
        return cls(
            valid_from=date.fromisoformat(stored["valid_from"]),
            decision=stored["decision"],
            decision_number=stored["decision_number"],
            decision_date=date.fromisoformat(signed) if signed else None,
            decision_signer=stored["decision_signer"],
            replaces=stored.get("replaces", False),
        )


@dataclass(frozen=True)
class Problem:
    """One cell that stands in the way. `value` is what it holds now, `suggestion` what would probably mend it."""

    field: str
    heading: str
    place: str
    value: str
    message: str
    suggestion: str = ""


@dataclass(frozen=True)
class Change:
    """One value of the register that the file changes: in words, and what is to be written where."""

    label: str
    old: str
    new: str
    field: str = ""
    value: Any = None


@dataclass
class RowPlan:
    """One row of the file on its way: cells as mended, values read from them, and what they would do."""

    number: int
    sheet: str
    row: int
    cells: dict[str, str]
    headings: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    group: Group = Group.NEW
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    target: Any = None
    facts: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Takes part: neither left out nor in trouble."""
        return self.group is not Group.SKIPPED and not self.problems

    @property
    def title(self) -> str:
        return self.cells.get("full_name") or self.cells.get("staff_code") or self.cells.get("moet_id") or ""

    @property
    def place(self) -> str:
        if not self.sheet:
            return _("dòng %(row)s") % {"row": self.row}
        return _("trang tính %(sheet)s, dòng %(row)s") % {"sheet": self.sheet, "row": self.row}

    @property
    def facts_in_line(self) -> str:
        """The facts in one line, for a narrow screen."""
        return " · ".join(filter(None, self.facts))

    def refuse(self, name: str, heading: str, problem: CellProblem | str) -> None:
        """Note what is the matter with the cell under this heading; one problem of a cell is enough at a time."""
        if any(known.field == name for known in self.problems):
            return
        if isinstance(problem, str):
            problem = CellProblem(problem)
        shown = self.headings.get(name) or heading
        where = self.place
        place = _("%(place)s, cột “%(column)s”") % {"place": where[:1].upper() + where[1:], "column": shown}
        self.problems.append(Problem(name, shown, place, self.cells.get(name, ""), problem.message, problem.suggestion))

    def digest(self) -> list[Any]:
        return [
            self.number,
            self.group,
            self.cells,
            getattr(self.target, "pk", None),
            [(change.label, change.old, change.new) for change in self.changes],
            list(self.facts),
            [(problem.field, problem.message) for problem in self.problems],
        ]


@dataclass(frozen=True)
class Ending:
    """An assignment that the annex no longer names: whose, of what, under which decision it was given, and its last day."""

    assignment: Any
    what: str
    last_day: date

    @property
    def teacher(self) -> str:
        return str(self.assignment.teacher)

    @property
    def decision(self) -> str:
        return str(self.assignment.decision.number)

    def __str__(self) -> str:
        return f"{self.assignment._meta.model_name} {self.assignment.pk} {self.last_day}"


@dataclass
class Plan:
    """Everything that a file would do. `creates` names what comes into being beside the rows: classes, departments."""

    rows: list[RowPlan]
    creates: dict[str, list[str]]

    def of_group(self, group: Group) -> list[RowPlan]:
        return [row for row in self.rows if row.group is group]

    def count(self, group: Group) -> int:
        return sum(row.group is group for row in self.rows)

    @property
    def suggestions(self) -> int:
        """Problems that one press can mend."""
        return sum(
            bool(problem.suggestion) for row in self.rows for problem in row.problems if row.group is Group.PROBLEM
        )

    @property
    def is_ready(self) -> bool:
        return not self.count(Group.PROBLEM) and self.does_something

    @property
    def does_something(self) -> bool:
        return bool(self.count(Group.NEW) + self.count(Group.CHANGED))

    @property
    def endings(self) -> list["Ending"]:
        """What loading would end, beside the rows; it has to be agreed to by itself."""
        return []

    @property
    def fingerprint(self) -> str:
        """Equal as long as file, mended cells and register lead to the same result."""
        ended = [str(ending) for ending in self.endings]
        everything = [[row.digest() for row in self.rows], self.creates, ended]
        content = json.dumps(everything, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def flag_duplicates(
    rows: Iterable[RowPlan], key: Callable[[RowPlan], Hashable | None], name: str, heading: str, message: str
) -> None:
    """A value that may stand in a file once is a problem of every row that has it; `message` names the other row."""
    seen: dict[Hashable, list[RowPlan]] = {}
    for row in rows:
        if row.group is not Group.SKIPPED and (value := key(row)) is not None:
            seen.setdefault(value, []).append(row)
    for twins in seen.values():
        if len(twins) == 1:
            continue
        for row in twins:
            other = twins[1] if row is twins[0] else twins[0]
            row.refuse(name, heading, message % {"other": other.place, "value": row.cells.get(name, "")})


def by_value(name: str) -> Callable[[RowPlan], Hashable | None]:
    """The value that a row has in this field, as a key for `flag_duplicates`."""
    return lambda row: row.values.get(name)


def settle(rows: Iterable[RowPlan]) -> None:
    """Put every row into its group, once all problems are known."""
    for row in rows:
        if row.group is Group.SKIPPED:
            continue
        if row.problems:
            row.group = Group.PROBLEM
