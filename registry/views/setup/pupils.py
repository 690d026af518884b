"""Last year's pupils into the classes of the new year: whole classes at once, exceptions pupil by pupil."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from registry import permissions
from registry.forms.setup import MoversForm, TargetsForm
from registry.models import SchoolClass, SchoolYear
from registry.selectors.setup.pupils import class_moving, members_of, moving
from registry.services import setup as services
from registry.views.setup.common import require_right, year_of
from schoolops.lib.workflow import TransitionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def setup_pupils(request: SignedInRequest, code: str) -> HttpResponse:
    """Every class of last year with where it goes; POST carries over those that nobody has left yet."""
    year = year_of(request, code)
    if request.method == "POST":
        require_right(request, year)
    found = moving(year)
    form = TargetsForm(
        request.POST if request.method == "POST" else None, sources=found.going_on, targets=found.targets
    )
    if request.method == "POST" and form.is_valid():
        targets = form.targets()
        places = {pupil: targets[source] for pupil, source in members_of(targets).items()}
        return _placed(request, year, places)
    context = {
        "year": year,
        "moving": found,
        "form": form,
        "rows": [
            (source, form[f"target-{source.school_class.pk}"] if source.school_class.pk in form.sources else None)
            for source in found.sources
        ],
        "denial": permissions.setup_denial(request.user, year),
    }
    return render(request, "registry/setup_pupils.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def setup_movers(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """One class of last year, pupil by pupil: who goes up, who stays down, who is left without a class for now."""
    year = year_of(request, code)
    if request.method == "POST":
        require_right(request, year)
    before = SchoolYear.objects.before(year)
    school_class = get_object_or_404(SchoolClass.objects.filter(school_year=before), pk=pk)
    found = class_moving(year, school_class)
    form = MoversForm(request.POST if request.method == "POST" else None, moving=found)
    if request.method == "POST" and form.is_valid():
        return _placed(request, year, form.places())
    context = {
        "year": year,
        "school_class": school_class,
        "moving": found,
        "form": form,
        "rows": [
            (mover, form[f"place-{mover.enrollment.student_id}"] if mover.place is None else None)
            for mover in found.movers
        ],
        "denial": permissions.setup_denial(request.user, year),
    }
    return render(request, "registry/setup_movers.html", context, status=422 if form.errors else 200)


def _placed(request: SignedInRequest, year: SchoolYear, places: dict[int, int]) -> HttpResponse:
    try:
        count = services.place_pupils(year=year, places=places, by=request.user)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
    else:
        text = ngettext("Đã xếp lớp cho %(n)s em.", "Đã xếp lớp cho %(n)s em.", count) % {"n": count}
        messages.success(request, text)
        if not moving(year).waiting:
            return redirect("setup_year", year.code)
    return redirect("registry:setup_pupils", year.code)


@require_POST
def setup_sort(request: SignedInRequest, code: str) -> HttpResponse:
    """Number the lists anew that are out of order, as long as no book of the class is open."""
    year = year_of(request, code)
    require_right(request, year)
    classes = services.sort_lists(year=year, by=request.user)
    if classes:
        named = {"classes": ", ".join(found.name for found in classes)}
        messages.success(request, _("Đã xếp lại số thứ tự theo tên: %(classes)s.") % named)
    else:
        messages.info(request, _("Không còn danh sách nào cần xếp lại số thứ tự."))
    return redirect("setup_check", code)
