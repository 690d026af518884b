"""Check every book against its ledger: chain, heads, windows, cells. Exit 0 means intact."""

import time
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.db.models import QuerySet

from gradebook.ledger import BookState, Event, faults
from gradebook.models import Gradebook, LockException, Score, ScoreColumn

SHOWN = 200


class Command(BaseCommand):
    help = "Check chain, heads and state of every grade book; exit 0 = intact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--book", type=int, action="append", help="only this book (id); may be given again")

    def handle(self, *args: Any, book: list[int] | None = None, **options: Any) -> None:
        started = time.monotonic()
        found, books, events = verify(book)
        for fault in found[:SHOWN]:
            self.stdout.write(fault)
        if len(found) > SHOWN:
            self.stdout.write(f"… and {len(found) - SHOWN} more")
        verdict = "INTACT" if not found else f"NOT INTACT: {len(found)} faults"
        self.stdout.write(f"{verdict} – {books} books, {events} events, {time.monotonic() - started:.1f} s")
        if found:
            raise SystemExit(1)


def verify(only: list[int] | None = None) -> tuple[list[str], int, int]:
    """Faults, number of books, number of events, all read from one snapshot."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _verify(only)


def _verify(only: list[int] | None) -> tuple[list[str], int, int]:
    found: list[str] = []
    states = _states(only)
    seen = 0
    for book_id, events in _events(only):
        listed = list(events)
        seen += len(listed)
        state = states.pop(book_id, None)
        found += faults(state, listed) if state else [f"book {book_id}: there are events of a book that is gone"]
    for state in states.values():
        found += faults(state, [])
    books = Gradebook.objects.count() if only is None else len(only)
    return found, books, seen


def _states(only: list[int] | None) -> dict[int, BookState]:
    wanted = Gradebook.objects.all() if only is None else Gradebook.objects.filter(pk__in=only)
    states = {
        pk: BookState(pk, seq, bytes(head)) for pk, seq, head in wanted.values_list("pk", "chain_seq", "chain_head")
    }
    _read_columns(states, ScoreColumn.objects.filter(gradebook__in=wanted))
    cells = Score.objects.filter(column__gradebook__in=wanted)
    for book_id, column, student, code, is_makeup in cells.values_list(
        "column__gradebook_id", "column_id", "student_id", "code", "is_makeup"
    ).iterator():
        states[book_id].cells[column, student] = (code, is_makeup)
    return states


def _read_columns(states: dict[int, BookState], columns: QuerySet[ScoreColumn]) -> None:
    """What the columns are, when they are open and by which exceptions, and which are confirmed."""
    for book_id, column, kind, ordinal, assessment, opens_at, closes_at, confirmed_at in columns.values_list(
        "gradebook_id", "pk", "kind", "ordinal", "assessment", "opens_at", "closes_at", "confirmed_at"
    ):
        state = states[book_id]
        state.columns[column] = (kind, ordinal, assessment)
        state.windows[column] = (opens_at, closes_at)
        if confirmed_at is not None:
            state.confirmed.add(column)
    exceptions = LockException.objects.filter(column__in=columns, ended_at__isnull=True)
    for book_id, pk, column, opens_at, closes_at in exceptions.values_list(
        "column__gradebook_id", "pk", "column_id", "opens_at", "closes_at"
    ):
        states[book_id].exceptions[pk] = (column, opens_at, closes_at)


def _events(only: list[int] | None) -> Iterator[tuple[int, Iterator[Event]]]:
    """The events of each book in order, streamed."""
    where, parameters = ("WHERE gradebook_id = ANY(%s)", [only]) if only is not None else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT gradebook_id, seq, payload, hash FROM gradebook_ledgerevent {where} ORDER BY gradebook_id, seq",  # noqa: S608
            parameters,
        )
        for book_id, rows in groupby(iter(cursor), key=itemgetter(0)):
            yield book_id, (Event(seq, payload, bytes(hash_)) for _, seq, payload, hash_ in rows)
