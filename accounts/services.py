"""What changes in accounts: grants, incidents."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Grant, Incident, User
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
