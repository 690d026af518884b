"""Reading a grade book's ledger critically: does the chain hold, and does it explain every cell? Plain values only.

Format of an event: docs/ledger.md. `hash(n)` = sha256(hash(n-1) ‖ payload(n)), the first from 32 zero bytes. Petitions have
rules of their own: gradebook/proof/petitions.py.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, overload

from gradebook.proof.faults import Fault, fault
from gradebook.proof.petitions import STEPS, Petition, PetitionReplay

VERSION = 1
ZERO_HASH = bytes(32)
CELL_OPS = frozenset({"SET", "IMPORT", "CORRECT"})

Cell = tuple[int, int]
Window = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Event:
    seq: int
    payload: str
    hash: bytes


@dataclass(frozen=True)
class Signed:
    """What a checkpoint says of a book: the hash of one of its events, the checkpoint's number and moment."""

    hash: bytes
    checkpoint: int
    at: datetime


NOTHING_SIGNED: Mapping[int, Signed] = MappingProxyType({})


@dataclass(frozen=True)
class BookState:
    """What the tables say of a book now: chain head, cells by (column, pupil), columns with their windows, exceptions.

    A column is its kind, number and assessment; an exception that nobody ended its column, beginning and end; a petition is
    here from its first submission on.
    """

    id: int
    chain_seq: int
    chain_head: bytes
    cells: dict[Cell, tuple[str, bool]] = field(default_factory=dict)
    columns: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    windows: dict[int, Window] = field(default_factory=dict)
    exceptions: dict[int, tuple[int, datetime, datetime]] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    petitions: dict[int, Petition] = field(default_factory=dict)


def faults(book: BookState, events: Iterable[Event], signed: Mapping[int, Signed] = NOTHING_SIGNED) -> list[Fault]:
    """Everything that does not fit, each in a sentence that names the place; empty when the book is intact.

    `signed` holds what checkpoints say, by event number.
    """
    found: list[Fault] = []
    head, last = ZERO_HASH, 0
    replay = _Replay(book.id)
    for event in events:
        if event.seq != last + 1:
            found.append(fault("event_missing", book.id, event=last + 1, next=event.seq))
        head, last = hashlib.sha256(head + event.payload.encode()).digest(), event.seq
        if head != event.hash:
            found.append(fault("event_rewritten", book.id, event=event.seq))
        found += replay.take(event)
        if mark := signed.get(last):
            found += _against(mark, book.id, last, head, replay.last_at)
        head = event.hash
    if (last, head) != (book.chain_seq, book.chain_head):
        found.append(fault("head_differs", book.id, head=book.chain_seq, last=last))
    if signed and (furthest := max(signed)) > last:
        found.append(fault("signed_longer", book.id, last=last, event=furthest, checkpoint=signed[furthest].checkpoint))
    return found + _compare(book, replay)


def _against(mark: Signed, book_id: int, seq: int, head: bytes, at: datetime | None) -> list[Fault]:
    """An event against the checkpoint that signs it."""
    if head != mark.hash:
        return [fault("signed_otherwise", book_id, event=seq, checkpoint=mark.checkpoint)]
    if at is not None and at > mark.at:
        return [fault("signed_early", book_id, event=seq, checkpoint=mark.checkpoint)]
    return []


