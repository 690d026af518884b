"""Is it alive, can it work: for the proxy and for people."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from kombu.exceptions import KombuError

from gradebook.selectors.checkpoints import checkpoint_state
from schoolops.lib.clock import db_now
from schoolops.lib.models import Heartbeat

log = logging.getLogger(__name__)


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker, storage and worker; 503 when one of them does not answer. No detail for strangers.

    `checkpoints` is said, but late checkpoints are no reason to send people away: scores are saved and closed as ever.
    """
    state = readiness()
    answer = {**state, "checkpoints": _holds("checkpoints", _checkpoints)}
    return JsonResponse(answer, status=200 if all(state.values()) else 503)


@login_not_required
@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """The same for people, in words."""
    state = readiness()
    checkpoints = checkpoint_state(db_now()) if state["database"] else None
    return render(request, "home/status.html", {"state": state, "checkpoints": checkpoints})


def readiness() -> dict[str, bool]:
    """What the portal needs to work fully, each asked now."""
    checks = {"database": _database, "broker": _broker, "storage": _storage, "worker": _worker}
    return {name: _holds(name, check) for name, check in checks.items()}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, KombuError, OSError) as error:
        log.warning("not ready: %s (%s)", name, type(error).__name__)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _broker() -> bool:
    with current_app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=0, timeout=2)
    return True


def _storage() -> bool:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".probe"
    probe.write_bytes(b"ok")
    probe.unlink()
    return True


def _checkpoints() -> bool:
    return checkpoint_state(db_now()).is_well


def _worker() -> bool:
    beat = Heartbeat.objects.filter(name="worker").first()
    return beat is not None and db_now() - beat.seen_at < timedelta(seconds=settings.HEARTBEAT_MAX_AGE_SECONDS)
