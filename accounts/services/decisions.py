"""Decisions are written down once, whatever rests on them (A4)."""

from accounts.models import Decision, User
from schoolops.lib.history import keep


def known_or_new(decision: Decision, by: User) -> Decision:
    """The decision on record with this number and day, else this one, saved. Raises ValidationError by field."""
    if decision.pk:
        return decision
    known = Decision.objects.filter(number=decision.number, issued_on=decision.issued_on).first()
    return known or keep(decision, by)
