"""How sign-in differs from the library's: nobody registers by themselves, tries are counted by device, words are ours."""

import math
from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import services
from accounts.models import User
from accounts.visits import visit_of


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the school (A8): there is no sign-up."""

    # Said of codes and passkeys, which the library counts (ACCOUNT_RATE_LIMITS, login_failed).
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": gettext_lazy("Đã thử quá nhiều lần nên tạm dừng. Thử lại sau 15 phút."),
    }

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

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to confirm who is there, in the portal's words."""
        return [{**way, "description": _WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]


_WAYS = {
    "reauthenticate": gettext_lazy("Dùng mật khẩu"),
    "mfa_reauthenticate": gettext_lazy("Dùng mã trên điện thoại hoặc mã dự phòng"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Dùng khóa truy cập"),
}


class FactorAdapter(DefaultMFAAdapter):
    """The second factor in the portal's words. A passkey belongs to the host name of the request, which ALLOWED_HOSTS admits."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("Mã chưa khớp. Xem lại mã đang hiện trên ứng dụng, hoặc dùng một mã dự phòng."),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        """The browser that the key is made in; its holder may call it otherwise."""
        return visit_of(context.request).browser or _("Khóa truy cập")

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.full_name}


def wait_in_words(wait: timedelta) -> str:
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    return ngettext(
        "Đã thử quá nhiều lần nên tạm dừng. Thử lại sau %(minutes)s phút, hoặc nhờ quản trị của trường mở lại.",
        "Đã thử quá nhiều lần nên tạm dừng. Thử lại sau %(minutes)s phút, hoặc nhờ quản trị của trường mở lại.",
        minutes,
    ) % {"minutes": minutes}
