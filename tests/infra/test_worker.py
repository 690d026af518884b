"""A real worker on a real broker: bells that ring, bells that are lost, and a worker that is killed at its work."""

import os
import re
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone

from gradebook import services as gradebook_services
from gradebook.models import LockRule, ScoreColumn
from messaging.models import Notification
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now
from schoolops.lib.models import Heartbeat, JobItem, OutboxMessage
from tests.support import build_school, committed_database, superuser, until, waiting_for_locks

ROOT = Path(__file__).resolve().parents[2]
BROKER = re.sub(r"/\d+$", "/7", os.environ.get("SCHOOLOPS_TEST_REDIS_URL", ""))  # 8 and 9 are test_compose's
WORKER = ["celery", "-A", "schoolops", "worker", "--pool", "solo", "--loglevel", "INFO", "--without-mingle"]


@pytest.fixture
def broker():
    with redis.Redis.from_url(BROKER) as server:
        server.flushdb()
        yield server
        server.flushdb()


@pytest.fixture
def bell(broker, monkeypatch):
    """The bell of this process rings at the broker of these tests."""
    app = Celery("bell", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = BROKER
    monkeypatch.setattr(outbox, "current_app", app)
    return outbox.ring


@pytest.fixture
def database(django_db_setup, django_db_blocker, worker_name):
    name = f"schoolops_test_{worker_name}_worker"
    with committed_database(name, django_db_blocker):
        yield name


@pytest.fixture
def worker(database, tmp_path):
    """Starts a worker: entered when it is ready, killed at the end if it still lives."""
    env = os.environ | {"SCHOOLOPS_DB_NAME": database, "SCHOOLOPS_BROKER_URL": BROKER}
    assert env["SCHOOLOPS_DB_USER"] == "schoolops_app"

    @contextmanager
    def start(name):
        log = tmp_path / name
        command = [sys.executable, "-m", *WORKER, "--hostname", f"{name}@localhost"]
        with (
            log.open("w") as output,
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output) as made,
        ):
            try:
                until(lambda: "ready." in log.read_text() or made.poll() is not None, seconds=30)
                assert made.poll() is None, log.read_text()
                yield made
            except AssertionError:
                print(log.read_text())
                raise
            finally:
                made.kill()

    return start


def tell(user):
    with transaction.atomic():
        outbox.notify([user], "incident.taken", {"number": 1})
    return OutboxMessage.objects.latest("pk")


def reached(user):
    return sorted(Notification.objects.filter(recipient=user).values_list("message_id", flat=True))


def test_bells_are_heard_and_lost_bells_are_swept(broker, bell, database, worker):
    teacher = build_school().cast.teacher
    lost = tell(teacher)
    assert broker.llen("celery") == 1
    broker.flushdb()
    with worker("sweeping"):
        heard = tell(teacher)
        until(lambda: reached(teacher) == [heard.pk])
        lost.refresh_from_db()
        assert lost.delivered_at is None
        bell("messaging.tasks.sweep_outbox")
        until(lambda: reached(teacher) == [lost.pk, heard.pk])
    assert not OutboxMessage.objects.filter(delivered_at__isnull=True).exists()


def column_that_closes(school):
    """A column of 7A1 in maths that closes in two days, and whose scores are missing."""
    cast = school.cast
    gradebook_services.open_gradebooks(
        class_subjects=[school.class_subjects["TOAN 7A1"]], term=school.term, by=cast.it_staff
    )
    rule = LockRule(term=school.term, kind="GK", closes_at=timezone.now() + timedelta(days=2))
    draft = gradebook_services.draft_rule(rule=rule, by=cast.vice_principal)
    gradebook_services.publish_rules(rules=[draft], by=cast.vice_principal)
    return ScoreColumn.objects.get(kind="GK")


def test_work_of_a_killed_worker_is_finished_once_by_the_next(broker, bell, database, worker):
    """The item's work blocks on a table that this test holds; then the worker gets no chance to say goodbye."""
    school = build_school()
    column = column_that_closes(school)
    broker.flushdb()
    with closing(superuser(database)) as holder, holder.cursor() as cursor:
        with worker("killed") as first:
            cursor.execute("BEGIN; LOCK TABLE lib_outboxmessage IN SHARE MODE")
            item = gradebook_services.start_reminders(at=db_now()).items.get()
            until(waiting_for_locks)
            first.kill()
            first.wait()
        cursor.execute("ROLLBACK")
    item.refresh_from_db()
    assert item.payload == {"column": column.pk}
    assert (item.state, item.attempts) == (JobItem.State.RUNNING, 1)
    assert jobs.sweep() == 0

    with worker("next"):
        bell(jobs.RUN_TASK, item.pk)
        bell("schoolops.lib.tasks.heartbeat")
        until(Heartbeat.objects.exists)
        item.refresh_from_db()
        assert (item.state, item.attempts) == (JobItem.State.RUNNING, 1), "a lease is not taken from the living"

        JobItem.objects.filter(pk=item.pk).update(lease_until=db_now() - timedelta(seconds=1))
        Heartbeat.objects.all().delete()
        bell("schoolops.lib.tasks.sweep_jobs")
        bell("schoolops.lib.tasks.sweep_jobs")
        until(lambda: JobItem.objects.filter(pk=item.pk, state=JobItem.State.DONE).exists())
        bell("schoolops.lib.tasks.heartbeat")
        until(Heartbeat.objects.exists)
        message = OutboxMessage.objects.get(kind="locks.closing")
        until(lambda: reached(school.cast.teacher) == [message.pk])
    item.refresh_from_db()
    assert (item.state, item.attempts, item.error) == (JobItem.State.DONE, 2, "")
    assert connection.settings_dict["NAME"] == database
