"""Delegations: given, ended (A5)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Decision, Delegation, User
from accounts.services.decisions import known_or_new
from schoolops.lib import outbox
from schoolops.lib.clock import db_now
from schoolops.lib.history import keep
from schoolops.lib.workflow import TransitionDenied


@transaction.atomic
def give_delegation(*, delegation: Delegation, decision: Decision, by: User) -> Delegation:
    """Put a delegation of `by` into force from its beginning on; the delegate is told.

    `decision` is new or known: one with the same number and day is taken. Raises TransitionDenied with the reason,
    ValidationError by field.
    """
    delegation.giver = by
    if reason := permissions.give_delegation_denial(by, delegation):
        raise TransitionDenied(reason)
    if not permissions.delegates(by).filter(pk=delegation.person_id).exists():
        raise TransitionDenied(
            _("Người này không còn làm việc ở trường, chưa có số định danh cá nhân, hoặc đang quản trị hệ thống.")
        )
    delegation.decision = known_or_new(decision, by)
    if delegation.ends_at <= db_now():
        raise ValidationError({"ends_at": _("Giờ kết thúc đã qua.")})
    keep(delegation, by)
    outbox.notify(
        [delegation.person],
        "delegation.given",
        {
            "who": by.get_short_name(),
            "duties": ", ".join(delegation.duty_labels),
            "starts_at": delegation.starts_at.isoformat(),
            "until": delegation.ends_at.isoformat(),
        },
        url=reverse("accounts:delegation_list"),
    )
    return delegation


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User) -> Delegation:
    """End it before its time. Raises TransitionDenied when it has ended already or `by` may not."""
    locked = Delegation.objects.select_for_update(of=("self",)).select_related("giver", "person").get(pk=delegation.pk)
    if reason := permissions.end_delegation_denial(by, locked):
        raise TransitionDenied(reason)
    now = db_now()
    if locked.ended_at is not None or locked.ends_at <= now:
        raise TransitionDenied(_("Ủy quyền này đã kết thúc."))
    locked.ended_by, locked.ended_at = by, now
    locked._history_user = by  # type: ignore[attr-defined]
    locked.save(update_fields=["ended_by", "ended_at"])
    outbox.notify(
        {locked.person, locked.giver} - {by},
        "delegation.ended",
        {"who": locked.giver.get_short_name(), "person": locked.person.get_short_name()},
        url=reverse("accounts:delegation_list"),
    )
    return locked
