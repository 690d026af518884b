"""Where one is signed in, on which devices, and what happened at one's door (A1)."""

import time

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import permissions, services, session_limits
from accounts.browsers import in_words
from accounts.middleware import in_background
from accounts.models import Device, SecurityEvent, User
from accounts.requests import SignedInRequest
from accounts.visits import visit_of

EVENTS_SHOWN = 20


@require_GET
def session_list(request: SignedInRequest) -> HttpResponse:
    """One's sessions, the devices that are known, and the last lines of one's sign-in log."""
    sessions = sorted(
        UserSession.objects.purge_and_list(request.user), key=lambda found: found.last_seen_at, reverse=True
    )
    here = request.session.session_key
    context = {
        "sessions": [
            {"session": found, "browser": in_words(found.user_agent), "is_here": found.session_key == here}
            for found in sessions
        ],
        "devices": Device.objects.filter(person=request.user, forgotten_at=None),
        "this_device": services.known_device(request.user, visit_of(request)),
        "events": SecurityEvent.objects.filter(person=request.user).select_related("by")[:EVENTS_SHOWN],
    }
    return render(request, "accounts/session_list.html", context)


@require_POST
def session_end(request: SignedInRequest) -> HttpResponse:
    """End one other session ("session": its id) or all of them."""
    chosen = request.POST.get("session", "")
    only = int(chosen) if chosen.isdecimal() else None
    ended = services.end_sessions(
        person=request.user, visit=visit_of(request), keep=request.session.session_key, only=only
    )
    text = ngettext("Đã đăng xuất %(count)s phiên.", "Đã đăng xuất %(count)s phiên.", ended) % {"count": ended}
    messages.success(request, text)
    return redirect("accounts:session_list")


@require_POST
def device_forget(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a device off one's list: there one is a stranger again."""
    device = get_object_or_404(Device, pk=pk, person=request.user, forgotten_at=None)
    services.forget_devices(Device.objects.filter(pk=device.pk))
    messages.success(request, _("Đã gỡ thiết bị. Lần đăng nhập sau trên đó sẽ có thông báo."))
    return redirect("accounts:session_list")


@in_background
@login_not_required
@require_http_methods(["GET", "HEAD"])
def session_state(request: HttpRequest) -> JsonResponse:
    """Seconds until this session ends if nothing is done, and whose it is; asking does not keep it alive."""
    left = session_limits.left(request.session, time.time()) if request.user.is_authenticated else 0
    return JsonResponse({"left": left, "user": request.user.pk})


@require_POST
def session_keep(request: SignedInRequest) -> JsonResponse:
    """The person is there, though nothing was sent: any request keeps the session alive."""
    return JsonResponse({"left": session_limits.left(request.session, time.time())})


@require_POST
def sign_in_release(request: SignedInRequest, pk: int) -> HttpResponse:
    """IT staff let a person who was stopped try again at once."""
    person = get_object_or_404(User, pk=pk)
    if reason := permissions.release_denial(request.user, person):
        raise PermissionDenied(reason)
    services.release(person=person, by=request.user)
    messages.success(request, _("%(who)s có thể thử đăng nhập lại ngay.") % {"who": person})
    return redirect("power_detail", pk)
