"""Sổ đăng bộ: read by year of entry, searched, printed; numbers are given by the office (R5)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import AccessLog
from accounts.requests import SignedInRequest
from registry import documents, permissions, services
from registry.forms.register_book import EntryForm
from registry.models import RegisterEntry, SchoolYear
from registry.selectors import register_book
from registry.views.reads import note
from schoolops.lib.clock import local_day
from schoolops.lib.files import as_attachment

# A sheet of the book: what one page shows is what one file prints, so printing never takes long.
PER_SHEET = 50


def _check(request: SignedInRequest) -> None:
    if reason := permissions.read_register_denial(request.user):
        raise PermissionDenied(reason)


@require_GET
def register_list(request: SignedInRequest) -> HttpResponse:
    """One year of entry, or the pupils found, sheet by sheet."""
    _check(request)
    years = list(SchoolYear.objects.filter(register_entries__isnull=False).distinct())
    year, query = _year(request, years), request.GET.get("q", "")[:100]
    page = _sheets(year, query).get_page(request.GET.get("page"))
    context = {
        "years": years,
        "year": year,
        "query": query,
        "page": page,
        "lines": register_book.lines_of(page.object_list, local_day(timezone.now())),
        "waiting": register_book.waiting_count(),
        "can_keep": permissions.keep_register_denial(request.user) is None,
    }
    return render(request, "registry/register_list.html", context)


def _year(request: SignedInRequest, years: list[SchoolYear]) -> SchoolYear | None:
    """The year asked for; a search without one goes through the whole book."""
    asked = request.GET.get("year", "")
    found = next((year for year in years if year.code == asked), None)
    return found or (years[0] if years and not request.GET.get("q") else None)


def _sheets(year: SchoolYear | None, query: str = "") -> "Paginator[RegisterEntry]":
    return Paginator(register_book.entries(year.pk if year else None, query), PER_SHEET)


@require_GET
def register_pdf(request: SignedInRequest, code: str, sheet: int) -> HttpResponseBase:
    """One sheet of the book of a year of entry."""
    _check(request)
    year = get_object_or_404(SchoolYear, code=code)
    sheets = _sheets(year)
    if not sheets.count or sheet not in sheets.page_range:
        raise Http404
    entries = list(sheets.page(sheet).object_list)
    title = _("Học sinh vào trường năm học %(year)s, số %(first)s – %(last)s") % {
        "year": code,
        "first": entries[0].number,
        "last": entries[-1].number,
    }
    note(request, AccessLog.Record.COPY, purpose=title)
    name = f"SoDangBo_{code}_{entries[0].number:05d}-{entries[-1].number:05d}.pdf"
    return as_attachment(documents.register_pdf(entries, title=title), filename=name, media_type="application/pdf")


@require_POST
def register_enter(request: SignedInRequest) -> HttpResponse:
    """Every pupil without a number gets the next one."""
    _check(request)
    made = services.enter_pupils(by=request.user)
    if made:
        text = ngettext(
            "Đã ghi %(count)s em vào sổ đăng bộ, số %(first)s – %(last)s.",
            "Đã ghi %(count)s em vào sổ đăng bộ, số %(first)s – %(last)s.",
            len(made),
        )
        messages.success(request, text % {"count": len(made), "first": made[0].number, "last": made[-1].number})
    else:
        messages.info(request, _("Mọi học sinh đã có số đăng bộ."))
    return redirect("registry:register_list")


@require_http_methods(["GET", "HEAD", "POST"])
def register_entry(request: SignedInRequest, number: int) -> HttpResponse:
    """What stands only in the book."""
    _check(request)
    entry = get_object_or_404(RegisterEntry.objects.select_related("student"), number=number)
    if reason := permissions.keep_register_denial(request.user):
        raise PermissionDenied(reason)
    initial = {name: getattr(entry, name) for name in EntryForm.base_fields}
    form = EntryForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.complete_entry(entry=entry, details=form.cleaned_data, by=request.user)
        messages.success(request, _("Đã lưu dòng số %(number)s.") % {"number": entry.number})
        return redirect("registry:register_list")
    context = {"entry": entry, "form": form}
    return render(request, "registry/register_entry.html", context, status=422 if form.errors else 200)
