"""Doorbells of the grade book."""

from celery import shared_task

from gradebook import services
from gradebook.services.watch import start_alarm, start_nightly_verification
from schoolops.lib.clock import db_now


@shared_task(name="gradebook.tasks.remind_of_closing_columns")
def remind_of_closing_columns() -> None:
    services.start_reminders(at=db_now())


@shared_task(name="gradebook.tasks.verify_ledger")
def verify_ledger() -> None:
    start_nightly_verification(at=db_now())


@shared_task(name="gradebook.tasks.watch_checkpoints")
def watch_checkpoints() -> None:
    start_alarm(at=db_now())


@shared_task(name="gradebook.tasks.remind_of_waiting_corrections")
def remind_of_waiting_corrections() -> None:
    services.start_waiting_reminders(at=db_now())


@shared_task(name="gradebook.tasks.send_digests")
def send_digests() -> None:
    services.start_digests(at=db_now())
