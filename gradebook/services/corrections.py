"""Petitions for corrections: drafting, sending, taking back (G7). The database refuses what this refuses."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from gradebook import permissions, policies
from gradebook.models import CorrectionItem, CorrectionRequest, Gradebook, Score
from gradebook.selectors.windows import all_columns_of, is_writable
from gradebook.services.acting import act_as
from gradebook.services.remarks import Words
from gradebook.services.scores import is_makeup_value, read_value, reading_error
from gradebook.workflow import CORRECTION_STEPS
from registry.models import Enrollment
from registry.selectors.calendar import working_day_after
from schoolops.lib import outbox
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.workflow import TransitionDenied, perform

State = CorrectionRequest.State
ANSWER_BY = time(16, 0)
MAX_ITEMS = 400


# --- drafting ---------------------------------------------------------------------------------------
@transaction.atomic
def start_correction(*, gradebook: Gradebook, cells: Iterable[tuple[int, int]], by: User) -> CorrectionRequest:
    """A draft about these closed cells (column id, student id) of one book, filled with what the book holds.

    A cell that this person is already asking for leads to that petition. Raises PermissionDenied for anyone but the teacher
    of the book, ValidationError for a cell that is open, is not of the book, or is being asked for in a sent petition.
    """
    if reason := permissions.enter_denial(by, gradebook):
        raise PermissionDenied(reason)
    wanted = list(dict.fromkeys(cells))
    own = CorrectionRequest.objects.filter(requested_by=by, gradebook=gradebook, state__in=CorrectionRequest.IN_HAND)
    mine = _by_cell(own)
    for cell in wanted:
        if cell in mine:
            return mine[cell]
    act_as(by)
    made = CorrectionRequest.objects.create(
        gradebook=gradebook, school_year=gradebook.term.school_year, requested_by=by, addressed_to=_usual_reviewer(by)
    )
    add_items(correction=made, cells=wanted, by=by)
    return made


def _usual_reviewer(by: User) -> User | None:
    """Whom this person wrote to last."""
    last = CorrectionRequest.objects.filter(requested_by=by, addressed_to__isnull=False).order_by("-id").first()
    return last.addressed_to if last else None


@transaction.atomic
def add_items(*, correction: CorrectionRequest, cells: Iterable[tuple[int, int]], by: User) -> None:
    """More cells with the same reason. Raises as `start_correction`."""
    editable(correction, by)
    columns = {column.pk: column for column in all_columns_of(correction.gradebook_id)}
    held = set(correction.items.values_list("column_id", "student_id"))
    wanted = [cell for cell in dict.fromkeys(cells) if cell not in held]
    if len(held) + len(wanted) > MAX_ITEMS:
        raise ValidationError(_("Một đề nghị có nhiều nhất %(count)s điểm.") % {"count": MAX_ITEMS})
    pupils = set(
        Enrollment.objects.filter(
            school_class_id=correction.gradebook.class_subject.school_class_id,
            student__in={student for _column, student in wanted},
        ).values_list("student_id", flat=True)
    )
    sent = CorrectionRequest.objects.filter(
        gradebook=correction.gradebook_id, state__in=[State.SUBMITTED, State.APPROVED]
    )
    asked = _by_cell(sent.exclude(pk=correction.pk))
    for column_id, student_id in wanted:
        column = columns.get(column_id)
        if column is None or student_id not in pupils:
            raise ValidationError(_("Ô điểm này không thuộc sổ của đề nghị."))
        if is_writable(column):
            raise ValidationError(
                _("Cột %(column)s đang mở: thầy/cô sửa trực tiếp trong sổ được.") % {"column": column.label}
            )
        if other := asked.get((column_id, student_id)):
            raise ValidationError(_("Ô này đang nằm trong đề nghị %(other)s.") % {"other": other})
    cells_now = _held_now(correction.gradebook_id)
    act_as(by)
    CorrectionItem.objects.bulk_create(
        [
            CorrectionItem(
                request=correction,
                column_id=column_id,
                student_id=student_id,
                old_code=code,
                old_makeup=makeup,
                new_code=code,
                new_makeup=makeup,
            )
            for column_id, student_id in wanted
            for code, makeup in [cells_now.get((column_id, student_id), ("", False))]
        ]
    )


def _by_cell(petitions: QuerySet[CorrectionRequest]) -> dict[tuple[int, int], CorrectionRequest]:
    """These petitions by (column id, student id), one query; of several about a cell the one that was sent last."""
    items = CorrectionItem.objects.filter(request__in=petitions.order_by()).select_related("request")
    ordered = items.order_by("request__submitted_at", "request_id")
    return {(item.column_id, item.student_id): item.request for item in ordered}


def _held_now(gradebook_id: int) -> dict[tuple[int, int], tuple[str, bool]]:
    cells = Score.objects.filter(column__gradebook=gradebook_id)
    return {
        (column, student): (code, makeup)
        for column, student, code, makeup in cells.values_list("column_id", "student_id", "code", "is_makeup")
    }


def editable(correction: CorrectionRequest, by: User) -> None:
    """Raise unless this person may change the petition now."""
    if reason := permissions.own_correction_denial(by, correction):
        raise PermissionDenied(reason)
    if correction.state not in CorrectionRequest.IN_HAND:
        raise TransitionDenied(_("Đề nghị đã gửi. Bấm “Sửa lại” để lấy về sửa; sau đó cần duyệt lại."))


@transaction.atomic
def remove_item(*, item: CorrectionItem, by: User) -> None:
    """Take a cell out of a draft."""
    editable(item.request, by)
    act_as(by)
    item.delete()


@transaction.atomic
def save_correction(
    *,
    correction: CorrectionRequest,
    values: Mapping[int, str],
    by: User,
    reason: str,
    explanation: str,
    addressed_to: User | None,
) -> dict[int, str]:
    """Keep a draft as typed: `values` are texts by item id. Returns what could not be read, by item id, in words."""
    locked = CorrectionRequest.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    editable(locked, by)
    act_as(by)
    locked.reason, locked.explanation, locked.addressed_to = reason, explanation.strip(), addressed_to
    locked.full_clean()
    locked.save(update_fields=["reason", "explanation", "addressed_to", "changed_at"])
    errors: dict[int, str] = {}
    items = list(locked.items.select_related("column"))
    words = Words((code for item in items if item.column.is_remark for code in (item.old_code, item.new_code)), by)
    for item in items:
        if item.pk in values and (error := _read_into(item, values[item.pk], words)):
            errors[item.pk] = error
    words.save()
    return errors


def _read_into(item: CorrectionItem, text: str, words: Words) -> str:
    """Put the typed value into the item; the reason why not, in words."""
    read = read_value(text, item.column, words, item.student_id, item.old_code, item.new_code)
    if read.code is None:
        return reading_error(read.error, item.column, text)
    makeup = is_makeup_value(item.old_code, read.code, held_makeup=item.old_makeup)
    if (item.new_code, item.new_makeup) != (read.code, makeup):
        item.new_code, item.new_makeup = read.code, makeup
        item.save(update_fields=["new_code", "new_makeup"])
    return ""


@transaction.atomic
def discard_correction(*, correction: CorrectionRequest, by: User) -> None:
    """Remove a draft that was never sent; what was sent is withdrawn and stays visible."""
    editable(correction, by)
    if correction.number is not None:
        raise TransitionDenied(_("Đề nghị đã gửi một lần nên không xóa được; thầy/cô có thể rút đề nghị."))
    act_as(by)
    for children in (correction.items, correction.evidence, correction.tickets, correction.transitions):
        children.all().delete()
    correction.delete()


# --- steps of the person who asks ----------------------------------------------------------------------
@transaction.atomic
def submit_correction(*, correction: CorrectionRequest, by: User, device: str = "") -> CorrectionRequest:
    """Send it; the database gives the number. Raises ValidationError with words for what is missing, by field."""
    lock_book(correction)
    act_as(by)
    with perform(CORRECTION_STEPS, "submit", correction, by=by, device=device) as locked:
        _read_again(locked)
        _check_complete(locked)
        if locked.number is not None:
            locked.revision += 1
        now = db_now()
        locked.submitted_at, locked.due_at = now, _due(now)
        _forget_verdict(locked)
    locked.refresh_from_db()
    people = [locked.addressed_to] if locked.addressed_to else permissions.reviewers_of(locked)
    tell(people, "correction.submitted", locked)
    return locked


def lock_book(correction: CorrectionRequest) -> None:
    """The order of every path: the book first, then its petitions."""
    Gradebook.objects.select_for_update(of=("self",)).only("pk").get(pk=correction.gradebook_id)


def _read_again(correction: CorrectionRequest) -> None:
    """What the cells hold may have changed since they were put into the draft."""
    now = _held_now(correction.gradebook_id)
    for item in correction.items.all():
        held = now.get((item.column_id, item.student_id), ("", False))
        if (item.old_code, item.old_makeup) != held:
            item.old_code, item.old_makeup = held
            item.save(update_fields=["old_code", "old_makeup"])


def _check_complete(correction: CorrectionRequest) -> None:
    missing: dict[str, str] = {}
    items = list(correction.items.all())
    if not items:
        missing["cells"] = _("Chọn ít nhất một điểm cần điều chỉnh.")
    elif any((item.old_code, item.old_makeup) == (item.new_code, item.new_makeup) for item in items):
        missing["cells"] = _("Mỗi dòng cần điểm đề nghị khác điểm đã nhập; bỏ dòng không cần đổi.")
    if not correction.reason:
        missing["reason"] = _("Chọn một lý do.")
    if not correction.explanation:
        missing["explanation"] = _("Giải thích vài chữ: điểm trên bài là bao nhiêu, vì sao nhập khác.")
    if not correction.evidence.exists():
        missing["evidence"] = _("Thêm ít nhất một ảnh hoặc tệp PDF làm minh chứng.")
    if missing:
        raise ValidationError(missing)


def _due(now: datetime) -> datetime:
    day = working_day_after(local_day(now), policies.correction_answer_days())
    return datetime.combine(day, ANSWER_BY, tzinfo=timezone.get_default_timezone())


@transaction.atomic
def edit_correction(*, correction: CorrectionRequest, by: User, device: str = "") -> CorrectionRequest:
    """Take a sent petition back to change it: an approval that was given is gone with it."""
    lock_book(correction)
    act_as(by)
    with perform(CORRECTION_STEPS, "edit", correction, by=by, device=device) as locked:
        _forget_verdict(locked)
    return locked


def _forget_verdict(correction: CorrectionRequest) -> None:
    """What was decided, and who had it open, was about the version before."""
    correction.decided_by = correction.decided_for = correction.decided_at = correction.decided_revision = None
    correction.claimed_by = correction.claimed_at = None


@transaction.atomic
def withdraw_correction(
    *, correction: CorrectionRequest, by: User, comment: str, device: str = ""
) -> CorrectionRequest:
    """Take it back for good, before the verdict; it stays visible as withdrawn."""
    if not comment.strip():
        raise ValidationError({"comment": _("Viết lý do rút đề nghị.")})
    lock_book(correction)
    act_as(by)
    with perform(CORRECTION_STEPS, "withdraw", correction, by=by, comment=comment.strip(), device=device) as locked:
        pass
    if locked.number is not None:
        tell(permissions.reviewers_of(locked), "correction.withdrawn", locked)
    return locked


def tell(people: Iterable[User], kind: str, correction: CorrectionRequest, **more: Any) -> None:
    """A message about this petition, in the transaction that changes it."""
    context = {
        "number": correction.number,
        "book": str(correction.gradebook.class_subject),
        "who": correction.requested_by.get_short_name(),
        **more,
    }
    outbox.notify(people, kind, context, url=reverse("gradebook:correction_detail", args=[correction.pk]))
