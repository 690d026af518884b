"""The year itself: its days, terms and calendar."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from registry import permissions
from registry.forms.setup import YearForm, typed_dates
from registry.models import SchoolYear
from registry.selectors.setup import calendar
from registry.services import setup as services
from registry.views.setup.common import require_right, year_of
from schoolops.lib.clock import local_day


@require_http_methods(["GET", "HEAD", "POST"])
def setup_new(request: SignedInRequest) -> HttpResponse:
    """A new year, with the values of last year moved on."""
    require_right(request)
    last = SchoolYear.objects.prefetch_related("calendar_days").first()
    proposed = calendar.propose(last, local_day(timezone.now()))
    form = YearForm(request.POST or None, initial=typed_dates(proposed))
    if request.method == "POST" and form.is_valid():
        try:
            year = services.open_year(dates=form.dates(), by=request.user)
        except ValidationError as wrong:
            form.refuse(wrong)
        else:
            messages.success(request, _("Đã lập năm học %(year)s.") % {"year": year.code})
            return redirect("setup_year", year.code)
    context = {"form": form, "weeks": _weeks(form, proposed)}
    return render(request, "registry/setup_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def setup_dates(request: SignedInRequest, code: str) -> HttpResponse:
    """Mend the dates of a year; a closed one is only read."""
    year = year_of(request, code)
    if request.method == "POST":
        require_right(request, year)
    known = calendar.dates_of(year)
    form = YearForm(
        {**request.POST.dict(), "code": code} if request.method == "POST" else None, initial=typed_dates(known)
    )
    form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            services.mend_year(year=year, dates=form.dates(), by=request.user)
        except ValidationError as wrong:
            form.refuse(wrong)
        else:
            messages.success(request, _("Đã lưu ngày của năm học %(year)s.") % {"year": year.code})
            return redirect("setup_year", year.code)
    context = {
        "form": form,
        "year": year,
        "denial": permissions.setup_denial(request.user, year),
        "weeks": _weeks(form, known),
    }
    return render(request, "registry/setup_dates.html", context, status=422 if form.errors else 200)


def _weeks(form: YearForm, proposed: calendar.YearDates) -> dict[str, Any]:
    """Teaching weeks of what stands in the form, beside those that the ministry's frame asks for."""
    dates = form.dates() if form.is_bound and form.is_valid() else proposed
    first, second = dates.weeks
    wanted = sum(calendar.WEEKS.values())
    return {"first": first, "second": second, "total": first + second, "wanted": wanted}
