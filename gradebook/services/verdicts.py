"""Verdicts on petitions, and writing exactly what was approved, once (G8, G9)."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from accounts.backends import behalf_of
from accounts.models import User
from accounts.permissions import people_with
from gradebook import permissions, policies
from gradebook.models import CorrectionItem, CorrectionLook, CorrectionRequest, Score
from gradebook.selectors.corrections import unopened_sample
from gradebook.services.acting import GuardCode, act_as, guard_code
from gradebook.services.corrections import lock_book, tell
from gradebook.services.scores import write_cells
from gradebook.workflow import CORRECTION_STEPS
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import TransitionDenied, perform

State = CorrectionRequest.State
DECIDE = "gradebook.decide_correction"


@transaction.atomic
def claim_correction(*, correction: CorrectionRequest, by: User) -> None:
    """ "Tôi đang xem": for a quarter of an hour the others see who has it open. It locks nobody out."""
    if reason := permissions.decide_correction_denial(by, correction):
        raise PermissionDenied(reason)
    act_as(by)
    CorrectionRequest.objects.filter(pk=correction.pk, state=State.SUBMITTED).update(claimed_by=by, claimed_at=db_now())


@transaction.atomic
def look_at_item(*, item: CorrectionItem, by: User) -> None:
    """This person opened the row of a batch, with its history and the evidence."""
    if reason := permissions.decide_correction_denial(by, item.request):
        raise PermissionDenied(reason)
    CorrectionLook.objects.get_or_create(item=item, revision=item.request.revision, by=by)


@transaction.atomic
def approve_correction(
    *,
    correction: CorrectionRequest,
    revision: int,
    by: User,
    comment: str = "",
    device: str = "",
) -> CorrectionRequest:
    """Approve the version that was read; where the policy says nothing else it is written at once.

    Raises TransitionDenied with the reason: an older version was read, a batch was not sampled, a cell has changed since.
    """
    if unopened_sample(correction, by):
        raise TransitionDenied(_("Đề nghị nhiều dòng: mở xem đủ các dòng được chọn ngẫu nhiên trước khi duyệt."))
    decided = _decide("approve", correction, revision=revision, by=by, comment=comment, device=device)
    if policies.corrections_by_hand():
        tell(people_with("gradebook.confirm_correction"), "correction.to_confirm", decided)
        tell([decided.requested_by], "correction.approved", decided)
        return decided
    return _apply(decided, by, device=device)


@transaction.atomic
def return_correction(
    *,
    correction: CorrectionRequest,
    revision: int,
    by: User,
    comment: str,
    device: str = "",
) -> CorrectionRequest:
    """Ask for more; it keeps its number."""
    return _send_back("return", correction, revision=revision, by=by, comment=comment, device=device)


@transaction.atomic
def reject_correction(
    *,
    correction: CorrectionRequest,
    revision: int,
    by: User,
    comment: str,
    device: str = "",
) -> CorrectionRequest:
    """The score stays as it is; final."""
    return _send_back("reject", correction, revision=revision, by=by, comment=comment, device=device)


def _send_back(
    step: str,
    correction: CorrectionRequest,
    *,
    revision: int,
    by: User,
    comment: str,
    device: str,
) -> CorrectionRequest:
    """A verdict that needs words: whoever asked reads them."""
    if not comment.strip():
        raise ValidationError({"comment": _("Viết lý do để người đề nghị biết cần làm gì.")})
    decided = _decide(step, correction, revision=revision, by=by, comment=comment, device=device)
    tell([decided.requested_by], f"correction.{decided.state}", decided, comment=comment.strip())
    return decided


def _decide(
    step: str,
    correction: CorrectionRequest,
    *,
    revision: int,
    by: User,
    comment: str,
    device: str,
) -> CorrectionRequest:
    lock_book(correction)
    on_behalf_of = behalf_of(by, DECIDE)
    act_as(by, on_behalf_of=on_behalf_of)
    with perform(
        CORRECTION_STEPS, step, correction, by=by, on_behalf_of=on_behalf_of, comment=comment.strip(), device=device
    ) as locked:
        if locked.revision != revision:
            raise TransitionDenied(_("Đề nghị đã thay đổi sau khi thầy/cô mở xem. Xem lại bản mới rồi quyết định."))
        locked.decided_by, locked.decided_for = by, on_behalf_of
        locked.decided_at, locked.decided_revision = db_now(), locked.revision
    return locked


@transaction.atomic
def confirm_correction(*, correction: CorrectionRequest, by: User, device: str = "") -> CorrectionRequest:
    """The administrator confirms by hand what was approved; they type no value (G9)."""
    if reason := permissions.apply_correction_denial(by, correction):
        raise PermissionDenied(reason)
    lock_book(correction)
    return _apply(correction, by, device=device, by_hand=True)


def _apply(
    correction: CorrectionRequest,
    by: User,
    *,
    device: str = "",
    by_hand: bool = False,
) -> CorrectionRequest:
    """Write exactly what was approved, once; the guard compares every cell."""
    on_behalf_of = None if by_hand else behalf_of(by, DECIDE)
    act_as(by, on_behalf_of=on_behalf_of, correction=correction.pk)
    try:
        with perform(CORRECTION_STEPS, "apply", correction, by=by, on_behalf_of=on_behalf_of, device=device) as locked:
            _write_scores(locked)
            locked.applied_at = db_now()
            locked.confirmed_by = by if by_hand else None
    except DatabaseError as error:
        if guard_code(error) != GuardCode.NOT_APPROVED:
            raise
        raise TransitionDenied(
            _("Điểm trong sổ đã đổi từ khi gửi đề nghị, nên không ghi được. Trả lại để người đề nghị xem lại.")
        ) from error
    act_as(by)
    locked.refresh_from_db()
    tell([locked.requested_by], "correction.applied", locked)
    return locked


def _write_scores(correction: CorrectionRequest) -> None:
    now = db_now()
    write_cells(
        Score(
            column_id=item.column_id,
            student_id=item.student_id,
            code=item.new_code,
            is_makeup=item.new_makeup,
            entered_by=correction.requested_by,
            entered_at=now,
        )
        for item in correction.items.all()
    )
