"""The inbox."""

from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import SignedInRequest
from messaging import permissions, services
from messaging.texts import text_of

PER_PAGE = 30


@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    found = permissions.visible_notifications(request.user).select_related("message")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.text = text_of(row.message.kind, row.message.context)
    days = groupby(page.object_list, key=lambda row: timezone.localtime(row.created_at).date())
    return render(request, "messaging/inbox.html", {"page": page, "days": [(day, list(rows)) for day, rows in days]})


@require_POST
def notification_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read the message and go where it leads; opening changes its state, so it is a POST."""
    notification = get_object_or_404(permissions.visible_notifications(request.user).select_related("message"), pk=pk)
    services.mark_read(recipient=request.user, notification_id=notification.pk)
    url = notification.message.url
    return redirect(url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else "messaging:inbox")


@require_POST
def inbox_read_all(request: SignedInRequest) -> HttpResponse:
    services.mark_read(recipient=request.user)
    return redirect("messaging:inbox")
