"""Recording what happens to a pupil (R4): choose what, fill in what it asks for, and the lists follow."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.movements import CancelForm, MovementForm, TransferInForm
from registry.models import Movement, SchoolYear, Student
from registry.selectors import movements, students
from registry.views.students import visible_student
from schoolops.lib.clock import local_day
from schoolops.lib.http import tried

Kind = Movement.Kind


@require_http_methods(["GET", "HEAD", "POST"])
def movement_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """First what happened, then its form."""
    student = visible_student(request, pk)
    year = SchoolYear.objects.current(local_day(timezone.now()))
    kinds = movements.possible_kinds(request.user, students.places_of(student).current, year)
    if not kinds:
        raise PermissionDenied(_("Biến động của học sinh do quản trị hệ thống ghi theo phân công của hiệu trưởng."))
    kind = request.GET.get("kind", "")
    if kind not in kinds:
        return render(request, "registry/movement_choose.html", {"student": student, "kinds": kinds})
    form = MovementForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        classes=movements.target_classes(request.user, student, kind, year),
        initial={"happened_on": local_day(timezone.now())},
    )
    if form.is_valid() and (made := _tried(form, lambda: _record(request, student, kind, form))):
        return _told(request, made)
    return _form_page(
        request, "registry/movement_new.html", form, student=student, kind=form.kind, title=form.kind.label
    )


def _record(request: SignedInRequest, student: Student, kind: str, form: MovementForm) -> Movement:
    event = form.event()
    if kind == Kind.CLASS_CHANGE:
        return services.change_class(student=student, to=form.cleaned_data["to"], event=event, by=request.user)
    if kind == Kind.RE_ENTRY:
        return services.re_enter(student=student, to=form.cleaned_data["to"], event=event, by=request.user)
    return services.leave_school(student=student, kind=kind, event=event, by=request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def transfer_in(request: SignedInRequest, pk: int) -> HttpResponse:
    """A pupil from another school takes the next number of this class."""
    school_class = get_object_or_404(permissions.visible_classes(request.user).select_related("school_year"), pk=pk)
    if reason := permissions.record_movement_denial(request.user, school_class):
        raise PermissionDenied(reason)
    today = local_day(timezone.now())
    form = TransferInForm(
        request.POST if request.method == "POST" else None, today=today, initial={"happened_on": today}
    )
    if form.is_valid() and (
        made := _tried(
            form,
            lambda: services.transfer_in(pupil=form.pupil(), to=school_class, event=form.event(), by=request.user),
        )
    ):
        return _told(request, made)
    return _form_page(request, "registry/transfer_in.html", form, school_class=school_class)


@require_http_methods(["GET", "HEAD", "POST"])
def movement_cancel(request: SignedInRequest, pk: int, movement: int) -> HttpResponse:
    """A wrong event is taken back by another one with its reason."""
    student = visible_student(request, pk)
    found = get_object_or_404(
        student.movements.exclude(kind=Kind.CANCELLATION).select_related(
            "from_place__school_class__school_year", "to_place__school_class__school_year"
        ),
        pk=movement,
    )
    if reason := movements.cancel_denial(request.user, found):
        raise PermissionDenied(reason)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (
        made := _tried(
            form,
            lambda: services.cancel_movement(movement=found, reason=form.cleaned_data["reason"], by=request.user),
        )
    ):
        return _told(request, made)
    return _form_page(request, "registry/movement_cancel.html", form, student=student, movement=found)


def _tried(form: forms.Form, act: Callable[[], Movement]) -> Movement | None:
    """The event that the service wrote; otherwise its reason stands in the form."""
    try:
        return tried(form, act)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return None


def _told(request: SignedInRequest, made: Movement) -> HttpResponse:
    words = {"what": made.get_kind_display(), "who": made.student.full_name}
    if made.to_place is not None:
        words |= {"class": made.to_place.school_class.name, "number": str(made.to_place.roll_no)}
        text = _("%(what)s: %(who)s vào lớp %(class)s, STT %(number)s.") % words
    else:
        text = _("Đã ghi: %(what)s – %(who)s.") % words
    messages.success(request, text)
    return redirect(f"{reverse('registry:student_detail', args=[made.student_id])}?tab=moves")


def _form_page(request: SignedInRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
