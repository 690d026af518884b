"""The register of books against the books: none may be missing, moved to another class-subject, or unknown. Plain values only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gradebook.proof.faults import Fault, fault

# Class-subject and term of a book.
Place = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """A book when it was opened."""

    number: int
    book: int
    place: Place
    year: str


def faults_of_register(
    entries: Iterable[Entry], books: Mapping[int, Place], year: str | None = None
) -> Iterator[Fault]:
    """What does not fit; with a year, `books` are those of that year alone."""
    known = set()
    expected = 1
    for entry in sorted(entries, key=lambda entry: entry.number):
        for number in range(expected, entry.number):
            yield fault("register_gap", number=number)
        expected = entry.number + 1
        known.add(entry.book)
        if entry.book in books:
            if books[entry.book] != entry.place:
                yield fault("book_moved", entry.book, held=books[entry.book], told=entry.place)
        elif year is None or entry.year == year:
            yield fault("book_missing", entry.book, number=entry.number)
    for book in sorted(books.keys() - known):
        yield fault("book_unregistered", book)
