"""Accounts: closed, never erased (A8)."""

from django.db import transaction

from accounts import permissions
from accounts.models import User
from schoolops.lib.workflow import TransitionDenied


@transaction.atomic
def close_account(*, person: User, by: User) -> User:
    """Let nobody in with this account any more. Raises TransitionDenied with the reason when `by` may not."""
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if reason := permissions.close_account_denial(by, locked):
        raise TransitionDenied(reason)
    locked.is_active = False
    locked._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    locked.save(update_fields=["is_active"])
    return locked
