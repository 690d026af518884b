"""The inbox of the portal: always there, whatever other channels a person has."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schoolops.lib.models import OutboxMessage


class Notification(models.Model):
    """One message for one person, made once from a row of the outbox."""

    message = models.ForeignKey(OutboxMessage, models.PROTECT, related_name="notifications")
    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # The words, put there by whoever shows the row (messaging.texts).
    text: str

    class Meta:
        verbose_name = _("thông báo")
        verbose_name_plural = _("thông báo")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["message", "recipient"], name="notification_once")]
        indexes = [
            models.Index(fields=["recipient"], condition=models.Q(read_at__isnull=True), name="notification_unread_idx")
        ]

    def __str__(self) -> str:
        return f"{self.message_id} → {self.recipient_id}"
