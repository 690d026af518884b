"""Doorbells of accounts."""

from celery import shared_task

from accounts import services
from schoolops.lib.clock import db_now


@shared_task(name="accounts.tasks.remind_of_ending_grants")
def remind_of_ending_grants() -> None:
    services.start_ending_reminders(at=db_now())


@shared_task(name="accounts.tasks.remind_of_passwords")
def remind_of_passwords() -> None:
    services.start_password_reminders(at=db_now())
