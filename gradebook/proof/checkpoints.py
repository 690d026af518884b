"""Signed checkpoints: what every chain looked like at a moment, as a text that leaves the portal. Standard library only.

A checkpoint is a signed note (C2SP signed-note): a body of lines, an empty line, a signature line. docs/ledger.md describes each
byte. A body lists every book, or those that changed since the checkpoint before; its total is always about all of them.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gradebook.ledger import Signed, moment, stamp
from gradebook.proof import ed25519
from gradebook.proof.faults import Fault, fault

FORMAT = "schoolops/1"
FIRST_PREV = "0" * 64
DASH = "— "
ED25519 = b"\x01"

Check = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True)
class Head:
    """A book in a checkpoint: the number and hash (hex) of its last event, the school year it belongs to."""

    book: int
    seq: int
    hash: str
    year: str

    def __str__(self) -> str:
        return f"{self.book} {self.seq} {self.hash} {self.year}\n"


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    number: int
    why: str
    at: datetime
    prev: str
    count: int
    total: str
    is_full: bool
    heads: tuple[Head, ...]

    @property
    def body(self) -> str:
        return "".join(
            [
                f"{self.origin}\n",
                f"checkpoint {self.number} {self.why}\n",
                f"at {stamp(self.at)}\n",
                f"prev {self.prev}\n",
                f"books {self.count} {self.total}\n",
                f"lists {'all' if self.is_full else 'changed'}\n",
                *map(str, self.heads),
            ]
        )


def origin_of(school_code: str) -> str:
    """The first line, and the name of the key; a signed note allows neither blanks nor plus signs in it."""
    return f"{FORMAT}/{''.join(letter if letter.isalnum() else '_' for letter in school_code)}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def total_of(heads: Iterable[Head]) -> str:
    """One hash over every book, in order of their ids."""
    return digest("".join(map(str, sorted(heads, key=lambda head: head.book))))


def _key_id(origin: str, public_key: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def signature_line(origin: str, public_key: bytes, signature: bytes) -> str:
    return f"{DASH}{origin} {base64.b64encode(_key_id(origin, public_key) + signature).decode()}\n"


def parse(text: str) -> tuple[Checkpoint, str]:
    """The checkpoint and its signature line. Raises ValueError for anything that is not exactly of the format."""
    head, *lines = text.partition("\n\n")[0].split("\n")
    body, signature = text.partition("\n\n")[0] + "\n", text.partition("\n\n")[2]
    numbered, at, prev, books, lists = (line.split(" ") for line in lines[:5])
    read = Checkpoint(
        origin=head,
        number=int(numbered[1]),
        why=numbered[2],
        at=_moment(at[1]),
        prev=prev[1],
        count=int(books[1]),
        total=books[2],
        is_full=lists[1] == "all",
        heads=tuple(_head(line) for line in lines[5:]),
    )
    if read.body != body or not head.startswith(f"{FORMAT}/"):
        raise ValueError("not as it is written")
    return read, signature


def _moment(text: str) -> datetime:
    at = moment(text)
    if at is None:
        raise ValueError("no moment")
    return at


def _head(line: str) -> Head:
    book, seq, hash_, year = line.split(" ", 3)
    bytes.fromhex(hash_)
    return Head(int(book), int(seq), hash_, year)


def is_signed(checkpoint: Checkpoint, line: str, public_key: bytes, check: Check = ed25519.verify) -> bool:
    """Whether this line is the signature of this checkpoint by this key, written in the one way there is."""
    try:
        raw = base64.b64decode(line.removeprefix(f"{DASH}{checkpoint.origin} "), validate=False)
    except ValueError:
        return False
    return signature_line(checkpoint.origin, public_key, raw[4:]) == line and check(
        public_key, checkpoint.body.encode(), raw[4:]
    )


@dataclass
class Series:
    """All checkpoints one after the other: what is wrong with them, and what they sign, by book and event."""

    faults: list[Fault] = field(default_factory=list)
    signed: dict[int, dict[int, Signed]] = field(default_factory=dict)
    years: dict[int, str] = field(default_factory=dict)
    newest: Checkpoint | None = None
    count: int = 0
    _known: dict[int, Head] = field(default_factory=dict)
    _lines: dict[int, str] = field(default_factory=dict)
    _digest: str = FIRST_PREV

    def add(self, name: str, text: str, keys: Sequence[bytes], check: Check = ed25519.verify) -> None:
        """Take the next one over: signed by one of the keys. Without any its signature is not looked at."""
        try:
            read, signature = parse(text)
        except (ValueError, IndexError) as error:
            self.faults.append(fault("checkpoint_unreadable", checkpoint=name, error=type(error).__name__))
            return
        self.count += 1
        if keys and not any(is_signed(read, signature, key, check) for key in keys):
            self.faults.append(fault("checkpoint_signature", checkpoint=name))
            return
        if not self._follows(read):
            self.faults.append(fault("checkpoint_order", checkpoint=name))
        self.newest, self._digest = read, digest(read.body)
        self._sign(read)
        self._add_up(read, name)

    def end(self, newest: int | None = None) -> None:
        """After the last one: `newest` is the number of one that is known to exist."""
        last = self.newest.number if self.newest else 0
        if newest is not None and newest > last:
            self.faults.append(fault("checkpoints_cut", checkpoint=last, newest=newest))

    def gone(self, books: Iterable[int], year: str | None = None) -> list[Fault]:
        """Books that were signed and are not among these; with a year, of that year alone."""
        found = []
        for book in sorted(self.signed.keys() - set(books)):
            if year is None or self.years[book] == year:
                furthest = self.signed[book][max(self.signed[book])]
                found.append(fault("signed_book_gone", book, checkpoint=furthest.checkpoint))
        return found

    def _follows(self, read: Checkpoint) -> bool:
        before = self.newest
        if before is None:
            return read.number == 1 and read.prev == FIRST_PREV and read.is_full
        return (read.number, read.prev, read.origin) == (before.number + 1, self._digest, before.origin) and (
            read.at >= before.at
        )

    def _sign(self, read: Checkpoint) -> None:
        for head in read.heads:
            marks = self.signed.setdefault(head.book, {})
            self.years[head.book] = head.year
            before = self._known.get(head.book)
            known = marks.get(head.seq)
            if (known and known.hash.hex() != head.hash) or (before and before.seq > head.seq):
                self.faults.append(fault("checkpoint_back", head.book, checkpoint=read.number, event=head.seq))
            elif known is None:
                marks[head.seq] = Signed(bytes.fromhex(head.hash), read.number, read.at)

    def _add_up(self, read: Checkpoint, name: str) -> None:
        if read.is_full:
            self._known, self._lines = {}, {}
        for head in read.heads:
            self._known[head.book] = head
            self._lines[head.book] = str(head)
        if list(self._lines) != sorted(self._lines):
            self._lines = dict(sorted(self._lines.items()))
        # As total_of, but thousands of times over the same lines.
        if (len(self._lines), digest("".join(self._lines.values()))) != (read.count, read.total):
            self.faults.append(fault("checkpoint_total", checkpoint=name))
