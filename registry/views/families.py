"""Changes to the family and the policy categories of one pupil; each leads back to the tab it came from (R3)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.families import GuardianForm, PolicyForm
from registry.models import Student
from registry.views.students import visible_student
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt, tried


def _mendable(request: SignedInRequest, pk: int) -> Student:
    student = visible_student(request, pk)
    if reason := permissions.mend_student_denial(request.user, student):
        raise PermissionDenied(reason)
    return student


def _tab(student: Student, tab: str) -> str:
    return f"{reverse('registry:student_detail', args=[student.pk])}?tab={tab}"


@require_http_methods(["GET", "HEAD", "POST"])
def guardian_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Someone more answers for this pupil."""
    student = _mendable(request, pk)
    form = GuardianForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = tried(
            form, lambda: services.add_guardian(student=student, person=form.person(), tie=form.tie(), by=request.user)
        )
        if made:
            messages.success(request, _("Đã thêm vào gia đình của em."))
            return redirect(_tab(student, "family"))
    return _form_page(request, "registry/guardian_new.html", student, form)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """A policy category with its validity, or the answer that there is none."""
    student = _mendable(request, pk)
    today = local_day(timezone.now())
    form = PolicyForm(request.POST if request.method == "POST" else None, initial={"valid_from": today})
    if form.is_valid():
        made = tried(form, lambda: services.add_policy(student=student, status=form.cleaned_data, by=request.user))
        if made:
            messages.success(request, _("Đã ghi diện chính sách."))
            return redirect(_tab(student, "record"))
    return _form_page(request, "registry/policy_new.html", student, form)


def _form_page(request: SignedInRequest, template: str, student: Student, form: forms.Form) -> HttpResponse:
    return render(request, template, {"student": student, "form": form}, status=422 if form.errors else 200)


@require_POST
def guardian_contact(request: SignedInRequest, pk: int, tie: int) -> HttpResponse:
    """The school calls this person first."""
    student = _mendable(request, pk)
    chosen = get_object_or_404(student.guardianships, pk=tie)
    return _act(request, student, "family", lambda: services.choose_contact(tie=chosen, by=request.user))


@require_POST
def guardian_end(request: SignedInRequest, pk: int, tie: int) -> HttpResponse:
    """This person answers for the pupil no longer."""
    student = _mendable(request, pk)
    ended = get_object_or_404(student.guardianships, pk=tie)
    return _act(request, student, "family", lambda: services.end_guardianship(tie=ended, by=request.user))


@require_POST
def policy_end(request: SignedInRequest, pk: int, status: int) -> HttpResponse:
    """The category holds to the end of today."""
    student = _mendable(request, pk)
    ended = get_object_or_404(student.policies, pk=status)
    on = max(local_day(timezone.now()), ended.valid_from)
    return _act(request, student, "record", lambda: services.end_policy(status=ended, on=on, by=request.user))


def _act(request: SignedInRequest, student: Student, tab: str, act: Callable[[], Any]) -> HttpResponse:
    attempt(request, act, _("Đã ghi nhận."))
    return redirect(_tab(student, tab))
