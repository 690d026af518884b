"""Doorbells of the outbox."""

import logging

from celery import shared_task

from messaging import services

log = logging.getLogger(__name__)


@shared_task(name="messaging.tasks.deliver_outbox_message")
def deliver_outbox_message(message_id: int) -> None:
    services.deliver(message_id=message_id)


@shared_task(name="messaging.tasks.sweep_outbox")
def sweep_outbox() -> None:
    """Deliver what waits, oldest first; one message that cannot be delivered holds back no other."""
    for message_id in services.undelivered():
        try:
            services.deliver(message_id=message_id)
        except Exception:
            log.exception("outbox message %s was not delivered", message_id)
