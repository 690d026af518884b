"""Requests about data at the school's desk: received, answered, settled in time (P1-21)."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.data_requests import AnswerForm, PaperRequestForm
from registry.models import DataRequest, Student
from registry.selectors.personal_data import erasable
from registry.views.child_data import copy_response
from registry.views.students import visible_student
from registry.workflow import DATA_REQUEST_STEPS
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt
from schoolops.lib.workflow import TransitionDenied, possible

PER_PAGE = 30
OPEN = (DataRequest.State.RECEIVED, DataRequest.State.IN_PROGRESS)


@require_GET
def data_request_list(request: SignedInRequest) -> HttpResponse:
    """Open ones by their term, then the closed ones, latest first."""
    if reason := permissions.take_data_request_denial(request.user):
        raise PermissionDenied(reason)
    found = permissions.visible_data_requests(request.user).select_related("student", "guardian", "handler")
    context = {
        "open": found.filter(state__in=OPEN).order_by("settle_by", "pk"),
        "page": Paginator(found.exclude(state__in=OPEN), PER_PAGE).get_page(request.GET.get("page")),
        "now": timezone.now(),
    }
    return render(request, "registry/data_request_list.html", context)


@require_GET
def data_request_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk), AnswerForm())


def _found(request: SignedInRequest, pk: int) -> DataRequest:
    visible = permissions.visible_data_requests(request.user)
    return get_object_or_404(visible.select_related("student", "guardian", "handler", "received_by"), pk=pk)


def _page(request: SignedInRequest, found: DataRequest, form: AnswerForm) -> HttpResponse:
    steps = possible(DATA_REQUEST_STEPS, request.user, found)
    context = {
        "item": found,
        "steps": steps,
        "form": form,
        "now": timezone.now(),
        "is_keeper": permissions.keep_data_request_denial(request.user) is None,
        "is_staff": request.user.has_perm("accounts.work_here"),
        "erasable": erasable(found.student) if "settle" in steps and found.kind == DataRequest.Kind.ERASE else [],
        "history": [
            {"at": row.at, "by": row.by, "text": DATA_REQUEST_STEPS[row.step].label, "comment": row.comment}
            for row in found.transitions.select_related("by")
        ],
    }
    return render(request, "registry/data_request_detail.html", context, status=422 if form.errors else 200)


ACTS: dict[str, Callable[..., DataRequest]] = {
    "answer": services.answer_data_request,
    "prolong": services.prolong_data_request,
}


@require_POST
def data_request_step(request: SignedInRequest, pk: int, step: str) -> HttpResponse:
    """Answered, prolonged, settled or refused, always with a word to the family."""
    found = _kept(request, pk)
    if step not in DATA_REQUEST_STEPS:
        raise Http404
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    comment = form.cleaned_data["comment"]
    try:
        if act := ACTS.get(step):
            act(request=found, by=request.user, comment=comment)
        else:
            services.close_data_request(request=found, step=step, by=request.user, comment=comment)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
    else:
        messages.success(request, _("Đã ghi và báo cho gia đình."))
    return redirect("registry:data_request_detail", pk)


def _kept(request: SignedInRequest, pk: int) -> DataRequest:
    found = _found(request, pk)
    if reason := permissions.keep_data_request_denial(request.user):
        raise PermissionDenied(reason)
    return found


@require_POST
def data_request_erase(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Empty what may be erased, and tell the family what went and what stays."""
    return _erase(request, _kept(request, pk))


@recent_password_required
def _erase(request: SignedInRequest, found: DataRequest) -> HttpResponse:
    attempt(
        request,
        lambda: services.erase_on_request(request=found, by=request.user),
        _("Đã xóa và báo cho gia đình."),
    )
    return redirect("registry:data_request_detail", found.pk)


@require_POST
def data_request_copy(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The copy on paper that a family has asked for."""
    return _copy(request, _kept(request, pk))


@recent_password_required
def _copy(request: SignedInRequest, found: DataRequest) -> HttpResponseBase:
    return copy_response(request, found.student, "pdf", f"yêu cầu số {found.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def data_request_paper(request: SignedInRequest, pk: int) -> HttpResponse:
    """The office writes down what a family brought on paper."""
    student = visible_student(request, pk)
    if reason := permissions.take_data_request_denial(request.user):
        raise PermissionDenied(reason)
    ties = list(student.guardianships.representing(local_day(timezone.now())).select_related("guardian"))
    form = PaperRequestForm(request.POST if request.method == "POST" else None, ties=ties)
    if form.is_valid() and (made := _received(request, form, student)):
        messages.success(request, _("Đã ghi nhận yêu cầu."))
        return redirect("registry:data_request_detail", made.pk)
    context = {"student": student, "form": form, "has_representative": bool(ties)}
    return render(request, "registry/data_request_paper.html", context, status=422 if form.errors else 200)


def _received(request: SignedInRequest, form: PaperRequestForm, student: Student) -> DataRequest | None:
    try:
        return services.receive_data_request(
            student=student,
            guardian=form.cleaned_data["guardian"],
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            paper=form.cleaned_data["paper"],
            by=request.user,
        )
    except TransitionDenied as denied:
        form.add_error("guardian", denied.reason)
        return None
