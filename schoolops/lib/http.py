"""What every answer has in common: headers, private caching, and errors of the API in words."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.response import Response
from rest_framework.views import exception_handler

from schoolops.lib.workflow import TransitionDenied

T = TypeVar("T")
GetResponse = Callable[[HttpRequest], HttpResponse]


def next_place(request: HttpRequest) -> str:
    """The page of this portal that the address asks to go on to with `next`, or "": never another site."""
    wanted = request.GET.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else ""


def attempt(request: HttpRequest, act: Callable[[], object], done: Any) -> bool:
    """Whether `act` was possible; the person is told `done`, or the reason why not."""
    try:
        act()
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return False
    messages.success(request, str(done))
    return True


def tried(form: Form, act: Callable[[], T]) -> T | None:
    """What `act` made, or None: then its reason stands in the form."""
    try:
        return act()
    except TransitionDenied as denied:
        form.add_error(None, denied.reason)
        return None


class SecurityHeadersMiddleware:
    """Headers that Django has no setting for; a page of a signed-in person is kept by no cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store, private"
        return response


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A refused step of a process answers 409 with its reason; everything else as the framework does."""
    if isinstance(error, TransitionDenied):
        return Response({"detail": error.reason}, status=409)
    answer = exception_handler(error, context)
    if answer is not None and answer.status_code == HTTPStatus.FORBIDDEN:
        reason = str(answer.data.get("detail", ""))
        if not reason.startswith("CSRF"):
            # Of Django's request, which the middleware sees.
            context["request"]._request.denied_because = reason
    return answer


class NullByteMiddleware:
    """No address that people are given holds a NUL, and no text of PostgreSQL can: 400. Forms refuse it by themselves."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = [request.path, *(value for _name, values in request.GET.lists() for value in values)]
        if any("\x00" in text for text in asked):
            raise BadRequest("NUL")
        return self.get_response(request)


class SiteLanguageMiddleware:
    """Vietnamese first, whatever the browser prefers; the language switch in the footer leaves a cookie."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response
