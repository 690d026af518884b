"""How sign-in differs from the library's: nobody registers by themselves, and tries are counted by device."""

import math
from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts import services
from accounts.models import User
from accounts.visits import visit_of


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the school (A8): there is no sign-up."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """The library counts by name alone, so a pupil could stop a teacher; `services.try_password` counts instead."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person with this password, or this PIN on their device; without tries left neither is looked at."""
        name, visit = str(credentials.get("username") or ""), visit_of(request)

        def check() -> User | None:
            found = cast("User | None", super(AccountAdapter, self).authenticate(request, **credentials))
            return found or services.person_with_pin(name, str(credentials.get("password") or ""), visit)

        tried = services.try_password(name, visit, check)
        if tried.wait is not None:
            raise ValidationError(wait_in_words(tried.wait), code="too_many_login_attempts")
        return tried.proved

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in; the middleware then remembers the browser, unless the person called it a shared one."""
        super().login(request, user)
        services.record_sign_in(person=user, visit=visit_of(request))
        request.has_just_signed_in = True  # type: ignore[attr-defined]  # read by accounts.middleware.DeviceMiddleware


def wait_in_words(wait: timedelta) -> str:
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    return ngettext(
        "Đã thử quá nhiều lần nên tạm dừng. Thử lại sau %(minutes)s phút, hoặc nhờ quản trị của trường mở lại.",
        "Đã thử quá nhiều lần nên tạm dừng. Thử lại sau %(minutes)s phút, hoặc nhờ quản trị của trường mở lại.",
        minutes,
    ) % {"minutes": minutes}
