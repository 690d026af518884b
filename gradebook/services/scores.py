"""Writing cells: one service for the grid, the plain form, the stack, remarks, the API and imports."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from gradebook import permissions
from gradebook.models import Gradebook, Score, ScoreColumn
from gradebook.selectors.windows import all_columns_of, is_writable
from gradebook.services.acting import GuardCode, act_as, guard_code
from gradebook.services.remarks import Words, too_long
from registry.models import Enrollment
from schoolops.lib.moments import vn_moment
from schoolops.lib.scores import ABSENT, AWAITING_MAKEUP, EMPTY, Parsed, ScoreError, parse_score

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
    """What became of a change. `code` and `version` are what the book holds now; `text` the words of a remark."""

    column_id: int
    student_id: int
    status: CellStatus
    code: str = ""
    version: int = 0
    error: str = ""
    offer: str | None = None
    other: str = ""
    other_at: datetime | None = None
    text: str = ""


@dataclass(frozen=True)
class _Book:
    """The locked book as one request reads it."""

    columns: dict[int, ScoreColumn]
    students: frozenset[int]
    scores: dict[tuple[int, int], Score]
    words: Words
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
    claimed_at: datetime | None = None,
) -> list[CellResult]:
    """Save each change that can be saved and say of each other one why not; nothing typed is dropped silently.

    Raises PermissionDenied with the reason when `by` does not teach this class-subject.
    """
    if reason := permissions.enter_denial(by, gradebook):
        raise PermissionDenied(reason)
    try:
        return _save(gradebook, changes, by, claimed_at)
    except DatabaseError as error:
        if guard_code(error) != GuardCode.CLOSED:
            raise
    # The minute of closing passed between our look at the clock and the guard's: the second look sees it closed.
    return _save(gradebook, changes, by, claimed_at)


@transaction.atomic
def _save(
    gradebook: Gradebook,
    changes: Sequence[CellChange],
    by: User,
    claimed_at: datetime | None,
) -> list[CellResult]:
    book = _lock(gradebook, changes, by)
    act_as(by, claimed_at=claimed_at)
    writes: dict[tuple[int, int], Score] = {}
    results = [_decide(change, book, by, writes) for change in changes]
    if writes:
        book.words.save()
        write_cells(writes.values())
    return [replace(result, text=text) if (text := book.words.text_of(result.code)) else result for result in results]


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


def _lock(gradebook: Gradebook, changes: Sequence[CellChange], by: User) -> _Book:
    """Take the book's row lock first, always, then read what the decision needs."""
    Gradebook.objects.select_for_update(of=("self",)).only("pk").get(pk=gradebook.pk)
    columns = {column.pk: column for column in all_columns_of(gradebook.pk)}
    enrolled = Enrollment.objects.present().filter(school_class_id=gradebook.class_subject.school_class_id)
    wanted = {change.student_id for change in changes}
    asked = {change.column_id for change in changes} & columns.keys()
    cells = list(Score.objects.filter(column__in=asked, student__in=wanted))
    return _Book(
        columns=columns,
        students=frozenset(enrolled.values_list("student_id", flat=True)),
        scores={(cell.column_id, cell.student_id): cell for cell in cells},
        words=Words((cell.code for cell in cells if columns[cell.column_id].is_remark), by),
        now=next(iter(columns.values())).now,
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
    # No quick digits but where they were switched on: 11 must not become 1,1 unseen.
    parsed = read_value(
        change.text, column, book.words, change.student_id, held.code if held else EMPTY, quick=change.quick
    )
    if parsed.code is None:
        return _result(held, CellStatus.INVALID, key=key, error=str(parsed.error), offer=parsed.offer)
    if (held.code if held else EMPTY) == parsed.code:
        return _result(held, CellStatus.SAVED, key=key)
    if change.version is not None and change.version != (held.version if held else 0):
        return _conflict(held, key, book)
    return _put(change, parsed.code, held, book, by, writes)


def read_value(
    text: str, column: ScoreColumn, words: Words, student_id: int, *known: str, quick: bool = False
) -> Parsed:
    """What was typed, as a code of this column. `known` are codes of remarks that may say the same already."""
    if not column.is_remark:
        return parse_score(text, column.profile, quick)
    code = words.code_for(text, column.pk, student_id, *known)
    return Parsed(code, error=ScoreError.LONG if code is None else None)


def reading_error(error: str | None, column: ScoreColumn, text: str) -> str:
    """Why a typed value is none of this column, in words."""
    by_error: dict[str | None, str] = {
        ScoreError.LONG: too_long(text),
        ScoreError.RANGE: _("Điểm phải từ 0 đến 10."),
        ScoreError.DECIMALS: _("Điểm ở cột này là số nguyên.")
        if column.assessment == ScoreColumn.Assessment.WHOLE
        else _("Điểm chỉ lấy một chữ số thập phân."),
        ScoreError.EXEMPT: _("Thông tư 22 không có ô miễn: em được miễn thực hành vẫn được đánh giá bằng lý thuyết."),
    }
    by_assessment = {
        ScoreColumn.Assessment.COMMENT: _("Chưa đọc được. Gõ d cho Đạt, c cho Chưa đạt."),
        ScoreColumn.Assessment.LEVEL: _("Chưa đọc được. Gõ t, h hoặc c: Hoàn thành tốt, Hoàn thành, Chưa hoàn thành."),
        ScoreColumn.Assessment.WHOLE: _("Chưa đọc được điểm này. Nhập số nguyên từ 0 đến 10."),
    }
    usual = _("Chưa đọc được điểm này. Nhập số từ 0 đến 10, ví dụ 7,5 hoặc 75.")
    return by_error.get(error) or by_assessment.get(ScoreColumn.Assessment(column.assessment), usual)


def refusal(result: CellResult, column: ScoreColumn, text: str) -> str:
    """Why one cell was not saved, in words."""
    if result.status == CellStatus.INVALID:
        return reading_error(result.error, column, text)
    words = {
        CellStatus.LOCKED: _("Cột đã khóa. Cần đổi thì gửi đề nghị điều chỉnh."),
        CellStatus.UNKNOWN: _("Em này không còn trong lớp."),
        CellStatus.CONFLICT: _("%(who)s vừa nhập ô này lúc %(moment)s. Lưu lại để thay bằng điều đã gõ.")
        % {"who": result.other, "moment": vn_moment(result.other_at)},
    }
    return words.get(result.status, "")


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
