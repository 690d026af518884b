"""Everyone reads their own inbox, and nobody another's."""

from django.db.models import QuerySet

from accounts.models import User
from messaging.models import Notification


def visible_notifications(user: User) -> QuerySet[Notification]:
    return Notification.objects.filter(recipient=user)
