"""What slips of staff and of parents have in common: a code on paper that lets one person in, once."""

from typing import Any, TypeVar

from accounts.models import OneTimeCode
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import TransitionDenied

T = TypeVar("T", bound=OneTimeCode)


def take(slip: T, *, gone: str) -> T:
    """The slip, used from now on; two who use it at once are one after the other, and the second is refused.

    The caller is in a transaction. Raises TransitionDenied with the words `gone` when it was used, revoked or expired.
    """
    now = db_now()
    slips: Any = type(slip).objects
    taken: T | None = slips.select_for_update(of=("self",)).usable(now).filter(pk=slip.pk).first()
    if taken is None:
        raise TransitionDenied(gone)
    taken.used_at = now
    taken.save(update_fields=["used_at"])
    return taken
