"""Dữ liệu của con: what the school holds, who has read it, a copy to take away, and requests (P1-21)."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import AccessLog
from accounts.requests import SignedInRequest
from registry import documents, permissions, services
from registry.forms.data_requests import DataRequestForm
from registry.models import Student
from registry.selectors import consents, personal_data, reads
from registry.views.reads import note
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.files import as_attachment

READS_SHOWN = 20


def _child(request: SignedInRequest, pk: int) -> Student:
    return get_object_or_404(permissions.children_of(request.user), pk=pk)


def _represented(request: SignedInRequest, pk: int) -> Student:
    student = _child(request, pk)
    if reason := permissions.represent_denial(request.user, student):
        raise PermissionDenied(reason)
    return student


@require_GET
def child_data(request: SignedInRequest, pk: int) -> HttpResponse:
    """One page for the family: consent, copy, who has read, requests."""
    student = _child(request, pk)
    today = local_day(timezone.now())
    context = {
        "student": student,
        "denial": permissions.represent_denial(request.user, student),
        "standings": [item for item in consents.standings_of(student, today) if item.text],
        "lines": reads.lines_of(reads.reads_about(student).select_related("person")[:READS_SHOWN]),
        "requests": permissions.visible_data_requests(request.user).filter(student=student),
    }
    return render(request, "registry/child_data.html", context)


@require_POST
def child_copy(request: SignedInRequest, pk: int, form: str) -> HttpResponseBase:
    """Everything about this child, for its representative to read (pdf) or for another system (json)."""
    student = _represented(request, pk)
    return copy_response(request, student, form, "gia đình tự lấy")


def copy_response(request: SignedInRequest, student: Student, form: str, purpose: str) -> HttpResponseBase:
    """The copy as a file, after a line in the log of reading; no name of a pupil in the name of the file."""
    if form not in {"pdf", "json"}:
        raise Http404
    note(request, AccessLog.Record.COPY, student, purpose)
    made_at = db_now()
    with translation.override("vi"):
        sections = personal_data.copy_of(student)
    name = f"DuLieuHocSinh_{local_day(made_at):%Y-%m-%d}.{form}"
    if form == "pdf":
        content = documents.child_copy_pdf(student, sections, made_at)
        return as_attachment(content, filename=name, media_type="application/pdf")
    data = {
        "made_at": made_at.isoformat(),
        "sections": [{"title": item.title, "ground": item.ground, "rows": item.rows} for item in sections],
    }
    content = json.dumps(data, ensure_ascii=False, indent=1).encode()
    return as_attachment(content, filename=name, media_type="application/json")


@require_http_methods(["GET", "HEAD", "POST"])
def child_request_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the school for something about the child's data."""
    student = _represented(request, pk)
    form = DataRequestForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = services.receive_data_request(
            student=student,
            guardian=request.user.guardian,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            by=request.user,
        )
        messages.success(request, _("Đã gửi yêu cầu. Nhà trường trả lời trong 2 ngày làm việc."))
        return redirect("registry:data_request_detail", made.pk)
    context = {"student": student, "form": form}
    return render(request, "registry/child_request_new.html", context, status=422 if form.errors else 200)
