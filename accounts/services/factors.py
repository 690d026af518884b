"""A second step that is lost: a leader takes it off for another, so that who prints a slip never opens the whole account."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Device, SecurityEvent, User
from accounts.services.notices import tell_of_account
from accounts.services.sign_in import forget_devices
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import TransitionDenied


@transaction.atomic
def remove_factors(*, person: User, note: str, by: User) -> None:
    """Take every second step off this account, end its sessions and forget its devices; whoever works here sets up a new one
    at the next sign-in. `note` says how the person was recognised. The person and the principal are told.

    Raises TransitionDenied when `by` may not, or when there is none.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if reason := permissions.remove_factors_denial(by, locked):
        raise TransitionDenied(reason)
    factors = Authenticator.objects.filter(user=locked)
    if not factors.exists():
        raise TransitionDenied(_("Tài khoản này không còn bước xác thực thứ hai nào."))
    factors.delete()
    for session in UserSession.objects.filter(user=locked):
        session.end()
    forget_devices(Device.objects.filter(person=locked))
    SecurityEvent.objects.create(kind=SecurityEvent.Kind.FACTOR_REMOVED, person=locked, by=by, note=note, at=db_now())
    tell_of_account("account.factors_removed", locked, by=by.full_name, comment=note)