@dataclass
class _Replay:
    """The book as its events tell it."""

    book_id: int
    cells: dict[Cell, tuple[str, bool]] = field(default_factory=dict)
    columns: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    windows: dict[int, Window] = field(default_factory=dict)
    exceptions: dict[int, tuple[int, datetime, datetime]] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    petitions: PetitionReplay = field(default_factory=PetitionReplay)
    last_at: datetime | None = None

    def take(self, event: Event) -> list[Fault]:
        """Take one event over; what it breaks is said."""
        try:
            body: dict[str, Any] = json.loads(event.payload)
            if (body["book"], body["seq"]) != (self.book_id, event.seq):
                return [fault("event_of_another_place", self.book_id, event=event.seq)]
            if body["v"] != VERSION:
                raise ValueError("version")
            found = self._moment(body)
            return found + self._apply(body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return [fault("event_unreadable", self.book_id, event=event.seq, error=type(error).__name__)]

    def _moment(self, body: dict[str, Any]) -> list[Fault]:
        at = _required(body, "at")
        is_older = self.last_at is not None and at < self.last_at
        self.last_at = at
        return [fault("event_older", self.book_id, event=body["seq"])] if is_older else []

    def _apply(self, body: dict[str, Any]) -> list[Fault]:
        op = body["op"]
        if op in CELL_OPS:
            return self._write(body)
        if op in STEPS:
            return self._in_this_book(self.petitions.step(body))
        if op == "COLUMN":
            self.columns[body["col"]] = (body["kind"], body["ordinal"], body["assessment"])
        elif op == "WINDOW":
            self.windows[body["col"]] = (moment(body.get("opens_at")), moment(body.get("closes_at")))
        elif op == "EXCEPTION":
            span = (_required(body, "opens_at"), _required(body, "closes_at"))
            self.exceptions[body["exception"]] = (body["col"], *span)
        elif op == "EXCEPTION_END":
            self.exceptions.pop(body["exception"])
        elif op == "CONFIRM":
            self.confirmed.add(body["col"])
        else:
            return [fault("event_unknown", self.book_id, event=body["seq"], op=op)]
        return []

    def _write(self, body: dict[str, Any]) -> list[Fault]:
        """A cell changes: from what it held, inside its window or an exception, or exactly as a petition was approved."""
        cell: Cell = (body["col"], body["student"])
        held = self.cells.get(cell, ("", False))
        becomes = (body["new"], body.get("makeup", False))
        found = []
        if body["col"] not in self.columns:
            found.append(fault("column_never_opened", self.book_id, event=body["seq"]))
        if held[0] != body["old"]:
            found.append(fault("old_differs", self.book_id, event=body["seq"], old=body["old"], held=held[0]))
        if body["op"] == "CORRECT":
            found += self._in_this_book(self.petitions.use(body, cell, (*held, *becomes)))
        elif not self._is_open(body["col"], _required(body, "at")):
            found.append(fault("closed", self.book_id, event=body["seq"]))
        self.cells[cell] = becomes
        return found

    def _is_open(self, column: int, at: datetime) -> bool:
        opens_at, closes_at = self.windows.get(column, (None, None))
        if (opens_at is None or opens_at <= at) and (closes_at is None or at < closes_at):
            return True
        return any(held == column and start <= at < end for held, start, end in self.exceptions.values())

    def _in_this_book(self, found: Iterable[Fault]) -> list[Fault]:
        return [Fault(one.kind, self.book_id, one.values) for one in found]


def _compare(book: BookState, replay: _Replay) -> list[Fault]:
    """The tables against the events: every cell, column, window, exception, petition, confirmation must be explained."""
    found = []
    for cell in sorted(book.cells.keys() | replay.cells.keys()):
        held, told = book.cells.get(cell), replay.cells.get(cell)
        if held != told:
            found.append(fault("cell_differs", book.id, column=cell[0], student=cell[1], held=held, told=told))
    windows = {column: replay.windows.get(column, (None, None)) for column in replay.columns}
    found += _differences("column_differs", "column", book.id, book.columns, replay.columns)
    found += _differences("window_differs", "column", book.id, book.windows, windows)
    found += _differences("exception_differs", "exception", book.id, book.exceptions, replay.exceptions)
    for column in sorted(book.confirmed - replay.confirmed):
        found.append(fault("confirmed_silently", book.id, column=column))
    for corr, what, in_table, in_ledger in replay.petitions.differences(book.petitions):
        found.append(fault("petition_differs", book.id, corr=corr, what=what, held=in_table, told=in_ledger))
    return found


def _differences(
    kind: str, name: str, book_id: int, held: Mapping[int, object], told: Mapping[int, object]
) -> list[Fault]:
    return [
        fault(kind, book_id, **{name: key}, held=held.get(key), told=told.get(key))
        for key in sorted(held.keys() | told.keys())
        if held.get(key) != told.get(key)
    ]


def _required(body: dict[str, Any], key: str) -> datetime:
    at: datetime | None = moment(body[key])
    if at is None:
        raise ValueError(key)
    return at


@overload
def moment(text: str) -> datetime: ...
@overload
def moment(text: None) -> None: ...
def moment(text: str | None) -> datetime | None:
    """A moment as the ledger writes it, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def stamp(at: datetime | None) -> str | None:
    """A UTC moment as the ledger writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None
