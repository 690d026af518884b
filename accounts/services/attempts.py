"""Keeping what was refused (A8)."""

from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.backends import acting_delegation
from accounts.models import DeniedAttempt, User
from schoolops.lib.clock import db_now, local_day

# Whoever tries addresses by the thousand fills no table: the first of a day are enough to see it.
MOST_A_DAY = 200


@transaction.atomic
def record_denied(*, person: User, method: str, path: str, reason: str) -> None:
    """One more refusal of this person at this address today."""
    now = db_now()
    key: dict[str, Any] = {"person": person, "day": local_day(now), "method": method[:7], "path": path[:300]}
    if DeniedAttempt.objects.filter(**key).update(times=F("times") + 1, last_at=now, reason=reason[:300]):
        return
    if DeniedAttempt.objects.filter(person=person, day=key["day"]).count() >= MOST_A_DAY:
        return
    acting = acting_delegation(person)
    DeniedAttempt.objects.get_or_create(
        **key, defaults={"reason": reason[:300], "last_at": now, "on_behalf_of": acting.giver if acting else None}
    )
