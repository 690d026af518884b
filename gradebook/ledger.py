"""Reading a grade book's ledger critically: does the chain hold, and does it explain every cell? Plain values only.

Format of an event: docs/ledger.md. `hash(n)` = sha256(hash(n-1) ‖ payload(n)), the first from 32 zero bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ZERO_HASH = bytes(32)
CELL_OPS = frozenset({"SET", "IMPORT"})

Cell = tuple[int, int]


@dataclass(frozen=True)
class Event:
    seq: int
    payload: str
    hash: bytes


@dataclass(frozen=True)
class BookState:
    """What the tables say of a book now: chain head, cells by (column, pupil), columns with their windows, exceptions.

    A column is its kind, number and assessment; an exception that nobody ended its column, beginning and end.
    """

    id: int
    chain_seq: int
    chain_head: bytes
    cells: dict[Cell, tuple[str, bool]] = field(default_factory=dict)
    columns: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    windows: dict[int, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    exceptions: dict[int, tuple[int, datetime, datetime]] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)


@dataclass
class _Replay:
    """The book as its events tell it."""

    cells: dict[Cell, tuple[str, bool]] = field(default_factory=dict)
    columns: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    windows: dict[int, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    exceptions: dict[int, tuple[int, datetime, datetime]] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    last_at: datetime | None = None


def faults(book: BookState, events: Iterable[Event]) -> list[str]:
    """Everything that does not fit, each in a sentence that names the place; empty when the book is intact."""
    found: list[str] = []
    head, last = ZERO_HASH, 0
    replay = _Replay()
    for event in events:
        if event.seq != last + 1:
            found.append(f"book {book.id}: event {last + 1} is missing, the next one is {event.seq}")
        head, last = hashlib.sha256(head + event.payload.encode()).digest(), event.seq
        if head != event.hash:
            found.append(f"book {book.id}: event {event.seq} was rewritten, its hash does not follow")
            head = event.hash
        found += _replay(replay, book.id, event)
    if (last, head) != (book.chain_seq, book.chain_head):
        found.append(f"book {book.id}: the head says event {book.chain_seq}, the chain ends at {last}")
    return found + _compare(book, replay)


def _replay(replay: _Replay, book_id: int, event: Event) -> list[str]:
    """Take one event over; what it breaks is said."""
    try:
        body: dict[str, Any] = json.loads(event.payload)
        if (body["book"], body["seq"]) != (book_id, event.seq):
            return [f"book {book_id}: event {event.seq} belongs to another place"]
        return _apply(replay, book_id, body)
    except (ValueError, KeyError, TypeError) as error:
        return [f"book {book_id}: event {event.seq} is not readable ({type(error).__name__})"]


def _apply(replay: _Replay, book_id: int, body: dict[str, Any]) -> list[str]:
    at, op, column = moment(body["at"]), body["op"], body["col"]
    found = []
    if at is None or (replay.last_at is not None and at < replay.last_at):
        found.append(f"book {book_id}: event {body['seq']} is older than the one before it")
    replay.last_at = at
    if op == "COLUMN":
        replay.columns[column] = (body["kind"], body["ordinal"], body["assessment"])
    elif op == "WINDOW":
        replay.windows[column] = (moment(body.get("opens_at")), moment(body.get("closes_at")))
    elif op == "EXCEPTION":
        replay.exceptions[body["exception"]] = (column, _required(body, "opens_at"), _required(body, "closes_at"))
    elif op == "EXCEPTION_END":
        replay.exceptions.pop(body["exception"])
    elif op == "CONFIRM":
        replay.confirmed.add(column)
    elif op in CELL_OPS:
        found += _write(replay, book_id, body)
    return found


def _required(body: dict[str, Any], key: str) -> datetime:
    at = moment(body[key])
    if at is None:
        raise ValueError(key)
    return at


def _write(replay: _Replay, book_id: int, body: dict[str, Any]) -> list[str]:
    """A cell changes: from what it held, inside its window or an exception."""
    cell = (body["col"], body["student"])
    where = f"book {book_id}: event {body['seq']}"
    found = []
    if body["col"] not in replay.columns:
        found.append(f"{where} writes a column that was never opened")
    if replay.cells.get(cell, ("", False))[0] != body["old"]:
        found.append(f"{where} replaces {body['old']!r}, but the cell held {replay.cells.get(cell, ('',))[0]!r}")
    if not _is_open(replay, body["col"], _required(body, "at")):
        found.append(f"{where} wrote into a closed column")
    replay.cells[cell] = (body["new"], body.get("makeup", False))
    return found


def _is_open(replay: _Replay, column: int, at: datetime) -> bool:
    opens_at, closes_at = replay.windows.get(column, (None, None))
    if (opens_at is None or opens_at <= at) and (closes_at is None or at < closes_at):
        return True
    return any(held == column and start <= at < end for held, start, end in replay.exceptions.values())


def _compare(book: BookState, replay: _Replay) -> list[str]:
    """The tables against the events: every cell, column, window, exception and confirmation must be explained."""
    found = []
    for cell in sorted(book.cells.keys() | replay.cells.keys()):
        held, told = book.cells.get(cell), replay.cells.get(cell)
        if held != told:
            column, student = cell
            found.append(f"book {book.id}: column {column}, pupil {student} holds {held}, the ledger says {told}")
    windows = {column: replay.windows.get(column, (None, None)) for column in replay.columns}
    found += _differences(f"book {book.id}: column {{}} is", book.columns, replay.columns)
    found += _differences(f"book {book.id}: column {{}} is open", book.windows, windows)
    found += _differences(f"book {book.id}: exception {{}} is", book.exceptions, replay.exceptions)
    for column in sorted(book.confirmed - replay.confirmed):
        found.append(f"book {book.id}: column {column} is confirmed, the ledger does not say so")
    return found


def _differences(where: str, held: Mapping[int, object], told: Mapping[int, object]) -> list[str]:
    return [
        f"{where.format(key)} {held.get(key)}, the ledger says {told.get(key)}"
        for key in sorted(held.keys() | told.keys())
        if held.get(key) != told.get(key)
    ]


def moment(text: str | None) -> datetime | None:
    """A moment as the ledger writes it, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
