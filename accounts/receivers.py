"""What the library does to a person's way of signing in goes into the sign-in log (A7)."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.dispatch import receiver

from accounts import services
from accounts.visits import visit_of


@receiver(password_changed)
def log_password(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    services.record(services.Kind.PASSWORD_CHANGED, person=user, visit=visit_of(request))


@receiver(authenticator_added)
def log_factor(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    services.record(services.Kind.FACTOR_ADDED, person=user, visit=visit_of(request))


@receiver(authenticator_removed)
def log_no_factor(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    services.record(services.Kind.FACTOR_REMOVED, person=user, visit=visit_of(request))


@receiver(authentication_failed)
def log_wrong_code(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    services.record_failed_factor(person=user, visit=visit_of(request))
