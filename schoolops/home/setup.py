"""Đầu năm: the steps of a new school year, its check list, and the opening of its books (A9, R2)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import SignedInRequest
from gradebook import permissions as of_books
from gradebook import services as books
from registry import permissions
from registry.models import ClassSubject, SchoolYear
from registry.selectors.setup import calendar
from schoolops.home import setup_board
from schoolops.lib.clock import local_day


def _require_right(request: SignedInRequest) -> None:
    if reason := permissions.setup_denial(request.user):
        raise PermissionDenied(reason)


@require_GET
def setup(request: SignedInRequest) -> HttpResponse:
    """The newest year; without any, the way to the first."""
    _require_right(request)
    newest = SchoolYear.objects.first()
    return _page(request, newest) if newest else render(request, "home/setup_empty.html")


@require_GET
def setup_year(request: SignedInRequest, code: str) -> HttpResponse:
    """One year with its steps."""
    _require_right(request)
    return _page(request, get_object_or_404(SchoolYear, code=code))


def _page(request: SignedInRequest, year: SchoolYear) -> HttpResponse:
    years, today = list(SchoolYear.objects.order_by("-starts_on")), local_day(timezone.now())
    context = {
        "board": setup_board.board(year, timezone.now()),
        "years": years,
        # Nobody is asked for the year after a year that has not begun.
        "next_code": calendar.code_after(years[0], today) if years[0].starts_on <= today else "",
        "denial": permissions.setup_denial(request.user, year),
    }
    return render(request, "home/setup.html", context)


@require_GET
def setup_check(request: SignedInRequest, code: str) -> HttpResponse:
    """What is still missing, and the opening of the books."""
    _require_right(request)
    year = get_object_or_404(SchoolYear, code=code)
    found = setup_board.check_list(year, request.user, timezone.now())
    context = {
        "year": year,
        "list": found,
        "denial": permissions.setup_denial(request.user, year),
    }
    return render(request, "home/setup_check.html", context)


@require_POST
def setup_open(request: SignedInRequest, code: str, number: int) -> HttpResponse:
    """Open the books of a term for every class-subject that has none; nothing while what they follow from is missing."""
    _require_right(request)
    year = get_object_or_404(SchoolYear, code=code)
    if reason := permissions.setup_denial(request.user, year) or of_books.open_books_denial(request.user):
        raise PermissionDenied(reason)
    term = get_object_or_404(year.terms, number=number)
    if setup_board.check_list(year, request.user, timezone.now()).blocking:
        messages.error(request, _("Chưa mở sổ nào: còn thiếu những mục bắt buộc dưới đây."))
        return redirect("setup_check", code)
    taught = ClassSubject.objects.filter(school_class__school_year=year).select_related("item__subject")
    opened = books.open_gradebooks(class_subjects=taught, term=term, by=request.user)
    count = len(opened)
    messages.success(
        request,
        ngettext("Đã mở %(count)s sổ điểm của %(term)s.", "Đã mở %(count)s sổ điểm của %(term)s.", count)
        % {"count": count, "term": term.get_number_display()},
    )
    return redirect("setup_check", code)
