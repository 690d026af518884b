"""Every book with its events as one snapshot: what verify_ledger judges, and what an export takes along."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from gradebook.ledger import NOTHING_SIGNED, BookState, Event, faults
from gradebook.models import (
    Checkpoint,
    CorrectionItem,
    CorrectionRequest,
    Gradebook,
    LedgerEvent,
    LockException,
    RegisteredBook,
    Remark,
    Score,
    ScoreColumn,
)
from gradebook.proof.checkpoints import Series
from gradebook.proof.faults import Fault, fault
from gradebook.proof.petitions import Petition
from gradebook.proof.register import Entry, Place, faults_of_register
from gradebook.proof.remarks import Written, faults_of_remarks
from registry.models import Term

CHUNK = 5000


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Everything read inside is of one moment, unless the caller has begun a transaction of its own."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            freeze()
        yield


def freeze() -> None:
    """Let the transaction that has just begun read one moment throughout; inside another one nothing changes."""
    if not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def wanted_books(*, only: list[int] | None = None, year: str | None = None) -> QuerySet[Gradebook]:
    """All books, those with these ids, or those of one school year."""
    books = Gradebook.objects.all()
    if only is not None:
        books = books.filter(pk__in=only)
    if year is not None:
        books = books.filter(term__school_year__code=year)
    return books


def verify(
    only: list[int] | None = None, *, year: str | None = None, newest: int | None = None
) -> tuple[list[Fault], int, int]:
    """Faults, number of books, number of events; `newest` is the number of a checkpoint that is known to exist."""
    with one_snapshot():
        books = wanted_books(only=only, year=year)
        states, remarks = states_of(books), remarks_of(books)
        series = read_checkpoints(newest)
        found = list(series.faults)
        if only is None:
            found += faults_of_register(register(), places_of(books), year)
            found += series.gone(states, year)
        counted, seen = len(states), 0
        for book_id, events in events_of(books, with_strays=only is None and year is None):
            listed = list(events)
            seen += len(listed)
            state, signed = states.pop(book_id, None), series.signed.get(book_id, NOTHING_SIGNED)
            found += faults(state, listed, signed) if state else [fault("book_gone", book_id)]
            if state:
                found += faults_of_remarks(book_id, state.cells, remarks.get(book_id, {}))
        for state in states.values():
            found += faults(state, [], series.signed.get(state.id, NOTHING_SIGNED))
    return found, counted, seen


# --- books --------------------------------------------------------------------------------------
def states_of(books: QuerySet[Gradebook]) -> dict[int, BookState]:
    """What the tables say of these books, by id."""
    heads = books.order_by("pk").values_list("pk", "chain_seq", "chain_head")
    states = {pk: BookState(pk, seq, bytes(head)) for pk, seq, head in heads}
    _read_columns(states, ScoreColumn.objects.filter(gradebook__in=books))
    cells = Score.objects.filter(column__gradebook__in=books)
    for book_id, column, student, code, is_makeup in cells.values_list(
        "column__gradebook_id", "column_id", "student_id", "code", "is_makeup"
    ).iterator(CHUNK):
        states[book_id].cells[column, student] = (code, is_makeup)
    _read_petitions(states, CorrectionRequest.objects.filter(gradebook__in=books, number__isnull=False))
    return states


def remarks_of(books: QuerySet[Gradebook]) -> dict[int, dict[str, Written]]:
    """The words behind the cells of these books, by book and code."""
    found: dict[int, dict[str, Written]] = {}
    rows = Remark.objects.filter(column__gradebook__in=books)
    for book_id, code, salt, text, column, student in rows.values_list(
        "column__gradebook_id", "code", "salt", "text", "column_id", "student_id"
    ).iterator(CHUNK):
        found.setdefault(book_id, {})[code] = Written(salt, text, (column, student))
    return found


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


def _read_petitions(states: dict[int, BookState], petitions: QuerySet[CorrectionRequest]) -> None:
    """Petitions that were sent; a draft that nobody has seen is no matter of the ledger."""
    items: dict[int, list[tuple[int, int, str, bool, str, bool, bool]]] = {}
    rows = CorrectionItem.objects.filter(request__in=petitions).order_by("request_id", "pk")
    for petition, column, student, old, old_makeup, new, new_makeup, applied_at in rows.values_list(
        "request_id", "column_id", "student_id", "old_code", "old_makeup", "new_code", "new_makeup", "applied_at"
    ):
        row = (column, student, old, old_makeup, new, new_makeup, applied_at is not None)
        items.setdefault(petition, []).append(row)
    for book_id, pk, state, asked, decided, behalf, revision in petitions.order_by("pk").values_list(
        "gradebook_id", "pk", "state", "requested_by_id", "decided_by_id", "decided_for_id", "revision"
    ):
        states[book_id].petitions[pk] = Petition(state, asked, decided, behalf, revision, frozenset(items.get(pk, ())))


def events_of(books: QuerySet[Gradebook], *, with_strays: bool) -> Iterator[tuple[int, Iterator[Event]]]:
    """The events of each book in order, streamed; with strays also those of books that are gone."""
    events = LedgerEvent.objects.all() if with_strays else LedgerEvent.objects.filter(gradebook__in=books)
    rows = events.order_by("gradebook_id", "seq").values_list("gradebook_id", "seq", "payload", "hash")
    for book_id, group in groupby(rows.iterator(CHUNK), key=itemgetter(0)):
        yield book_id, (Event(seq, payload, bytes(hash_)) for _, seq, payload, hash_ in group)


# --- register and checkpoints ---------------------------------------------------------------------
def register() -> list[Entry]:
    """Every book that was ever opened, with its school year."""
    years = dict(Term.objects.values_list("pk", "school_year__code"))
    return [
        Entry(number, book, (class_subject, term), years.get(term, ""))
        for number, book, class_subject, term in RegisteredBook.objects.order_by("number").values_list(
            "number", "gradebook_id", "class_subject_id", "term_id"
        )
    ]


def places_of(books: QuerySet[Gradebook]) -> dict[int, Place]:
    return {pk: (subject, term) for pk, subject, term in books.values_list("pk", "class_subject_id", "term_id")}


def read_checkpoints(newest: int | None = None) -> Series:
    """All checkpoints of the database; signatures are looked at when the public key is known here."""
    keys = [bytes.fromhex(key) for key in settings.CHECKPOINT_PUBLIC_KEYS]
    series = Series()
    for checkpoint in Checkpoint.objects.order_by("seq").iterator(CHUNK):
        series.add(checkpoint.name, checkpoint.text, keys, quick_check)
    series.end(newest)
    return series


def quick_check(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """As gradebook.proof.ed25519.verify, seven times as fast."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def labels_of(books: QuerySet[Gradebook]) -> dict[int, str]:
    """How people call these books."""
    named = books.select_related("class_subject__school_class", "class_subject__item__subject", "term__school_year")
    return {book.pk: str(book) for book in named.order_by("pk")}
