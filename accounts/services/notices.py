"""The way into an account is no secret: its holder and the principal read of each change that somebody else made."""

from typing import Any

from django.urls import reverse

from accounts import permissions
from accounts.models import User
from schoolops.lib import outbox


def tell_of_account(kind: str, person: User, **context: Any) -> None:
    """To the person with the way to their own sessions, to the principal with the way to the person's page."""
    context["who"] = person.full_name
    leaders = permissions.people_with("accounts.confirm_grant").exclude(pk=person.pk)
    outbox.notify(User.objects.filter(pk=person.pk), kind, context, url=reverse("accounts:session_list"))
    outbox.notify(leaders, kind, context, url=reverse("power_detail", args=[person.pk]))
