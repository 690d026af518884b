"""What a signed-in person brings to each request: their session, language, for whom they act, and what they were refused."""

import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation

from accounts import session_limits
from accounts.backends import act_for, delegation_in_force
from accounts.models import User
from accounts.selectors.passwords import SignInDuty, duty_after_sign_in
from accounts.services import new_token, record_denied, remember_device
from accounts.visits import visit_of

ACTING = "acting_delegation"
DUTY = "sign_in_duty"
# The provider that signed this person in says that it asked for two factors.
FACTOR_SHOWN = "factor_shown_elsewhere"
# Where one gets to in spite of a duty: to see to it, or to leave.
_OPEN_TO_DUTY = frozenset(
    {
        "account_change_password",
        "account_logout",
        "account_reauthenticate",
        "set_language",
        "accounts:duty",
        "accounts:duty_later",
        "accounts:session_state",
        "accounts:session_keep",
    }
)


def in_background(view: Any) -> Any:
    """Mark a view that a page asks by itself: it does not keep a session alive."""
    view.in_background = True
    return view


class SignedInMiddleware(LoginRequiredMiddleware):
    """Strangers are sent to the door; a part of a page that asks for itself is told so, and the page opens its own door."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is not None and "HX-Request" in request.headers:
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return answer


class SessionLimitsMiddleware:
    """A session that has been idle, or open, too long is over at its next request; any other request keeps it alive."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = time.time()
            if not session_limits.has_begun(request.session):
                session_limits.begin(request.session, request.user, now)
            elif not session_limits.left(request.session, now):
                logout(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not request.user.is_authenticated or getattr(view, "in_background", False):
            return
        if session_limits.touch(request.session, time.time()):
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())


class SignInDutyMiddleware:
    """Whoever has to set up a second factor, or to change the password, does so before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or DUTY not in request.session or _leads_out(request):
            return None
        waiting = duty_after_sign_in(request.user, timezone.now())
        if waiting is None:
            del request.session[DUTY]
            return None
        request.session[DUTY] = waiting.value
        return redirect("accounts:duty")


def _leads_out(request: HttpRequest) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name in _OPEN_TO_DUTY or name.startswith("mfa_")


class DeviceMiddleware:
    """After a sign-in the browser is remembered as one of this person's, unless they said that others use it, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "has_just_signed_in", False) and request.user.is_authenticated:
            self._begin(request, request.user, response)
        return response

    def _begin(self, request: HttpRequest, person: User, response: HttpResponse) -> None:
        session_limits.begin(request.session, person, time.time())
        self._lay_down_duty(request, person)
        if request.session.get_expire_at_browser_close():
            return
        request.session.set_expiry(session_limits.cookie_age(request.session))
        visit = visit_of(request)
        token = visit.token or new_token()
        remember_device(person=person, token=token, browser=visit.browser, pin=getattr(request, "new_pin", ""))
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            token,
            max_age=timedelta(days=400),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )

    def _lay_down_duty(self, request: HttpRequest, person: User) -> None:
        waiting = duty_after_sign_in(person, timezone.now()) if settings.SIGN_IN_DUTIES else None
        # Without a password nothing would be left to ask for before an act of weight.
        is_shown = request.session.get(FACTOR_SHOWN) and person.has_usable_password()
        if waiting and not (waiting == SignInDuty.FACTOR and is_shown):
            request.session[DUTY] = waiting.value


class AccountLanguageMiddleware:
    """A signed-in person reads the portal in the language stored with their account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class ActingMiddleware:
    """A person who acts for a leader does so under a delegation that is in force at this request, or not at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and (pk := request.session.get(ACTING)):
            delegation = delegation_in_force(pk, request.user.pk)
            if delegation is None:
                del request.session[ACTING]
            act_for(request.user, delegation)
        return self.get_response(request)


class DeniedMiddleware:
    """What a signed-in person was refused is kept (A8): where a reason was given, so not a missing CSRF token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        reason = getattr(request, "denied_because", None)
        if reason is not None and response.status_code == HTTPStatus.FORBIDDEN and request.user.is_authenticated:
            record_denied(person=request.user, method=request.method or "", path=request.path, reason=reason)
        return response
