"""Doorbells of the shared machinery. A task takes ids, calls a function, and may run twice."""

from celery import shared_task

from schoolops.lib import jobs
from schoolops.lib.clock import db_now
from schoolops.lib.models import Heartbeat


@shared_task(name="schoolops.lib.tasks.run_item")
def run_item(item_id: int) -> None:
    jobs.run(item_id)


@shared_task(name="schoolops.lib.tasks.sweep_jobs")
def sweep_jobs() -> None:
    jobs.sweep()


@shared_task(name="schoolops.lib.tasks.heartbeat")
def heartbeat() -> None:
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": db_now()})
