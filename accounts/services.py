"""What changes in accounts: grants, delegations, incidents."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Decision, Delegation, Grant, Incident, User
from accounts.workflow import INCIDENT_STEPS
from schoolops.lib import outbox
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import TransitionDenied, perform


@transaction.atomic
def give_grant(*, grant: Grant, by: User) -> Grant:
    """Save a new grant given by `by`. Raises TransitionDenied with the reason when they may not give it."""
    if reason := permissions.grant_denial(by, grant):
        raise TransitionDenied(reason)
    grant.granted_by = by
    grant._history_user = by  # type: ignore[attr-defined]
    grant.full_clean()
    grant.save()
    return grant


@transaction.atomic
def confirm_grant(*, grant: Grant, by: User) -> Grant:
    """The principal puts a leadership grant into force."""
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if reason := permissions.confirm_grant_denial(by, locked):
        raise TransitionDenied(reason)
    if not locked.needs_confirmation:
        raise TransitionDenied(_("Quyền này đã được xác nhận."))
    locked.confirmed_by, locked.confirmed_at = by, db_now()
    locked._history_user = by  # type: ignore[attr-defined]
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    return locked


@transaction.atomic
def revoke_grant(*, grant: Grant, by: User) -> bool:
    """End a grant now; says whether it was in force. Raises TransitionDenied when `by` may not."""
    if reason := permissions.revoke_grant_denial(by, grant):
        raise TransitionDenied(reason)
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if locked.revoked_at is not None:
        return False
    locked.revoked_by, locked.revoked_at = by, db_now()
    locked._history_user = by  # type: ignore[attr-defined]
    locked.save(update_fields=["revoked_by", "revoked_at"])
    return True


@transaction.atomic
def give_delegation(*, delegation: Delegation, decision: Decision, by: User) -> Delegation:
    """Put a delegation of `by` into force from its beginning on; the delegate is told.

    `decision` is new or known: one with the same number and day is taken. Raises TransitionDenied with the reason,
    ValidationError by field.
    """
    known = Decision.objects.filter(number=decision.number, issued_on=decision.issued_on).first()
    delegation.giver = by
    if reason := permissions.give_delegation_denial(by, delegation):
        raise TransitionDenied(reason)
    if not permissions.delegates(by).filter(pk=delegation.person_id).exists():
        raise TransitionDenied(_("Người này không còn làm việc ở trường hoặc chưa có số định danh cá nhân."))
    if known is None:
        decision._history_user = by  # type: ignore[attr-defined]
        decision.full_clean()
        decision.save()
    delegation.decision = known or decision
    if delegation.ends_at <= db_now():
        raise ValidationError({"ends_at": _("Giờ kết thúc đã qua.")})
    delegation._history_user = by  # type: ignore[attr-defined]
    delegation.full_clean()
    delegation.save()
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


@transaction.atomic
def report_incident(*, text: str, page: str, device: str, by: User) -> Incident:
    """Write the report down and tell those who follow incidents."""
    incident = Incident(reported_by=by, text=text, page=page[:300], device=device[:300])
    incident.full_clean()
    incident.save()
    outbox.notify(
        permissions.handlers_of(incident).exclude(pk=by.pk),
        "incident.reported",
        {"number": incident.pk, "page": incident.page},
        url=reverse("accounts:incident_detail", args=[incident.pk]),
    )
    return incident


def take_incident(*, incident: Incident, by: User, comment: str = "") -> Incident:
    """IT staff take the incident; also one that came back after it was closed."""
    with perform(INCIDENT_STEPS, "take", incident, by=by, comment=comment) as taken:
        taken.handler, taken.resolved_at = by, None
        _tell_reporter(taken, "incident.taken")
    return taken


def resolve_incident(*, incident: Incident, by: User, comment: str) -> Incident:
    """Close the incident with a word on what was done; the reporter is told."""
    with perform(INCIDENT_STEPS, "resolve", incident, by=by, comment=comment) as resolved:
        resolved.resolved_at = db_now()
        _tell_reporter(resolved, "incident.resolved")
    return resolved


def _tell_reporter(incident: Incident, kind: str) -> None:
    outbox.notify(
        [incident.reported_by],
        kind,
        {"number": incident.pk},
        url=reverse("accounts:incident_detail", args=[incident.pk]),
    )
