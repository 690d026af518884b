"""Đối chiếu cơ sở dữ liệu ngành: send the sector's list, look at what differs, choose, take over (R8)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.sector import SectorUploadForm, read_answers, read_choices
from registry.models import ImportBatch
from registry.selectors.calendar import open_years
from registry.selectors.history import masked
from registry.selectors.imports import notes_in_words
from registry.selectors.imports.sector import Comparison, Difference, compare
from registry.views.imports import upload
from registry.workflow import IMPORT_STEPS
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt
from schoolops.lib.workflow import possible

LIST, DETAIL = "registry:sector_list", "registry:sector_detail"
PER_PAGE = 30
# What one page can carry and a person can look through at once; the rest comes with the next comparison.
SHOWN = 300
IDENTIFIERS = frozenset({"moet_id", "national_id"})


@require_http_methods(["GET", "HEAD", "POST"])
def sector_list(request: SignedInRequest) -> HttpResponse:
    """Send a list; the ones compared so far."""
    if reason := permissions.import_denial(request.user):
        raise PermissionDenied(reason)
    years = open_years(local_day(timezone.now()))
    is_sent = request.method == "POST"
    form = SectorUploadForm(request.POST if is_sent else None, request.FILES if is_sent else None, years=years)
    if is_sent and form.is_valid() and (batch := upload(request, ImportBatch.Kind.SECTOR, form)):
        return redirect(DETAIL, batch.pk)
    found = permissions.visible_comparisons(request.user).select_related("uploaded_by", "school_year", "file")
    context = {
        "form": form,
        "years": years,
        "page": Paginator(found.defer("rows", "edits", "result"), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "registry/sector_list.html", context, status=422 if is_sent else 200)


def _batch(request: SignedInRequest, pk: int) -> ImportBatch:
    seen = permissions.visible_comparisons(request.user).select_related("school_year", "uploaded_by", "file")
    return get_object_or_404(seen, pk=pk)


@require_GET
def sector_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What differs, or what became of it."""
    return _page(request, _batch(request, pk))


def _page(request: SignedInRequest, batch: ImportBatch, chosen: set[str] | None = None) -> HttpResponse:
    """The page; `chosen` are the ticks of a request that was refused."""
    steps = [
        {"at": row.at, "by": row.by, "text": IMPORT_STEPS[row.step].label}
        for row in batch.transitions.select_related("by")
    ]
    context: dict[str, Any] = {
        "batch": batch,
        "steps": possible(IMPORT_STEPS, request.user, batch),
        "notes": list(notes_in_words(batch)),
        "history": [{"at": batch.uploaded_at, "by": batch.uploaded_by, "text": _("Tải tệp lên")}, *steps],
        "counts": batch.result.get("counts", {}),
        "picture": None,
    }
    if batch.state == ImportBatch.State.PREVIEW:
        context |= _picture(request, compare(batch), chosen)
    return render(request, "registry/sector_detail.html", context, status=409 if chosen is not None else 200)


def _picture(request: SignedInRequest, picture: Comparison, chosen: set[str] | None) -> dict[str, Any]:
    """Ticked are gaps that the list fills, until somebody chooses otherwise."""
    in_full = permissions.reads_identifiers(request.user)
    differing, hidden = picture.differing[:SHOWN], len(picture.differing) - SHOWN
    pairs = [
        (pair, [(item, _shown(item, in_full=in_full), _is_ticked(item, chosen)) for item in pair.differences])
        for pair in differing
    ]
    return {
        "picture": picture,
        "pairs": pairs,
        "hidden": max(hidden, 0),
        "newcomers": [(found, found.token in (chosen or set())) for found in picture.newcomers[:SHOWN]],
        "only_here": picture.only_here[:SHOWN],
    }


def _shown(item: Difference, *, in_full: bool) -> tuple[str, str]:
    """Both values; personal numbers in full only before those who read them."""
    if item.field in IDENTIFIERS and not in_full:
        return masked(item.here), masked(item.there)
    return item.here, item.there


def _is_ticked(item: Difference, chosen: set[str] | None) -> bool:
    return item.fills_a_gap if chosen is None else item.token in chosen


@require_POST
def sector_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say who the doubtful rows are."""
    batch = _batch(request, pk)
    attempt(
        request,
        lambda: services.answer_questions(batch=batch, answers=read_answers(request.POST), by=request.user),
        _("Đã lưu và so lại cả danh sách."),
    )
    return redirect(DETAIL, pk)


@require_POST
def sector_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take over what is ticked, all or nothing; refused, the ticks stay as they were."""
    batch = _batch(request, pk)
    chosen = read_choices(request.POST)
    if not attempt(
        request,
        lambda: services.apply_choices(batch=batch, chosen=chosen, by=request.user),
        _("Đã cập nhật những chỗ đã chọn. Lịch sử ghi tên người cập nhật."),
    ):
        return _page(request, _batch(request, pk), chosen)
    return redirect(DETAIL, pk)


@require_POST
def sector_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the list aside; nothing of the register changes."""
    batch = _batch(request, pk)
    if not attempt(
        request,
        lambda: services.discard_batch(batch=batch, by=request.user),
        _("Đã bỏ tệp này. Dữ liệu của trường không thay đổi."),
    ):
        return redirect(DETAIL, pk)
    return redirect(LIST)
