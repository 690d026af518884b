"""Chế độ quản trị: power over accounts is entered on purpose, with the password, and ends by itself when nothing is done.

The session says since when it is on; each page of the administration keeps it alive. Entering and ending are logged.
"""

import time
from datetime import timedelta
from typing import Any, cast

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import services
from accounts.models import SecurityEvent, User
from accounts.visits import visit_of

IDLE = timedelta(minutes=15)
# When the last page of the administration was asked for; when the person was asked for their password to enter.
_SEEN, _ASKED = "admin_seen_at", "admin_asked_at"


def now() -> float:
    """Seconds since the epoch."""
    return time.time()


def is_on(request: HttpRequest) -> bool:
    return bool(request.session.get(_SEEN, 0) > now() - IDLE.total_seconds())


def require(request: HttpRequest) -> None:
    """Keep the mode alive, or enter it with the password just given. Raises ReauthenticationRequired to ask for it."""
    if is_on(request):
        request.session[_SEEN] = now()
        return
    leave(request)
    if not _has_answered(request):
        request.session[_ASKED] = now()
        raise ReauthenticationRequired
    del request.session[_ASKED]
    request.session[_SEEN] = now()
    _log(request, SecurityEvent.Kind.ADMIN_ENTERED)


def leave(request: HttpRequest) -> None:
    """End the mode, if it has not been ended: by the button, at sign-out, or found idle."""
    if request.session.pop(_SEEN, None) is not None:
        _log(request, SecurityEvent.Kind.ADMIN_LEFT)


def _has_answered(request: HttpRequest) -> bool:
    """Whether the password was given after it was asked for here, and lately: an older answer opens nothing."""
    asked = request.session.get(_ASKED)
    if asked is None or asked < now() - IDLE.total_seconds():
        return False
    records: list[dict[str, Any]] = get_authentication_records(request, cast("User", request.user))
    return any(record.get("reauthenticated") and record["at"] >= asked for record in records)


def _log(request: HttpRequest, kind: SecurityEvent.Kind) -> None:
    services.record(kind, person=cast("User", request.user), visit=visit_of(request))


@receiver(user_logged_out)
def end_at_sign_out(request: HttpRequest | None, user: User | None, **_kwargs: Any) -> None:
    """A session that ends takes the mode with it; the log says so."""
    if request is not None and user is not None:
        leave(request)
