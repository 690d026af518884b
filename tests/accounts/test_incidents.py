"""An incident is reported by anyone, followed to its end, and told to its reporter (A11)."""

import pytest

from accounts import services
from accounts.models import Incident
from accounts.workflow import INCIDENT_STEPS
from schoolops.lib import outbox
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied, possible

State = Incident.State
PEOPLE = ["teacher", "it_staff", "principal", "stranger"]


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch):
    monkeypatch.setattr(outbox, "ring", lambda *_: None)


@pytest.fixture
def incident(school, cast):
    return services.report_incident(text="Máy chậm", page="/today/", device="điện thoại", by=cast.teacher)


def at_state(incident, state, cast):
    """Walk the services to the state."""
    if state != State.NEW:
        incident = services.take_incident(incident=incident, by=cast.it_staff)
    if state == State.RESOLVED:
        incident = services.resolve_incident(incident=incident, by=cast.it_staff, comment="đã khởi động lại")
    return incident


ALLOWED = {(State.NEW, "take"), (State.RESOLVED, "take"), (State.IN_PROGRESS, "resolve")}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("step", INCIDENT_STEPS)
def test_every_state_person_and_step(incident, cast, state, who, step):
    incident = at_state(incident, state, cast)
    may = who == "it_staff" and (State(state), step) in ALLOWED
    assert (step in possible(INCIDENT_STEPS, getattr(cast, who), incident)) is may
    act = {"take": services.take_incident, "resolve": services.resolve_incident}[step]
    if may:
        moved = act(incident=incident, by=cast.it_staff, comment="xong")
        assert moved.state == INCIDENT_STEPS[step].target
        assert moved.transitions.last().by == cast.it_staff
    else:
        with pytest.raises(TransitionDenied):
            act(incident=incident, by=getattr(cast, who), comment="xong")


def test_report_reaches_it_and_leaders(incident, cast):
    told = OutboxMessage.objects.get(kind="incident.reported").recipients
    assert told == sorted([cast.it_staff.pk, cast.principal.pk, cast.vice_principal.pk])


def test_reporter_is_told_of_each_step(incident, cast):
    at_state(incident, State.RESOLVED, cast)
    kinds = OutboxMessage.objects.filter(recipients=[cast.teacher.pk]).values_list("kind", flat=True)
    assert sorted(kinds) == ["incident.resolved", "incident.taken"]
