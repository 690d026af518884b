"""Circulars, subjects and periods: copied at once, mended grade by grade."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import SignedInRequest
from registry import permissions
from registry.forms.setup import GradeForm, SubjectForm
from registry.models import SchoolYear
from registry.selectors.setup import programme as programmes
from registry.services import setup as services
from registry.views.setup.common import require_right, year_of
from schoolops.lib.workflow import TransitionDenied


@require_GET
def setup_programme(request: SignedInRequest, code: str) -> HttpResponse:
    """What every grade is taught, with the differences from last year; what copying would bring while there is nothing."""
    return _page(request, year_of(request, code))


def _page(
    request: SignedInRequest,
    year: SchoolYear,
    *,
    grade: int = 0,
    sent: GradeForm | None = None,
    added: SubjectForm | None = None,
) -> HttpResponse:
    programme = programmes.programme_of(year)
    grade = grade or _grade(request.GET.get("grade", ""), programme)
    plan = programme.of(grade)
    grades = [found.grade for found in programme.grades]
    context: dict[str, Any] = {
        "year": year,
        "programme": programme,
        "plan": plan,
        "offers": programmes.offers(year, programme),
        "form": sent or _form(year, plan),
        "subject_form": added or SubjectForm(grades=grades),
        "added": added,
        "denial": permissions.setup_denial(request.user, year),
    }
    return render(request, "registry/setup_programme.html", context, status=422 if sent or added else 200)


def _grade(asked: str, programme: programmes.Programme) -> int:
    """The grade asked for, or the first."""
    grades = [plan.grade for plan in programme.grades]
    return next((grade for grade in grades if str(grade) == asked), grades[0])


def _form(year: SchoolYear, plan: programmes.GradePlan, data: Any = None) -> GradeForm:
    return GradeForm(data, plan=plan, frozen=programmes.frozen_items(year, plan.grade))


@require_POST
def setup_copy(request: SignedInRequest, code: str) -> HttpResponse:
    """Give every grade without a programme that of last year, or of the level."""
    year = year_of(request, code)
    require_right(request, year)
    count = services.copy_programme(year=year, by=request.user)
    if count:
        message = ngettext("Đã chép %(n)s môn.", "Đã chép %(n)s môn.", count) % {"n": count}
        messages.success(request, message)
    else:
        messages.info(request, _("Mọi khối đã có chương trình nên không chép gì thêm."))
    return redirect("registry:setup_programme", code)


@require_POST
def setup_grade(request: SignedInRequest, code: str, grade: int) -> HttpResponse:
    """Save what one grade is taught."""
    year = year_of(request, code)
    require_right(request, year)
    programme = programmes.programme_of(year)
    grade = _grade(str(grade), programme)
    form = _form(year, programme.of(grade), request.POST)
    if form.is_valid():
        try:
            services.save_grade(
                year=year, grade=grade, scheme=form.chosen_scheme(), taught=form.taught(), by=request.user
            )
        except TransitionDenied as denied:
            form.add_error(None, denied.reason)
        else:
            messages.success(request, _("Đã lưu chương trình khối %(grade)s.") % {"grade": grade})
            return _back(code, grade)
    return _page(request, year, grade=grade, sent=form)


@require_POST
def setup_subject(request: SignedInRequest, code: str) -> HttpResponse:
    """Add a subject to some grades."""
    year = year_of(request, code)
    require_right(request, year)
    grades = programmes.grades_of_school()
    form = SubjectForm(request.POST, grades=grades)
    if not form.is_valid():
        return _page(request, year, added=form)
    chosen = form.chosen()
    new = services.add_subject(
        year=year, subject=chosen, grades=form.cleaned_data["grades"], taught=form.taught(), by=request.user
    )
    if new:
        values = {"subject": chosen.name, "grades": ", ".join(map(str, new))}
        messages.success(request, _("Đã thêm môn %(subject)s cho khối %(grades)s.") % values)
    else:
        messages.info(request, _("Các khối này đã có môn %(subject)s.") % {"subject": chosen.name})
    return _back(code, form.cleaned_data["grades"][0])


def _back(code: str, grade: int) -> HttpResponse:
    return redirect(f"{reverse('registry:setup_programme', args=[code])}?grade={grade}")
