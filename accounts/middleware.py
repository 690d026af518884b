"""What a signed-in person brings to each request: their language, and for whom they act."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.backends import act_for, delegation_in_force

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
