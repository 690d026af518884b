"""The one way from state to state: a reason why not, a lock, a row of history; and of two at once only one."""

import threading
from contextlib import closing

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Incident, IncidentTransition
from accounts.workflow import INCIDENT_STEPS
from schoolops.home.management.commands.workflow_docs import PROCESSES
from schoolops.lib import outbox
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import Step, TransitionDenied, denial, diagram, perform, possible
from tests.support import again, build_school, committed_database, superuser, until, waiting_for_locks

State = Incident.State


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch):
    monkeypatch.setattr(outbox, "ring", lambda *_: None)


def reported(by):
    return Incident.objects.create(reported_by=by, text="Máy chậm")


@pytest.fixture
def incident(cast):
    return reported(cast.teacher)


def take(incident, by, **words):
    with perform(INCIDENT_STEPS, "take", incident, by=by, **words) as taken:
        taken.handler = by
        outbox.notify([taken.reported_by], "incident.taken", {"number": taken.pk})
    return taken


def assert_untouched(incident):
    now = Incident.objects.get(pk=incident.pk)
    assert (now.state, now.handler) == (State.NEW, None)
    assert not IncidentTransition.objects.exists()
    assert not OutboxMessage.objects.exists()


# --- perform ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("step", "who", "reason"),
    [
        ("take", "teacher", "Sự cố do quản trị hệ thống xử lý."),
        ("resolve", "it_staff", "“Báo đã xong” không thực hiện được khi đang ở trạng thái “Mới”."),
    ],
)
def test_denied_step_changes_nothing_and_says_why(incident, cast, step, who, reason):
    with (
        pytest.raises(TransitionDenied) as denied,
        perform(INCIDENT_STEPS, step, incident, by=getattr(cast, who)),
    ):
        pytest.fail("the caller's part must not run")
    assert denied.value.reason == reason
    assert denial(INCIDENT_STEPS, step, getattr(cast, who), incident) == reason
    assert_untouched(incident)


def test_step_writes_one_row_of_its_own_history(incident, cast):
    taken = take(incident, cast.it_staff, on_behalf_of=cast.principal, comment="xem ngay")
    assert taken.state == State.IN_PROGRESS
    row = IncidentTransition.objects.get()
    assert (row.incident, row.step, row.from_state, row.to_state) == (incident, "take", "new", "in_progress")
    assert (row.by, row.on_behalf_of, row.comment) == (cast.it_staff, cast.principal, "xem ngay")
    assert row.at is not None


def test_nobody_else_and_no_comment_unless_given(incident, cast):
    take(incident, cast.it_staff)
    row = IncidentTransition.objects.get()
    assert (row.on_behalf_of, row.comment) == (None, "")


def test_check_is_made_on_the_row_not_on_what_the_caller_holds(incident, cast):
    stale = Incident.objects.get(pk=incident.pk)
    take(incident, cast.it_staff)
    assert stale.state == State.NEW
    with pytest.raises(TransitionDenied, match="Đang xử lý"):
        take(stale, cast.it_staff)
    assert IncidentTransition.objects.count() == 1


def test_what_the_caller_holds_is_never_saved(incident, cast):
    incident.text = "chưa lưu"
    take(incident, cast.it_staff)
    assert Incident.objects.get().text == "Máy chậm"


@pytest.mark.parametrize(("text", "error"), [("", ValidationError), (None, ZeroDivisionError)])
def test_step_that_fails_half_way_leaves_nothing(incident, cast, text, error):
    def step():
        with perform(INCIDENT_STEPS, "take", incident, by=cast.it_staff) as taken:
            taken.handler, taken.text = cast.it_staff, text
            outbox.notify([cast.teacher], "incident.taken")
            if text is None:
                raise ZeroDivisionError

    with pytest.raises(error):
        step()
    assert_untouched(incident)


# --- what is possible, and how it is drawn ------------------------------------------------------
def anyone(user, obj):
    """Anyone"""


def nobody(user, obj):
    """Nobody

    at all"""
    return "không ai"


def teacher_only(user, obj):
    return None if user == "teacher" else "chỉ giáo viên"


STEPS = {
    "open": Step(frozenset({"new", "resolved"}), "in_progress", anyone),
    "forbid": Step(frozenset({"new"}), "resolved", nobody),
    "finish": Step(frozenset({"in_progress", "new"}), "resolved", teacher_only),
}


@pytest.mark.parametrize(
    ("state", "user", "names"),
    [
        ("new", "teacher", {"open", "finish"}),
        ("new", "parent", {"open"}),
        ("in_progress", "teacher", {"finish"}),
        ("in_progress", "parent", set()),
        ("resolved", "teacher", {"open"}),
    ],
)
def test_possible_steps(state, user, names):
    assert possible(STEPS, user, Incident(state=state)) == names


def test_step_without_label_is_called_by_its_name():
    assert denial(STEPS, "forbid", "teacher", Incident(state="resolved")).startswith("“forbid” không thực hiện được")


def test_diagram_draws_each_arrow_and_says_who():
    assert diagram("Sự cố", STEPS, dict(State.choices)).splitlines() == [
        "# Sự cố",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    new: Mới",
        "    in_progress: Đang xử lý",
        "    resolved: Đã xong",
        "    new --> in_progress: open",
        "    resolved --> in_progress: open",
        "    new --> resolved: forbid",
        "    in_progress --> resolved: finish",
        "    new --> resolved: finish",
        "```",
        "",
        "| step | from | to | who |",
        "|---|---|---|---|",
        "| `open` | new, resolved | in_progress | Anyone |",
        "| `forbid` | new | resolved | Nobody |",
        "| `finish` | in_progress, new | resolved | teacher_only |",
    ]


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_moves_between_its_own_states_and_says_who(process):
    title, steps, states = PROCESSES[process]
    page = diagram(title, steps, dict(states.choices))
    for name, step in steps.items():
        assert step.sources | {step.target} <= set(states.values)
        assert step.label
        assert step.denial.__doc__, name
        assert page.count(f": {name}\n") == len(step.sources)
        assert f"| `{name}` |" in page


# --- two at once --------------------------------------------------------------------------------
def test_two_at_once_only_one_succeeds(django_db_setup, django_db_blocker, worker_name):
    name = f"schoolops_test_{worker_name}_workflow"
    outcomes = []

    def attempt(incident, user):
        try:
            take(incident, user)
            outcomes.append("taken")
        except TransitionDenied as denied:
            outcomes.append(denied.reason)
        finally:
            connection.close()

    with committed_database(name, django_db_blocker):
        cast = build_school().cast
        incident = reported(cast.teacher)
        people = [again(cast.it_staff), again(cast.it_staff)]
        threads = [threading.Thread(target=attempt, args=[incident, user]) for user in people]
        with closing(superuser(name)) as holder, holder.cursor() as cursor:
            cursor.execute("BEGIN; SELECT 1 FROM accounts_incident FOR UPDATE")
            for thread in threads:
                thread.start()
            until(lambda: waiting_for_locks() == len(threads), seconds=4)
            cursor.execute("ROLLBACK")
        for thread in threads:
            thread.join(10)
        assert sorted(outcomes) == sorted(
            ["taken", "“Nhận xử lý” không thực hiện được khi đang ở trạng thái “Đang xử lý”."]
        )
        assert Incident.objects.get().handler == cast.it_staff
        assert IncidentTransition.objects.count() == 1
        assert OutboxMessage.objects.filter(kind="incident.taken").count() == 1
