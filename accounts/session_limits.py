"""How long a session lasts: staff are signed out after some idle minutes and after half a day; families stay on their own phone.

The figures are laid down in the session at sign-in: a later change of the policy concerns later sessions.
"""

from datetime import timedelta
from typing import Any

from accounts.models import User
from accounts.permissions import is_staff_member
from accounts.policies import IDLE_MINUTES, value_of

_LIMITS, _SEEN = "limits", "seen_at"
STAFF_WHOLE = timedelta(hours=12)
FAMILY_IDLE = timedelta(days=30)
FAMILY_WHOLE = timedelta(days=90)
# The session's row is written no more often than this.
SEEN_AGAIN_AFTER = 60


def begin(session: Any, person: User, now: float) -> None:
    """Lay down the limits of a session that begins now (seconds since the epoch)."""
    idle, whole = timedelta(minutes=value_of(IDLE_MINUTES)), STAFF_WHOLE
    if not is_staff_member(person) and not session.get_expire_at_browser_close():
        idle, whole = FAMILY_IDLE, FAMILY_WHOLE
    session[_LIMITS] = {"idle": int(idle.total_seconds()), "ends": int(now + whole.total_seconds())}
    session[_SEEN] = int(now)


def has_begun(session: Any) -> bool:
    return _LIMITS in session


def cookie_age(session: Any) -> int:
    """How many seconds the browser keeps the session's cookie: until it ends whatever is done."""
    return int(session[_LIMITS]["ends"] - session[_SEEN])


def left(session: Any, now: float) -> int:
    """Seconds until this session ends if nothing more is done; 0 when it is over."""
    limits = session[_LIMITS]
    return max(0, int(min(session[_SEEN] + limits["idle"], limits["ends"]) - now))


def touch(session: Any, now: float) -> bool:
    """Something was done; True when that was written down, which is once a minute."""
    if now - session[_SEEN] < SEEN_AGAIN_AFTER:
        return False
    session[_SEEN] = int(now)
    return True
