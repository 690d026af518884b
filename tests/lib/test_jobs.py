"""Work under a lease: every item is done once, tried five times at most, and found again when a bell or a worker is lost."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now
from schoolops.lib.models import MAX_ATTEMPTS, Heartbeat, Job, JobItem

pytestmark = pytest.mark.django_db
KIND = "test.work"
State = JobItem.State


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The ids of the items that were rung for."""
    ids = []

    def ring(task, item_id):
        assert task == "schoolops.lib.tasks.run_item"
        ids.append(item_id)
        return True

    monkeypatch.setattr(outbox, "ring", ring)
    return ids


@pytest.fixture(autouse=True)
def handled(monkeypatch):
    """The keys of the items that the handler was given; `work` replaces the handler."""
    keys = []
    monkeypatch.setitem(jobs._handlers, KIND, lambda item: keys.append(item.key))
    return keys


@pytest.fixture
def item():
    return jobs.start(KIND, [("a", {"number": 7})]).items.get()


def work(function):
    jobs.handler(KIND)(function)


def leave_a_trace(name="trace"):
    Heartbeat.objects.create(name=name, seen_at=db_now())


def fail(item):
    leave_a_trace()
    raise ValueError("máy in hết giấy")


def change(item, **fields):
    JobItem.objects.filter(pk=item.pk).update(**fields)
    item.refresh_from_db()


def take(item, *, ends_in=60, **fields):
    """As if a worker held the item, with a lease that ends in so many seconds."""
    lease = {"lease_token": uuid.uuid4(), "lease_until": db_now() + timedelta(seconds=ends_in)}
    change(item, **{"state": State.RUNNING, "attempts": 1} | lease | fields)


# --- start --------------------------------------------------------------------------------------
def test_starts_once_per_kind_and_period(rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = jobs.start(KIND, [("a", {}), ("b", {})], period="2026-11-21")
        assert jobs.start(KIND, [("c", {})], period="2026-11-21") is None
        assert not rung
    assert sorted(rung) == sorted(first.items.values_list("pk", flat=True))
    assert sorted(first.items.values_list("key", flat=True)) == ["a", "b"]
    assert jobs.start(KIND, [], period="2026-11-22")
    assert jobs.start("test.other", [], period="2026-11-21")


def test_without_a_period_it_starts_as_often_as_asked(cast):
    started = [jobs.start(KIND, [("a", {})], by=cast.it_staff) for _ in range(2)]
    assert Job.objects.filter(kind=KIND, requested_by=cast.it_staff).count() == len(started)


def test_an_item_given_twice_starts_nothing():
    with pytest.raises(IntegrityError, match="job_item_once"):
        jobs.start(KIND, [("a", {}), ("a", {})], period="2026-11-21")
    assert not Job.objects.exists()


def test_a_start_that_is_rolled_back_rings_for_nothing(rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        jobs.start(KIND, [("a", {})], period="2026-11-21")
        transaction.set_rollback(True)
    assert not rung
    assert not Job.objects.exists()


# --- run ----------------------------------------------------------------------------------------
def test_done_is_done_once(item, handled):
    jobs.run(item.pk)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert handled == ["a"]
    assert (item.state, item.attempts, item.error, item.lease_token) == (State.DONE, 1, "", None)
    assert item.finished_at is not None


def test_handler_sees_payload_and_lease(item):
    seen = []
    work(lambda given: seen.append((given.payload, given.state, given.lease_until - db_now(), given.job.kind)))
    jobs.run(item.pk)
    ((payload, state, left, kind),) = seen
    assert (payload, state, kind) == ({"number": 7}, State.RUNNING, KIND)
    assert timedelta(minutes=1) < left <= jobs.LEASE


def test_error_is_kept_counted_and_its_work_rolled_back(item):
    work(fail)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts, item.error) == (State.WAITING, 1, "ValueError: máy in hết giấy")
    assert not Heartbeat.objects.exists()


def test_success_after_an_error_forgets_the_error(item, handled):
    change(item, attempts=3, error="ValueError: máy in hết giấy")
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts, item.error) == (State.DONE, 4, "")


def test_fifth_error_closes_the_item_and_is_raised(item, handled):
    good_handler = jobs._handlers[KIND]
    work(fail)
    for _ in range(MAX_ATTEMPTS - 1):
        jobs.run(item.pk)
    with pytest.raises(ValueError, match="hết giấy"):
        jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts, item.error) == (State.FAILED, 5, "ValueError: máy in hết giấy")
    assert item.finished_at is not None
    assert not Heartbeat.objects.exists()
    work(good_handler)
    jobs.run(item.pk)
    assert not handled


def fail_at_length(item):
    raise ValueError("x" * 5000)


def test_long_error_is_cut(item):
    work(fail_at_length)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert len(item.error) == 2000


def test_a_kind_without_handler_is_an_error_of_the_item():
    item = jobs.start("test.unknown", [("a", {})]).items.get()
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.error) == (State.WAITING, "KeyError: 'test.unknown'")


def test_second_runner_finds_the_item_taken(item):
    calls = []

    def ring_twice(given):
        calls.append(given.key)
        if len(calls) == 1:
            jobs.run(given.pk)

    work(ring_twice)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (calls, item.state, item.attempts) == (["a"], State.DONE, 1)


def test_an_unknown_item_is_nobodys_work(handled):
    jobs.run(0)
    assert not handled


def lose_lease(item):
    leave_a_trace()
    JobItem.objects.filter(pk=item.pk).update(lease_token=uuid.uuid4())


def test_lost_lease_rolls_the_work_back(item):
    work(lose_lease)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts, item.finished_at) == (State.RUNNING, 1, None)
    assert not Heartbeat.objects.exists()


