"""Telling people: the row is written with the event, the bell rings on commit, and a dead broker stops nobody."""

import socket
import subprocess
import time

import pytest
from celery import Celery
from django.db import transaction

from messaging import services
from messaging.models import Notification
from messaging.tasks import sweep_outbox
from schoolops.lib import outbox
from schoolops.lib.models import OutboxMessage

KIND = "incident.taken"


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr(outbox, "ring", lambda *call: calls.append(call))
    return calls


@pytest.fixture
def broker_at(monkeypatch):
    """The bell of the portal, with all its settings, but wired to this address."""
    made = []

    def connect(url):
        app = Celery("elsewhere", set_as_current=False)
        app.config_from_object("django.conf:settings", namespace="CELERY")
        app.conf.broker_url = url
        made.append(app)
        monkeypatch.setattr(outbox, "current_app", app)

    yield connect
    for app in made:
        app.pool.force_close_all()
        app.close()


@pytest.fixture
def redis_server(tmp_path):
    address = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", address, "--save", "", "--dir", tmp_path]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not address.exists() and process.poll() is None:
            time.sleep(0.02)
        process.address = f"redis+socket://{address}"
        yield process
        process.kill()


def notify(*people):
    outbox.notify(people, KIND, {"number": 1}, url="/incidents/1/")


def test_row_is_written_with_the_event_and_rings_on_commit(cast, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        notify(cast.teacher, cast.parent, cast.teacher)
        message = OutboxMessage.objects.get()
        assert not rung
    assert rung == [("messaging.tasks.deliver_outbox_message", message.pk)]
    assert message.recipients == sorted([cast.teacher.pk, cast.parent.pk])
    assert (message.kind, message.context, message.url) == (KIND, {"number": 1}, "/incidents/1/")
    assert message.delivered_at is None


def test_what_did_not_happen_is_not_told(cast, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        notify(cast.teacher)
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert not rung


def test_nobody_to_tell_writes_nothing(db, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        notify()
    assert not OutboxMessage.objects.exists()
    assert not rung


def test_unreachable_broker_leaves_the_row_to_the_sweeper(cast, broker_at, caplog, django_capture_on_commit_callbacks):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        broker_at(f"redis://127.0.0.1:{closed.getsockname()[1]}/0")
        start = time.monotonic()
        with django_capture_on_commit_callbacks(execute=True):
            notify(cast.teacher)
        assert time.monotonic() - start < 4
    assert "waits for the sweeper" in caplog.text
    (waiting,) = services.undelivered()
    sweep_outbox()
    assert Notification.objects.get(recipient=cast.teacher).message_id == waiting
    assert not services.undelivered()


@pytest.mark.parametrize("silence", ["terminate", "kill"])
def test_broker_that_dies_between_two_bells(broker_at, redis_server, caplog, silence):
    broker_at(redis_server.address)
    outbox.ring("test.nothing", 1)
    assert not caplog.text
    getattr(redis_server, silence)()
    redis_server.wait()
    outbox.ring("test.nothing", 2)
    assert "test.nothing waits for the sweeper" in caplog.text


def test_broker_that_is_full(broker_at, redis_server, caplog):
    """noeviction: a full Redis refuses to write."""
    address = redis_server.address.removeprefix("redis+socket://")
    subprocess.run(["redis-cli", "-s", address, "CONFIG", "SET", "maxmemory", "1"], check=True, capture_output=True)
    broker_at(redis_server.address)
    outbox.ring("test.nothing", 1)
    assert "test.nothing waits for the sweeper" in caplog.text


# --- delivery -----------------------------------------------------------------------------------
def inboxes():
    return sorted(Notification.objects.values_list("recipient_id", flat=True))


def test_sweep_delivers_each_message_to_each_person_once(cast, rung):
    notify(cast.teacher, cast.parent)
    notify(cast.teacher)
    for _ in range(2):
        sweep_outbox()
    assert inboxes() == sorted([cast.teacher.pk, cast.teacher.pk, cast.parent.pk])
    assert not OutboxMessage.objects.filter(delivered_at__isnull=True).exists()


def test_delivery_that_stopped_half_way_is_completed(cast, rung):
    notify(cast.teacher, cast.parent)
    message = OutboxMessage.objects.get()
    Notification.objects.create(message=message, recipient=cast.teacher)
    sweep_outbox()
    assert inboxes() == sorted([cast.teacher.pk, cast.parent.pk])


def test_people_who_left_are_not_told(cast, rung):
    notify(cast.teacher, cast.parent)
    cast.parent.is_active = False
    cast.parent.save(update_fields=["is_active"])
    sweep_outbox()
    assert inboxes() == [cast.teacher.pk]
    assert not services.undelivered()


def test_sweeper_takes_the_oldest_first_and_not_all_at_once(cast, rung):
    for _ in range(3):
        notify(cast.teacher)
    waiting = sorted(OutboxMessage.objects.values_list("pk", flat=True))
    assert services.undelivered(limit=2) == waiting[:2]
    assert services.undelivered() == waiting
