"""Who held which office."""

from datetime import datetime

from django.db.models import Q

from accounts.models import Grant, User
from accounts.roles import LEADERSHIP, Role
from schoolops.lib.clock import local_day


def office_of(person: User, at: datetime) -> Role | None:
    """Principal or vice-principal, as this person was at that moment; a grant that ended or was revoked later still counts."""
    day = local_day(at)
    held = Grant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
        person=person,
        role__in=LEADERSHIP,
        valid_from__lte=day,
        confirmed_at__isnull=False,
    )
    roles = set(held.values_list("role", flat=True))
    return next((role for role in (Role.PRINCIPAL, Role.VICE_PRINCIPAL) if role in roles), None)
