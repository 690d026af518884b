"""Nhật ký xem dữ liệu: who has read about which child, for those who watch over personal data (P1-23)."""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import AccessLog
from accounts.requests import SignedInRequest
from accounts.visits import visit_of
from registry import permissions, services
from registry.models import SchoolClass, Student
from registry.selectors import reads

PER_PAGE = 30


def note(
    request: SignedInRequest,
    record: AccessLog.Record,
    about: Student | SchoolClass | None = None,
    purpose: str = "",
    sat_in: Collection[int] | None = None,
) -> None:
    """This request reads this part about a pupil, a class or, without one, the whole school; see note_read."""
    address = visit_of(request).address
    services.note_read(by=request.user, record=record, about=about, purpose=purpose, address=address, sat_in=sat_in)


@require_GET
def read_list(request: SignedInRequest) -> HttpResponse:
    """The lines, latest first, of one part or one person when asked; and who has opened the most this week."""
    if reason := permissions.read_reads_denial(request.user):
        raise PermissionDenied(reason)
    found = AccessLog.objects.select_related("person")
    wanted, reader = request.GET.get("record", ""), request.GET.get("person", "")
    if wanted in AccessLog.Record.values:
        found = found.filter(record=wanted)
    if reader.isdecimal():
        found = found.filter(person=int(reader))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": reads.lines_of(page.object_list),
        "readers": reads.readers_since(timezone.now() - reads.WEEK),
        "records": AccessLog.Record.choices,
        "wanted": wanted,
        "reader": reader,
    }
    return render(request, "registry/read_list.html", context)
