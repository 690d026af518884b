"""Step-up: acts that cannot be undone ask for the password (or the second factor) again, once in fifteen minutes.

The library keeps the form that was sent and carries it out after the password, so nothing is typed twice.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.decorators import reauthentication_required

View = TypeVar("View", bound=Callable[..., Any])


def recent_password_required(view: View) -> View:
    """The view, after the password was given within the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    return cast("View", reauthentication_required(view))
