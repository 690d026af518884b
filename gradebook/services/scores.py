"""Writing scores: one service for the grid, the plain form, the stack, the API and imports."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from accounts.models import User
from gradebook import permissions
from gradebook.models import Gradebook, Score, ScoreColumn
from gradebook.selectors.windows import columns_of, is_writable
from gradebook.services.acting import GuardCode, act_as, guard_code
from registry.models import CurriculumItem, Enrollment
from schoolops.lib.scores import ABSENT, AWAITING_MAKEUP, EMPTY, Profile, parse_score

PROFILES = {
    CurriculumItem.Assessment.SCORE.value: Profile.SCORE,
    CurriculumItem.Assessment.COMMENT.value: Profile.COMMENT,
}
NO_VALUE = frozenset({EMPTY, AWAITING_MAKEUP, ABSENT})


@dataclass(frozen=True)
class CellChange:
    """What somebody typed into a cell. `version` is the one they saw (0: empty cell, None: not checked, for imports)."""

    column_id: int
    student_id: int
    text: str
    version: int | None = None
    operation: uuid.UUID | None = None
    quick: bool = False


class CellStatus(StrEnum):
    SAVED = "saved"
    INVALID = "invalid"
    LOCKED = "locked"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CellResult:
    """What became of a change. `code` and `version` are what the book holds now."""

    column_id: int
    student_id: int
    status: CellStatus
    code: str = ""
    version: int = 0
    error: str = ""
    offer: str | None = None
    other: str = ""
    other_at: datetime | None = None


@dataclass(frozen=True)
class _Book:
    """The locked book as one request reads it."""

    columns: dict[int, ScoreColumn]
    students: frozenset[int]
    scores: dict[tuple[int, int], Score]
    now: datetime

    @cached_property
    def writers(self) -> dict[int, User]:
        """Who wrote the cells; asked only when somebody must be told of another's score."""
        return User.objects.in_bulk({cell.entered_by_id for cell in self.scores.values()})


def save_cells(
    *,
    gradebook: Gradebook,
    changes: Sequence[CellChange],
    by: User,
    on_behalf_of: User | None = None,
    claimed_at: datetime | None = None,
) -> list[CellResult]:
    """Save each change that can be saved and say of each other one why not; nothing typed is dropped silently.

    Raises PermissionDenied with the reason when `by` does not teach this class-subject.
    """
    if reason := permissions.enter_denial(by, gradebook):
        raise PermissionDenied(reason)
    try:
        return _save(gradebook, changes, by, on_behalf_of, claimed_at)
    except DatabaseError as error:
        if guard_code(error) != GuardCode.CLOSED:
            raise
    # The minute of closing passed between our look at the clock and the guard's: the second look sees it closed.
    return _save(gradebook, changes, by, on_behalf_of, claimed_at)


@transaction.atomic
def _save(
    gradebook: Gradebook,
    changes: Sequence[CellChange],
    by: User,
    on_behalf_of: User | None,
    claimed_at: datetime | None,
) -> list[CellResult]:
    book = _lock(gradebook, changes)
    act_as(by, on_behalf_of=on_behalf_of, claimed_at=claimed_at)
    writes: dict[tuple[int, int], Score] = {}
    results = [_decide(change, book, by, writes) for change in changes]
    if writes:
        write_cells(writes.values())
    return results


def write_cells(cells: Iterable[Score]) -> None:
    """The one statement that writes scores: new cells and changed ones alike; the guard of the database judges each."""
    Score.objects.bulk_create(
        cells,
        update_conflicts=True,
        unique_fields=["column", "student"],
        update_fields=["code", "is_makeup", "operation", "entered_by", "entered_at"],
    )


def is_makeup_value(held_code: str, code: str, *, held_makeup: bool) -> bool:
    """Whether `code` is the make-up test's: a value in place of "V" is, and stays one when it is mended."""
    return (held_code == AWAITING_MAKEUP or held_makeup) and code not in NO_VALUE


def _lock(gradebook: Gradebook, changes: Sequence[CellChange]) -> _Book:
    """Take the book's row lock first, always, then read what the decision needs."""
    Gradebook.objects.select_for_update(of=("self",)).only("pk").get(pk=gradebook.pk)
    columns = columns_of(gradebook.pk)
    enrolled = Enrollment.objects.present().filter(school_class_id=gradebook.class_subject.school_class_id)
    wanted = {change.student_id for change in changes}
    cells = Score.objects.filter(column__in=[column.pk for column in columns], student__in=wanted)
    return _Book(
        columns={column.pk: column for column in columns},
        students=frozenset(enrolled.values_list("student_id", flat=True)),
        scores={(cell.column_id, cell.student_id): cell for cell in cells},
        now=columns[0].now,
    )


def _decide(change: CellChange, book: _Book, by: User, writes: dict[tuple[int, int], Score]) -> CellResult:
    """The verdict on one change; a change to be written is put into `writes`."""
    key = (change.column_id, change.student_id)
    column, held = book.columns.get(change.column_id), writes.get(key) or book.scores.get(key)
    if column is None or change.student_id not in book.students:
        return CellResult(*key, CellStatus.UNKNOWN)
    if held is not None and change.operation is not None and held.operation == change.operation:
        return _result(held, CellStatus.SAVED)
    if not is_writable(column):
        return _result(held, CellStatus.LOCKED, key=key)
    parsed = parse_score(change.text, PROFILES[column.assessment], change.quick)
    if parsed.code is None:
        return _result(held, CellStatus.INVALID, key=key, error=str(parsed.error), offer=parsed.offer)
    if (held.code if held else EMPTY) == parsed.code:
        return _result(held, CellStatus.SAVED, key=key)
    if change.version is not None and change.version != (held.version if held else 0):
        return _conflict(held, key, book)
    return _put(change, parsed.code, held, book, by, writes)


def _put(
    change: CellChange, code: str, held: Score | None, book: _Book, by: User, writes: dict[tuple[int, int], Score]
) -> CellResult:
    """The cell after the change, one version above the stored one however often this request changes it."""
    key = (change.column_id, change.student_id)
    stored = book.scores.get(key)
    is_makeup = held is not None and is_makeup_value(held.code, code, held_makeup=held.is_makeup)
    if (code, is_makeup) == ((stored.code, stored.is_makeup) if stored else (EMPTY, False)):
        writes.pop(key, None)
        return _result(stored, CellStatus.SAVED, key=key)
    writes[key] = Score(
        column_id=change.column_id,
        student_id=change.student_id,
        code=code,
        is_makeup=is_makeup,
        version=stored.version + 1 if stored else 1,
        operation=change.operation,
        entered_by=by,
        entered_at=book.now,
    )
    return _result(writes[key], CellStatus.SAVED)


def _conflict(held: Score | None, key: tuple[int, int], book: _Book) -> CellResult:
    """The page was stale: whose score stands there now, and since when."""
    result = _result(held, CellStatus.CONFLICT, key=key)
    if held is None:
        return result
    # What this very request has put into the cell is nobody else's.
    writer = book.writers.get(held.entered_by_id) or held.entered_by
    return replace(result, other=writer.get_short_name(), other_at=held.entered_at)


def _result(
    held: Score | None,
    status: CellStatus,
    *,
    key: tuple[int, int] = (0, 0),
    error: str = "",
    offer: str | None = None,
) -> CellResult:
    if held is None:
        return CellResult(*key, status, error=error, offer=offer)
    return CellResult(
        held.column_id, held.student_id, status, code=held.code, version=held.version, error=error, offer=offer
    )
