"""What a signed-in person brings to each request: their language, for whom they act, and what they were refused."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.backends import act_for, delegation_in_force
from accounts.services import record_denied

ACTING = "acting_delegation"


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
