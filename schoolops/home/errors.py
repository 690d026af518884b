"""Error pages in the user's words, with what was kept and what to do next."""

import logging
import secrets
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

log = logging.getLogger("schoolops.errors")


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Names the right that is missing when the view said it; never reveals the object."""
    reason = str(exception or "")
    request.denied_because = reason  # type: ignore[attr-defined]  # kept by DeniedMiddleware
    return render(request, "403.html", {"reason": reason}, status=403)


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Time and a code that the log holds too; the page needs neither database nor session."""
    code = secrets.token_hex(3).upper()
    log.error("server error shown to a user, code %s, path %s", code, request.path)
    context: dict[str, Any] = {"code": code, "time": timezone.localtime()}
    return HttpResponse(render_to_string("500.html", context), status=500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
