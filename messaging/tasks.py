"""Doorbells of the outbox."""

from celery import shared_task

from messaging import services


@shared_task(name="messaging.tasks.deliver_outbox_message")
def deliver_outbox_message(message_id: int) -> None:
    services.deliver(message_id=message_id)


@shared_task(name="messaging.tasks.sweep_outbox")
def sweep_outbox() -> None:
    for message_id in services.undelivered():
        services.deliver(message_id=message_id)
