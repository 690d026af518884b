"""Petitions about a name, a birth date or a sex: asked, decided by another person, written under both names (G7)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import IdentityChange, Student
from registry.models.identity import IDENTITY
from registry.workflow import IDENTITY_STEPS
from schoolops.lib import outbox
from schoolops.lib.clock import db_now
from schoolops.lib.history import keep
from schoolops.lib.workflow import TransitionDenied, perform


@transaction.atomic
def ask_identity_change(
    *, student: Student, values: dict[str, Any], reason: str, paper: str, by: User
) -> IdentityChange:
    """Send a petition with the record as it shall be (`values` of IDENTITY); leaders are told.

    Raises PermissionDenied, or TransitionDenied when nothing would change or another petition about the pupil waits.
    """
    locked = Student.objects.select_for_update(of=("self",)).get(pk=student.pk)
    if denied := permissions.ask_identity_denial(by, locked):
        raise PermissionDenied(denied)
    if all(values[name] == getattr(locked, name) for name in IDENTITY):
        raise TransitionDenied(_("Chưa có gì khác với hồ sơ."))
    if locked.identity_changes.filter(state=IdentityChange.State.WAITING).exists():
        raise TransitionDenied(_("Em này đang có một đề nghị sửa thông tin chờ duyệt."))
    was = {f"was_{name}": getattr(locked, name) for name in IDENTITY}
    change = IdentityChange(student=locked, reason=reason, paper=paper, requested_by=by, **values, **was)
    change.full_clean()
    change.save()
    _tell(permissions.deciders_of_identity().exclude(pk=by.pk), "identity.asked", change)
    return change


def approve_identity_change(*, change: IdentityChange, by: User, comment: str = "") -> IdentityChange:
    """Write it into the record. Raises TransitionDenied with the reason, also when the record has changed since."""
    with perform(IDENTITY_STEPS, "approve", change, by=by, comment=comment) as decided:
        student = Student.objects.select_for_update(of=("self",)).get(pk=decided.student_id)
        if any(getattr(student, name) != getattr(decided, f"was_{name}") for name in IDENTITY):
            raise TransitionDenied(
                _("Hồ sơ của em đã đổi từ khi đề nghị được gửi. Không duyệt, rồi đề nghị lại nếu vẫn cần.")
            )
        for name in decided.fields:
            setattr(student, name, getattr(decided, name))
        keep(student, by, _("Đề nghị sửa thông tin %(change)s") % {"change": decided})
        _decide(decided, by)
    return decided


def refuse_identity_change(*, change: IdentityChange, by: User, comment: str) -> IdentityChange:
    """The record stays. Raises TransitionDenied with the reason."""
    with perform(IDENTITY_STEPS, "refuse", change, by=by, comment=comment) as decided:
        _decide(decided, by)
    return decided


def withdraw_identity_change(*, change: IdentityChange, by: User, comment: str = "") -> IdentityChange:
    """Who asked takes it back. Raises TransitionDenied with the reason."""
    with perform(IDENTITY_STEPS, "withdraw", change, by=by, comment=comment) as withdrawn:
        pass
    return withdrawn


def _decide(change: IdentityChange, by: User) -> None:
    change.decided_by, change.decided_at = by, db_now()
    _tell(User.objects.filter(pk=change.requested_by_id), f"identity.{change.state}", change)


def _tell(people: Any, kind: str, change: IdentityChange) -> None:
    context = {"number": change.pk, "who": change.requested_by.get_short_name()}
    outbox.notify(people, kind, context, url=reverse("registry:identity_detail", args=[change.pk]))
