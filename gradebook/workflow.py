"""The processes of the grade book: a rule of the lock calendar, a petition for a correction."""

from django.utils.translation import gettext_lazy as _

from gradebook.models import CorrectionRequest, LockRule
from gradebook.permissions import (
    apply_correction_denial,
    decide_correction_denial,
    own_correction_denial,
    send_correction_denial,
    set_locks_denial,
)
from schoolops.lib.workflow import Step

State = LockRule.State

LOCK_RULE_STEPS = {
    "publish": Step(frozenset({State.DRAFT}), State.PUBLISHED, set_locks_denial, _("Công bố")),
    "withdraw": Step(frozenset({State.PUBLISHED}), State.WITHDRAWN, set_locks_denial, _("Thu hồi")),
}

Correction = CorrectionRequest.State

CORRECTION_STEPS = {
    "submit": Step(
        CorrectionRequest.IN_HAND,
        Correction.SUBMITTED,
        send_correction_denial,
        _("Gửi đề nghị"),
    ),
    "edit": Step(
        frozenset({Correction.SUBMITTED, Correction.APPROVED}), Correction.DRAFT, own_correction_denial, _("Sửa lại")
    ),
    "withdraw": Step(
        CorrectionRequest.IN_HAND | {Correction.SUBMITTED},
        Correction.WITHDRAWN,
        own_correction_denial,
        _("Rút đề nghị"),
    ),
    "approve": Step(frozenset({Correction.SUBMITTED}), Correction.APPROVED, decide_correction_denial, _("Duyệt")),
    "return": Step(
        frozenset({Correction.SUBMITTED}), Correction.RETURNED, decide_correction_denial, _("Trả lại để bổ sung")
    ),
    "reject": Step(frozenset({Correction.SUBMITTED}), Correction.REJECTED, decide_correction_denial, _("Không duyệt")),
    "apply": Step(
        frozenset({Correction.APPROVED}), Correction.APPLIED, apply_correction_denial, _("Ghi nhận điều chỉnh")
    ),
}
