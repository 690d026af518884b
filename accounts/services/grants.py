"""Grants: given, confirmed, revoked."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Grant, User
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import TransitionDenied


@transaction.atomic
def give_grant(*, grant: Grant, by: User) -> Grant:
    """Save a new grant given by `by`. Raises TransitionDenied with the reason when they may not give it."""
    if reason := permissions.grant_denial(by, grant):
        raise TransitionDenied(reason)
    grant.granted_by = by
    grant._history_user = by  # type: ignore[attr-defined]
    grant.full_clean()
    grant.save()
    return grant


@transaction.atomic
def confirm_grant(*, grant: Grant, by: User) -> Grant:
    """The principal puts a leadership grant into force."""
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if reason := permissions.confirm_grant_denial(by, locked):
        raise TransitionDenied(reason)
    if not locked.needs_confirmation:
        raise TransitionDenied(_("Quyền này đã được xác nhận."))
    locked.confirmed_by, locked.confirmed_at = by, db_now()
    locked._history_user = by  # type: ignore[attr-defined]
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    return locked


@transaction.atomic
def revoke_grant(*, grant: Grant, by: User) -> bool:
    """End a grant now; says whether it was in force. Raises TransitionDenied when `by` may not."""
    if reason := permissions.revoke_grant_denial(by, grant):
        raise TransitionDenied(reason)
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if locked.revoked_at is not None:
        return False
    locked.revoked_by, locked.revoked_at = by, db_now()
    locked._history_user = by  # type: ignore[attr-defined]
    locked.save(update_fields=["revoked_by", "revoked_at"])
    return True
