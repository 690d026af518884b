"""Doorbells of the register."""

from celery import shared_task

from registry import services
from schoolops.lib.clock import db_now


@shared_task(name="registry.tasks.remind_of_data_requests")
def remind_of_data_requests() -> None:
    services.start_data_request_reminders(at=db_now())


@shared_task(name="registry.tasks.ask_for_reports")
def ask_for_reports() -> None:
    at = db_now()
    services.plan_current_year(at=at)
    services.start_report_reminders(at=at)
