"""The rules of petitions, checked again from the events alone: who asked, who decided, what was written. Plain values only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gradebook.proof.faults import Fault, fault

Cell = tuple[int, int]
# Code and make-up of a cell as it was, and as it shall be.
Change = tuple[str, bool, str, bool]

# Step: from which states it leads, and to which.
STEPS: dict[str, tuple[frozenset[str], str]] = {
    "CORR_REQ": (frozenset({"draft", "returned"}), "submitted"),
    "CORR_EDIT": (frozenset({"submitted", "approved"}), "draft"),
    "CORR_OFF": (frozenset({"draft", "returned", "submitted"}), "withdrawn"),
    "CORR_BACK": (frozenset({"submitted"}), "returned"),
    "CORR_NO": (frozenset({"submitted"}), "rejected"),
    "CORR_OK": (frozenset({"submitted"}), "approved"),
    "CORR_DONE": (frozenset({"approved"}), "applied"),
}
OF_THE_REQUESTER = frozenset({"CORR_REQ", "CORR_EDIT", "CORR_OFF"})
VERDICTS = frozenset({"CORR_BACK", "CORR_NO", "CORR_OK"})


@dataclass(frozen=True)
class Petition:
    """What the tables say of a petition that was sent; an item ends with whether it was written."""

    state: str
    requested_by: int
    decided_by: int | None
    decided_for: int | None
    revision: int
    items: frozenset[tuple[int, int, str, bool, str, bool, bool]]


@dataclass
class _Told:
    """A petition as the events tell it. In the requester's hands its content may change without an event."""

    requested_by: int
    state: str = "draft"
    revision: int = 0
    decided_by: int | None = None
    decided_for: int | None = None
    in_hands: bool = True
    items: dict[Cell, Change] = field(default_factory=dict)
    used: set[Cell] = field(default_factory=set)


class PetitionReplay:
    """The petitions of one book."""

    def __init__(self) -> None:
        self._told: dict[int, _Told] = {}

    def step(self, body: dict[str, Any]) -> list[Fault]:
        """A step was taken; what is wrong with it. A verdict with a fault approves nothing."""
        op, corr = body["op"], body["corr"]
        told = self._told.get(corr)
        if told is None:
            if op != "CORR_REQ":
                return [fault("petition_unknown", event=body["seq"], corr=corr)]
            told = self._told[corr] = _Told(body["by"])
        found = list(_faults_of(told, body))
        if not (found and op == "CORR_OK"):
            _advance(told, body)
        return found

    def use(self, body: dict[str, Any], cell: Cell, change: Change) -> list[Fault]:
        """A cell was written under a petition: exactly as approved, and each row once."""
        corr, event = body["corr"], body["seq"]
        told = self._told.get(corr)
        if told is None or told.state != "approved" or cell not in told.items:
            return [fault("correction_not_approved", event=event, corr=corr)]
        if cell in told.used:
            return [fault("correction_used", event=event, corr=corr)]
        told.used.add(cell)
        if told.items[cell] != change:
            return [fault("correction_differs", event=event, corr=corr)]
        return []

    def differences(self, held: Mapping[int, Petition]) -> Iterator[tuple[int, str, object, object]]:
        """Petition, what of it, the value in the tables, the value in the ledger."""
        for corr in sorted(held.keys() | self._told.keys()):
            in_table, told = held.get(corr), self._told.get(corr)
            if in_table is None or told is None:
                yield corr, "state", in_table and in_table.state, told and told.state
                continue
            for what in ("state", "requested_by", "decided_by", "decided_for"):
                if getattr(in_table, what) != getattr(told, what):
                    yield corr, what, getattr(in_table, what), getattr(told, what)
            if told.in_hands:
                continue
            if in_table.revision != told.revision:
                yield corr, "revision", in_table.revision, told.revision
            items = {(*cell, *change, cell in told.used) for cell, change in told.items.items()}
            for item in sorted(in_table.items ^ items):
                yield corr, "item", *((item, None) if item in in_table.items else (None, item))


def _faults_of(told: _Told, body: dict[str, Any]) -> Iterator[Fault]:
    op, place = body["op"], {"event": body["seq"], "corr": body["corr"]}
    if told.state not in STEPS[op][0]:
        yield fault("petition_order", **place, op=op, state=told.state)
    if op in OF_THE_REQUESTER and body["by"] != told.requested_by:
        yield fault("petition_stranger", **place, op=op)
    if op in VERDICTS and told.requested_by in {body["by"], body.get("for")}:
        yield fault("petition_own_verdict", **place)
    if not told.in_hands and body["rev"] != told.revision:
        yield fault("petition_revision", **place, op=op, rev=body["rev"], sent=told.revision)
    if op == "CORR_DONE" and told.used != told.items.keys():
        yield fault("petition_unfinished", **place)


def _advance(told: _Told, body: dict[str, Any]) -> None:
    op = body["op"]
    told.state = STEPS[op][1]
    if op == "CORR_REQ":
        asked = {
            (column, student): (*old, *new)
            for column, student, *old, new_code, new_makeup in body["items"]
            for new in [(new_code, new_makeup)]
        }
        # A row that was written before it was taken back stays written.
        told.used = {cell for cell in told.used if asked.get(cell) == told.items[cell]}
        told.items, told.revision = asked, body["rev"]
    told.in_hands = op in {"CORR_EDIT", "CORR_BACK"} or (op == "CORR_OFF" and told.in_hands)
    if op in VERDICTS:
        told.decided_by, told.decided_for = body["by"], body.get("for")
    elif told.state in {"draft", "submitted"}:
        told.decided_by = told.decided_for = None
