"""The files of an export: what stands in each line, written and read in one place. Standard library only.

Each line is one JSON object exactly as `line_of` writes it: anything else, a blank too many included, is a fault.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from gradebook.ledger import BookState, Event, moment, stamp
from gradebook.proof.faults import Fault, fault
from gradebook.proof.petitions import Petition
from gradebook.proof.register import Entry, Place

FORMAT = "schoolops-export/1"
SUMS = "SHA256SUMS"
Row = dict[str, Any]
T = TypeVar("T")
TEXT = (str, type(None))
# The fields of each file's lines, in their order.
SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "export.json": {"format": str, "school": str, "year": TEXT, "at": str},
    "books.jsonl": {"book": int, "seq": int, "head": str, "year": str, "class_subject": int, "term": int},
    "register.jsonl": {"number": int, "book": int, "year": str, "class_subject": int, "term": int},
    "columns.jsonl": {
        "book": int,
        "col": int,
        "kind": str,
        "ordinal": int,
        "assessment": str,
        "opens_at": TEXT,
        "closes_at": TEXT,
        "confirmed": bool,
    },
    "exceptions.jsonl": {"book": int, "exception": int, "col": int, "opens_at": str, "closes_at": str},
    "cells.jsonl": {"book": int, "col": int, "student": int, "code": str, "makeup": bool},
    "petitions.jsonl": {
        "book": int,
        "corr": int,
        "state": str,
        "requested_by": int,
        "decided_by": (int, type(None)),
        "decided_for": (int, type(None)),
        "revision": int,
        "items": list,
    },
    "events.jsonl": {"book": int, "seq": int, "payload": str, "hash": str},
    "labels.jsonl": {"book": int, "label": str},
}


def line_of(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


# --- writing ------------------------------------------------------------------------------------
def rows_of_state(state: BookState, place: Place, year: str) -> Iterator[tuple[str, Row]]:
    """File and row for everything that the tables say of a book."""
    book = state.id
    head = {"book": book, "seq": state.chain_seq, "head": state.chain_head.hex(), "year": year}
    yield "books.jsonl", {**head, "class_subject": place[0], "term": place[1]}
    for column, (kind, ordinal, assessment) in sorted(state.columns.items()):
        opens_at, closes_at = state.windows[column]
        what = {"book": book, "col": column, "kind": kind, "ordinal": ordinal, "assessment": assessment}
        window = {"opens_at": stamp(opens_at), "closes_at": stamp(closes_at), "confirmed": column in state.confirmed}
        yield "columns.jsonl", {**what, **window}
    for pk, (column, opens_at, closes_at) in sorted(state.exceptions.items()):
        span = {"opens_at": stamp(opens_at), "closes_at": stamp(closes_at)}
        yield "exceptions.jsonl", {"book": book, "exception": pk, "col": column, **span}
    for (column, student), (code, makeup) in sorted(state.cells.items()):
        yield "cells.jsonl", {"book": book, "col": column, "student": student, "code": code, "makeup": makeup}
    for pk, petition in sorted(state.petitions.items()):
        yield "petitions.jsonl", {"book": book, "corr": pk, **vars(petition), "items": sorted(petition.items)}


def event_row(book: int, event: Event) -> Row:
    return {"book": book, "seq": event.seq, "payload": event.payload, "hash": event.hash.hex()}


def register_row(entry: Entry) -> Row:
    subject, term = entry.place
    return {"number": entry.number, "book": entry.book, "year": entry.year, "class_subject": subject, "term": term}


def write_sums(folder: Path) -> None:
    """The list of all files with their hashes, as sha256sum writes it."""
    lines = [f"{_hash_of(folder / name)}  {name}\n" for name in files_in(folder)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def files_in(folder: Path) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != SUMS)


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- reading ------------------------------------------------------------------------------------
@dataclass
class Reading:
    """An export as it was read, with what is wrong with its files."""

    folder: Path
    checkpoint_folder: Path
    faults: list[Fault] = field(default_factory=list)
    year: str | None = None
    states: dict[int, BookState] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    years: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def read(self) -> None:
        """Everything but events and checkpoints."""
        self._compare_sums()
        takers: dict[str, Callable[[Row], None]] = {
            "export.json": self._head,
            "books.jsonl": self._book,
            "register.jsonl": self._entry,
            "columns.jsonl": self._column,
            "exceptions.jsonl": self._exception,
            "cells.jsonl": self._cell,
            "petitions.jsonl": self._petition,
            "labels.jsonl": self._label,
        }
        for name, take in takers.items():
            for _ in self._taken(name, take):
                pass

    def events(self) -> Iterator[tuple[int, list[Event]]]:
        """The events of each book, book by book."""
        for book, group in groupby(self._taken("events.jsonl", _event), key=itemgetter(0)):
            yield book, [event for _, event in group]

    def _taken(self, name: str, take: Callable[[Row], T]) -> Iterator[T]:
        """What `take` makes of each line of a file; a line that is not exactly as it is written is a fault."""
        path = self.folder / name
        if not path.is_file():
            self.faults.append(fault("file_missing", file=name))
            return
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                try:
                    taken = take(_row(name, raw.decode()))
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    self.faults.append(fault("line_unreadable", file=name, line=number, error=type(error).__name__))
                    continue
                yield taken

    def checkpoints(self) -> Iterator[tuple[str, str]]:
        """Number and text of each, in order."""
        for path in sorted(self.checkpoint_folder.glob("*.txt")):
            yield path.stem, path.read_bytes().decode(errors="replace")

    def _compare_sums(self) -> None:
        listed: dict[str, str] = {}
        path = self.folder / SUMS
        for line in path.read_bytes().decode(errors="replace").splitlines(keepends=True) if path.is_file() else []:
            hash_, _, name = line.partition("  ")
            listed[name.removesuffix("\n")] = hash_ if line.endswith("\n") else ""
        here = files_in(self.folder)
        self.faults += [fault("file_missing", file=name) for name in sorted(listed.keys() - set(here))]
        self.faults += [fault("file_unlisted", file=name) for name in here if name not in listed]
        self.faults += [
            fault("file_differs", file=name)
            for name in here
            if name in listed and listed[name] != _hash_of(self.folder / name)
        ]

    def _head(self, row: Row) -> None:
        if row["format"] != FORMAT:
            raise ValueError("another format")
        self.year = row["year"]

    def _book(self, row: Row) -> None:
        book = row["book"]
        if self.year is not None and row["year"] != self.year:
            raise ValueError("another year")
        self.states[book] = BookState(book, row["seq"], _bytes(row["head"]))
        self.places[book], self.years[book] = (row["class_subject"], row["term"]), row["year"]

    def _entry(self, row: Row) -> None:
        self.entries.append(Entry(row["number"], row["book"], (row["class_subject"], row["term"]), row["year"]))

    def _column(self, row: Row) -> None:
        state, column = self.states[row["book"]], row["col"]
        state.columns[column] = (row["kind"], row["ordinal"], row["assessment"])
        state.windows[column] = (_moment(row["opens_at"]), _moment(row["closes_at"]))
        if row["confirmed"]:
            state.confirmed.add(column)

    def _exception(self, row: Row) -> None:
        opens_at, closes_at = _moment(row["opens_at"]), _moment(row["closes_at"])
        if opens_at is None or closes_at is None:
            raise ValueError("no span")
        self.states[row["book"]].exceptions[row["exception"]] = (row["col"], opens_at, closes_at)

    def _cell(self, row: Row) -> None:
        self.states[row["book"]].cells[row["col"], row["student"]] = (row["code"], row["makeup"])

    def _petition(self, row: Row) -> None:
        given = {name: row[name] for name in ("state", "requested_by", "decided_by", "decided_for", "revision")}
        if any([type(part) for part in item] != [int, int, str, bool, str, bool, bool] for item in row["items"]):
            raise TypeError("item")
        petition = Petition(**given, items=frozenset(map(tuple, row["items"])))
        self.states[row["book"]].petitions[row["corr"]] = petition

    def _label(self, row: Row) -> None:
        self.names[row["book"]] = row["label"]


def _row(name: str, text: str) -> Row:
    row: Row = json.loads(text)
    if line_of(row) != text:
        raise ValueError("not as it is written")
    if list(row) != list(SHAPES[name]) or not all(isinstance(row[key], kinds) for key, kinds in SHAPES[name].items()):
        raise TypeError("shape")
    return row


def _event(row: Row) -> tuple[int, Event]:
    return row["book"], Event(row["seq"], row["payload"], _bytes(row["hash"]))


def _bytes(text: str) -> bytes:
    read = bytes.fromhex(text)
    if read.hex() != text:
        raise ValueError("not as it is written")
    return read


def _moment(text: str | None) -> Any:
    at = moment(text)
    if stamp(at) != text:
        raise ValueError("not as it is written")
    return at
