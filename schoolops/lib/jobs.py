"""Work that survives: items in the database under a lease; a task takes one, a sweeper finds what a lost bell left."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q

from schoolops.lib import outbox
from schoolops.lib.clock import db_now
from schoolops.lib.models import MAX_ATTEMPTS, Job, JobItem

# No task runs longer than a minute, so a lease of two is never taken from a living worker.
LEASE = timedelta(minutes=2)
RUN_TASK = "schoolops.lib.tasks.run_item"

Handler = Callable[[JobItem], None]
_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does one item of jobs of this kind; it may run twice and must not mind."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def start(kind: str, items: Iterable[tuple[str, dict[str, Any]]], *, by: Any = None, period: str = "") -> Job | None:
    """Create the job with its items (key, payload); None when this period's job exists already."""
    with transaction.atomic():
        if period:
            job, created = Job.objects.get_or_create(kind=kind, period=period, defaults={"requested_by": by})
            if not created:
                return None
        else:
            job = Job.objects.create(kind=kind, requested_by=by)
        rows = JobItem.objects.bulk_create([JobItem(job=job, key=key, payload=payload) for key, payload in items])
        transaction.on_commit(lambda: _ring_all(row.pk for row in rows))
    return job


def _ring_all(item_ids: Iterable[int]) -> None:
    for item_id in item_ids:
        if not outbox.ring(RUN_TASK, item_id):
            return  # each further try would cost the caller seconds; the sweeper finds the rest


@contextmanager
def _lease(item_id: int) -> Iterator[JobItem | None]:
    """The item, if it is free (waiting, or its lease ran out) and has a try left."""
    token = uuid.uuid4()
    now = db_now()
    free = Q(state=JobItem.State.WAITING) | Q(state=JobItem.State.RUNNING, lease_until__lt=now)
    taken = JobItem.objects.filter(free, pk=item_id, attempts__lt=MAX_ATTEMPTS).update(
        state=JobItem.State.RUNNING, lease_token=token, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    yield JobItem.objects.select_related("job").get(pk=item_id, lease_token=token) if taken else None


def run(item_id: int) -> None:
    """Do one item if it is free: done, or back to waiting with the error, or failed after the fifth try."""
    with _lease(item_id) as item:
        if item is None:
            return
        try:
            with transaction.atomic():
                _handlers[item.job.kind](item)
                _close(item, JobItem.State.DONE)
        except LeaseLostError:
            return
        except Exception as error:  # whatever an item's work raises is written down with the item
            last = item.attempts >= MAX_ATTEMPTS
            outcome = JobItem.State.FAILED if last else JobItem.State.WAITING
            with suppress(LeaseLostError):
                _close(item, outcome, error=f"{type(error).__name__}: {error}")
            if last:
                raise


class LeaseLostError(Exception):
    """The lease ran out while the work was done: another worker holds the item, so this outcome is rolled back."""


def _close(item: JobItem, state: JobItem.State, *, error: str = "") -> None:
    """Write the outcome. Raises LeaseLostError when the lease ran out and another worker holds the item now."""
    written = JobItem.objects.filter(pk=item.pk, lease_token=item.lease_token).update(
        state=state,
        lease_token=None,
        lease_until=None,
        error=error.replace("\0", "")[:2000],
        finished_at=None if state == JobItem.State.WAITING else db_now(),
    )
    if not written:
        raise LeaseLostError(str(item))


def sweep() -> int:
    """Ring again for items that wait or whose worker died; close those that used up their tries. Returns how many rang."""
    now = db_now()
    JobItem.objects.filter(state=JobItem.State.RUNNING, lease_until__lt=now, attempts__gte=MAX_ATTEMPTS).update(
        state=JobItem.State.FAILED, lease_token=None, lease_until=None, finished_at=now, error="lease ran out"
    )
    open_items = JobItem.objects.filter(
        Q(state=JobItem.State.WAITING) | Q(state=JobItem.State.RUNNING, lease_until__lt=now)
    ).order_by("pk")[:500]
    _ring_all(item.pk for item in open_items)
    return len(open_items)


@dataclass(frozen=True)
class Progress:
    """Counts of a job's items, never a guessed percentage."""

    total: int
    done: int
    failed: int

    @property
    def is_finished(self) -> bool:
        return self.done + self.failed == self.total


def progress(job: Job) -> Progress:
    """The job's progress, counted from its items."""
    counts = job.items.aggregate(
        total=Count("id"), done=Count("id", filter=Q(state="done")), failed=Count("id", filter=Q(state="failed"))
    )
    return Progress(**counts)
