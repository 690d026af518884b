"""From the outbox to the inbox."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from messaging.models import Notification
from schoolops.lib.clock import db_now
from schoolops.lib.models import OutboxMessage


@transaction.atomic
def deliver(*, message_id: int) -> None:
    """Put the message into each recipient's inbox, once, however often it is called."""
    message = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.delivered_at is not None:
        return
    people = User.objects.filter(pk__in=message.recipients, is_active=True).values_list("pk", flat=True)
    Notification.objects.bulk_create(
        [Notification(message=message, recipient_id=pk) for pk in people], ignore_conflicts=True
    )
    message.delivered_at = db_now()
    message.save(update_fields=["delivered_at"])


def undelivered(limit: int = 200) -> list[int]:
    """Rows that wait: their bell was lost, or their worker died."""
    waiting = OutboxMessage.objects.filter(delivered_at__isnull=True).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:limit])


def mark_read(*, recipient: User, notification_id: int | None = None) -> int:
    """Mark one message, or all of them, as read by its recipient; returns how many changed."""
    unread = Notification.objects.filter(recipient=recipient, read_at__isnull=True)
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=timezone.now())
