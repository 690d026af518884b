"""Doorbells of the grade book."""

from celery import shared_task

from gradebook import services
from schoolops.lib.clock import db_now


@shared_task(name="gradebook.tasks.remind_of_closing_columns")
def remind_of_closing_columns() -> None:
    services.start_reminders(at=db_now())
