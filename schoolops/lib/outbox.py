"""Telling people: a row in the caller's transaction, a ring of the bell on commit. A lost ring is found by the sweeper."""

import logging
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

from schoolops.lib.models import OutboxMessage

log = logging.getLogger(__name__)
DELIVER_TASK = "messaging.tasks.deliver_outbox_message"


def notify(recipients: Iterable[Any], kind: str, context: dict[str, Any] | None = None, *, url: str = "") -> None:
    """Queue the message `kind` for these users; the caller must be in a transaction. Nobody to tell: nothing is written.

    `context` holds plain values (ids, numbers, ISO moments) for the text of that kind; `url` is where it leads.
    """
    ids = sorted({user.pk for user in recipients})
    if not ids:
        return
    message = OutboxMessage.objects.create(kind=kind, recipients=ids, context=context or {}, url=url)
    transaction.on_commit(lambda: ring(DELIVER_TASK, message.pk))


def ring(task: str, *args: Any) -> bool:
    """Send a task by name; False when the broker is dead: that never fails a request, the row waits for the sweeper."""
    try:
        current_app.send_task(task, args=args, retry=False, ignore_result=True)
    except (KombuError, OSError) as error:
        log.warning("broker not reached, %s waits for the sweeper: %s", task, type(error).__name__)
        return False
    return True
