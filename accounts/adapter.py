"""How sign-in differs from the library's: nobody registers by themselves, and tries are counted by device."""

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
        """The person with this password; while their device has no tries left the password is not looked at."""

        def check() -> User | None:
            return cast("User | None", super(AccountAdapter, self).authenticate(request, **credentials))

        tried = services.try_password(str(credentials.get("username") or ""), visit_of(request), check)
        if tried.wait is not None:
            minutes = max(1, -(-int(tried.wait.total_seconds()) // 60))
            raise ValidationError(_wait_in_words(minutes), code="too_many_login_attempts")
        return tried.person

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in; the middleware then remembers the browser, unless the person called it a shared one."""
        super().login(request, user)
        services.record_sign_in(person=user, visit=visit_of(request))
        request.has_just_signed_in = True  # type: ignore[attr-defined]  # read by accounts.middleware.DeviceMiddleware


def _wait_in_words(minutes: int) -> str:
    return ngettext(
        "Đã thử quá nhiều lần nên tạm dừng. Thử lại sau %(minutes)s phút, hoặc nhờ quản trị của trường mở lại.",
        "Đã thử quá nhiều lần nên tạm dừng. Thử lại sau %(minutes)s phút, hoặc nhờ quản trị của trường mở lại.",
        minutes,
    ) % {"minutes": minutes}
