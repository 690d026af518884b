"""Incidents: reported, taken, resolved (A11)."""

from django.db import transaction
from django.urls import reverse

from accounts import permissions
from accounts.models import Incident, User
from accounts.workflow import INCIDENT_STEPS
from schoolops.lib import outbox
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import perform


@transaction.atomic
def report_incident(*, text: str, page: str, device: str, by: User) -> Incident:
    """Write the report down and tell those who follow incidents; the same words sent again while they wait are the same report."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if again := by.incidents.filter(text=text, page=page[:300], state=Incident.State.NEW).first():
        return again
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