@pytest.mark.parametrize(
    ("ends_in", "attempts", "outcome"),
    [
        (60, 1, (State.RUNNING, 1)),
        (-1, 1, (State.DONE, 2)),
        (-1, MAX_ATTEMPTS - 1, (State.DONE, MAX_ATTEMPTS)),
        (-1, MAX_ATTEMPTS, (State.RUNNING, MAX_ATTEMPTS)),
    ],
)
def test_only_an_expired_lease_with_a_try_left_is_taken_again(item, handled, ends_in, attempts, outcome):
    take(item, ends_in=ends_in, attempts=attempts)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.attempts) == outcome
    assert bool(handled) is (item.state == State.DONE)


def test_error_after_the_lease_was_lost_is_nobodys_news(item, monkeypatch):
    """What another worker holds now is not ours to write on."""
    close = jobs._close

    def taken_meanwhile(given, state, **rest):
        JobItem.objects.filter(pk=given.pk).update(lease_token=uuid.uuid4())
        close(given, state, **rest)

    work(fail)
    monkeypatch.setattr(jobs, "_close", taken_meanwhile)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.error) == (State.RUNNING, "")


def fail_on_a_zero_byte(item):
    raise ValueError("Nguyễn\0An")


def test_error_that_the_database_cannot_hold_is_kept_without_it(item):
    work(fail_on_a_zero_byte)
    jobs.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.error) == (State.WAITING, "ValueError: NguyễnAn")


def test_dead_broker_is_asked_once_per_job(monkeypatch, django_capture_on_commit_callbacks):
    asked = []
    monkeypatch.setattr(outbox, "ring", lambda *call: bool(asked.append(call)))
    with django_capture_on_commit_callbacks(execute=True):
        jobs.start(KIND, [(str(number), {}) for number in range(5)])
    assert len(asked) == 1


# --- sweep --------------------------------------------------------------------------------------
def test_sweep_rings_for_waiting_and_expired_items_only(rung):
    keys = ["waiting", "held", "expired", "done", "failed"]
    job = jobs.start(KIND, [(key, {}) for key in keys])
    items = {item.key: item for item in job.items.all()}
    take(items["held"])
    take(items["expired"], ends_in=-1, attempts=MAX_ATTEMPTS - 1)
    change(items["done"], state=State.DONE, finished_at=db_now())
    change(items["failed"], state=State.FAILED, finished_at=db_now())
    assert jobs.sweep() == 2
    assert sorted(rung) == sorted([items["waiting"].pk, items["expired"].pk])
    items["expired"].refresh_from_db()
    assert items["expired"].state == State.RUNNING


def test_sweep_closes_what_used_up_its_tries(item, rung):
    take(item, ends_in=-1, attempts=MAX_ATTEMPTS)
    assert jobs.sweep() == 0
    item.refresh_from_db()
    assert (item.state, item.error, item.lease_token) == (State.FAILED, "lease ran out", None)
    assert item.finished_at is not None
    assert not rung


def test_sweep_leaves_the_last_try_of_a_living_worker(item, rung):
    take(item, ends_in=60, attempts=MAX_ATTEMPTS)
    assert jobs.sweep() == 0
    item.refresh_from_db()
    assert item.state == State.RUNNING


# --- progress -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("states", "counts", "finished"),
    [
        ("", (0, 0, 0), True),
        ("w", (1, 0, 0), False),
        ("wrdf", (4, 1, 1), False),
        ("ddf", (3, 2, 1), True),
    ],
)
def test_progress_is_counted(states, counts, finished):
    job = jobs.start(KIND, [(str(number), {}) for number in range(len(states))])
    jobs.start(KIND, [("of another job", {})])
    for item, state in zip(job.items.order_by("key"), states, strict=True):
        if state == "r":
            take(item)
        elif state in "df":
            change(item, state={"d": State.DONE, "f": State.FAILED}[state], finished_at=db_now())
    progress = jobs.progress(job)
    assert (progress.total, progress.done, progress.failed) == counts
    assert progress.is_finished is finished


# --- half states --------------------------------------------------------------------------------
LEASE = {"lease_token": uuid.uuid4(), "lease_until": "2026-11-21T00:00Z"}
FINISHED = {"finished_at": "2026-11-21T00:00Z"}


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "running"}, "job_item_lease_while_running"),
        ({"state": "running", "lease_token": LEASE["lease_token"]}, "job_item_lease_while_running"),
        ({"state": "running", "lease_until": LEASE["lease_until"]}, "job_item_lease_while_running"),
        ({"state": "waiting"} | LEASE, "job_item_lease_while_running"),
        ({"state": "done"} | FINISHED | LEASE, "job_item_lease_while_running"),
        ({"state": "failed"} | FINISHED | LEASE, "job_item_lease_while_running"),
        ({"state": "done"}, "job_item_finished_when_closed"),
        ({"state": "failed"}, "job_item_finished_when_closed"),
        ({"state": "waiting"} | FINISHED, "job_item_finished_when_closed"),
        ({"state": "running"} | LEASE | FINISHED, "job_item_finished_when_closed"),
        ({"state": "lost"} | LEASE, "job_item_lease_while_running"),
        ({"attempts": MAX_ATTEMPTS + 1}, "job_item_attempts_limited"),
    ],
)
def test_half_states_are_refused(item, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        change(item, **fields)


def test_one_job_per_period_also_in_the_database():
    Job.objects.create(kind=KIND, period="2026-11-21")
    with pytest.raises(IntegrityError, match="job_once_per_period"):
        Job.objects.create(kind=KIND, period="2026-11-21")
