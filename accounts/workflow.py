"""The process of an incident."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Incident
from accounts.permissions import handle_incident_denial
from schoolops.lib.workflow import Step

State = Incident.State

INCIDENT_STEPS = {
    "take": Step(frozenset({State.NEW, State.RESOLVED}), State.IN_PROGRESS, handle_incident_denial, _("Nhận xử lý")),
    "resolve": Step(frozenset({State.IN_PROGRESS}), State.RESOLVED, handle_incident_denial, _("Báo đã xong")),
}
