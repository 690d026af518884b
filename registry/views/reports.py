"""Báo cáo gửi ngành: what is owed by day, one report with its gaps, made, taken out, noted as sent (R7)."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import AccessLog
from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.reports import CorrectForm, DownloadForm, DueForm, SendForm
from registry.models import Period, School, SchoolYear, Submission
from registry.policies import exports_a_day
from registry.reporting import Ask, Drawing, Problem, form_named, forms_of
from registry.selectors.reports import agenda
from registry.views.reads import note
from registry.workflow import REPORT_STEPS
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.files import as_attachment
from schoolops.lib.http import attempt
from schoolops.lib.workbooks import MEDIA_TYPE
from schoolops.lib.workflow import TransitionDenied, possible

LIST, DETAIL = "registry:report_list", "registry:report_detail"
PER_PAGE = 50
# As many gaps stand on the report's own page; all of them have a page of theirs.
IN_PART = 10


def _check(request: SignedInRequest) -> None:
    if reason := permissions.read_reports_denial(request.user):
        raise PermissionDenied(reason)


@require_GET
def report_list(request: SignedInRequest) -> HttpResponse:
    """What is to be sent, overdue first; below what was sent, latest first."""
    _check(request)
    now = timezone.now()
    # A school has a dozen a year: read whole, sorted here.
    seen = permissions.visible_submissions(request.user).select_related("school_year", "sent_by")
    lines = [agenda.line_of(row, now) for row in seen.order_by("due_on", "form", "pk")]
    waiting = [line for line in lines if not line.submission.is_sent]
    sent = sorted((line for line in lines if line.submission.is_sent), key=_sent_at, reverse=True)
    page = Paginator(sent, PER_PAGE).get_page(request.GET.get("page"))
    year = SchoolYear.objects.current(local_day(now))
    can_keep = permissions.keep_reports_denial(request.user) is None
    context = {
        "waiting": waiting,
        "late": sum(line.is_late for line in waiting),
        "page": page,
        "year": year,
        "lacking": _lacking(year, lines) if can_keep else 0,
    }
    return render(request, "registry/report_list.html", context)


def _sent_at(line: agenda.Line) -> datetime:
    assert line.submission.sent_at is not None
    return line.submission.sent_at


def _lacking(year: SchoolYear | None, lines: list[agenda.Line]) -> int:
    """How many reports of this year the calendar would add."""
    if year is None or year.closed_at is not None:
        return 0
    return len(agenda.lacking(year, [line.submission for line in lines]))


@require_GET
def report_forms(request: SignedInRequest) -> HttpResponse:
    """The fixed forms: what each is, the clause that asks for it, and whether its columns were compared with the original."""
    _check(request)
    school = School.objects.first()
    found = forms_of(school.level) if school else []
    rows = [
        {"form": form, "periods": [(agenda.period_label(period), due) for period, due in form.due.items()]}
        for form in found
    ]
    return render(request, "registry/report_forms.html", {"rows": rows})


@require_POST
def report_plan(request: SignedInRequest) -> HttpResponse:
    """Complete the list of this year."""
    _check(request)
    year = SchoolYear.objects.current(local_day(timezone.now()))
    made = services.plan_reports(year=year, by=request.user) if year else []
    text = ngettext("Đã thêm %(count)s báo cáo.", "Đã thêm %(count)s báo cáo.", len(made)) % {"count": len(made)}
    messages.success(request, text)
    return redirect(LIST)


def _report(request: SignedInRequest, pk: int) -> Submission:
    seen = permissions.visible_submissions(request.user)
    return get_object_or_404(
        seen.select_related("school_year", "file", "made_by", "sent_by", "replaces", "replacement"), pk=pk
    )


@require_GET
def report_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One report: before it is sent with what its form lacks now, afterwards as it was sent."""
    return _page(request, _report(request, pk))


def _page(request: SignedInRequest, submission: Submission, **bound: forms.Form) -> HttpResponse:
    """The page; `bound` is a form that asks for something, by its name in the template."""
    now = timezone.now()
    line = agenda.line_of(submission, now)
    steps = possible(REPORT_STEPS, request.user, submission)
    can_keep = permissions.keep_reports_denial(request.user, submission) is None
    make_denial = permissions.make_report_denial(request.user, submission)
    may_take_out = submission.file is not None and make_denial is None
    newer = getattr(submission, "replacement", None)
    context: dict[str, Any] = {
        "submission": submission,
        "line": line,
        "steps": steps,
        "make_denial": make_denial,
        "can_keep": can_keep,
        "can_correct": can_keep and submission.state == Submission.State.SENT and newer is None,
        "newer": newer,
        "send_form": SendForm(initial={"receiver": submission.receiver}, auto_id="id_send_%s"),
        "download_form": DownloadForm(auto_id="id_download_%s"),
        "correct_form": CorrectForm(auto_id="id_correct_%s"),
        "due_form": DueForm(initial={"due_on": submission.due_on}, auto_id="id_due_%s"),
        "may_take_out": may_take_out,
        "taken": agenda.taken_today(request.user, now) if may_take_out else 0,
        "most": exports_a_day() if may_take_out else 0,
        "exports": list(submission.exports.select_related("by")[:PER_PAGE]) if submission.file else [],
        "history": _history(submission),
    }
    return render(request, "registry/report_detail.html", context | bound, status=422 if bound else 200)


@require_GET
def report_gaps(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the form would lack if it were made now; a part of the report's page, or a page of its own."""
    submission = _report(request, pk)
    line = agenda.line_of(submission, timezone.now())
    if submission.is_sent:
        return redirect(DETAIL, pk)
    drawing = line.form.draw(Ask(submission.school_year, Period(submission.period), db_now()))
    context = {
        "submission": submission,
        "line": line,
        "drawing": drawing,
        "page": _problems(request, drawing),
    }
    template = "registry/report_gaps.html#gaps" if request.htmx else "registry/report_gaps.html"
    return render(request, template, context)


def _problems(request: SignedInRequest, drawing: Drawing) -> Any:
    """A page of what is missing, each with its link when this person may open that page."""
    found: Any = Paginator(drawing.problems, IN_PART if request.htmx else PER_PAGE).get_page(request.GET.get("page"))
    may = {name: request.user.has_perm(name) for name in {item.permission for item in found.object_list} if name}
    found.object_list = [(item, _link(item) if may.get(item.permission) else "") for item in found.object_list]
    return found


def _link(problem: Problem) -> str:
    """The address of the page where this is mended."""
    if not problem.page:
        return ""
    return reverse(problem.page, args=[problem.pk] if problem.pk else [])


def _history(submission: Submission) -> list[dict[str, Any]]:
    """Steps, and changes of the last day, oldest first."""
    steps = [
        {"at": row.at, "by": row.by, "text": REPORT_STEPS[row.step].label, "comment": row.comment}
        for row in submission.transitions.select_related("by")
    ]
    days = []
    rows = list(submission.history.select_related("history_user").order_by("history_date", "history_id"))
    for before, row in pairwise(rows):
        if before.due_on != row.due_on:
            days.append(
                {
                    "at": row.history_date,
                    "by": row.history_user or "",
                    "text": _("Đổi hạn nộp"),
                    "old": f"{before.due_on:%d/%m/%Y}",
                    "new": f"{row.due_on:%d/%m/%Y}",
                    "comment": row.history_change_reason or "",
                }
            )
    return sorted([*steps, *days], key=lambda entry: entry["at"])


@require_POST
def report_make(request: SignedInRequest, pk: int) -> HttpResponse:
    """Fill the form in now."""
    submission = _report(request, pk)
    _refuse(permissions.make_report_denial(request.user, submission))
    attempt(
        request,
        lambda: services.make_report(submission=submission, by=request.user),
        _("Đã lập tệp từ dữ liệu lúc này. Xem lại, tải về và gửi, rồi ghi nhận đã gửi."),
    )
    return redirect(DETAIL, pk)


def _refuse(reason: str | None) -> None:
    if reason:
        raise PermissionDenied(reason)


@require_POST
def report_download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The file. With personal data in it: after the password, for a reason that is kept, a few times a day."""
    submission = _report(request, pk)
    _refuse(permissions.make_report_denial(request.user, submission))
    if not agenda.line_of(submission, timezone.now()).form.names_people:
        return _file(request, submission, "")
    form = DownloadForm(request.POST, auto_id="id_download_%s")
    if not form.is_valid():
        return _page(request, submission, download_form=form)
    answer: HttpResponseBase = _with_password(request, submission, form.cleaned_data["why"])
    return answer


@recent_password_required
def _with_password(request: SignedInRequest, submission: Submission, why: str) -> HttpResponseBase:
    return _file(request, submission, why)


def _file(request: SignedInRequest, submission: Submission, why: str) -> HttpResponseBase:
    try:
        content = services.take_out(submission=submission, why=why, by=request.user)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return redirect(DETAIL, submission.pk)
    assert submission.file is not None
    if form_named(submission.form).names_people:
        note(request, AccessLog.Record.COPY, purpose=f"{submission.file.original_name}: {why}"[:200])
    return as_attachment(content, filename=submission.file.original_name, media_type=MEDIA_TYPE)


@require_POST
def report_send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that it was sent; nothing of it changes after that."""
    submission = _report(request, pk)
    _refuse(permissions.keep_reports_denial(request.user, submission))
    form = SendForm(request.POST, auto_id="id_send_%s")
    if not form.is_valid():
        return _page(request, submission, send_form=form)
    attempt(
        request,
        lambda: services.send_report(submission=submission, by=request.user, **form.cleaned_data),
        _("Đã ghi nhận gửi. Tệp được giữ nguyên như lúc gửi."),
    )
    return redirect(DETAIL, pk)


@require_POST
def report_due(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another last day."""
    submission = _report(request, pk)
    _refuse(permissions.keep_reports_denial(request.user, submission))
    form = DueForm(request.POST, auto_id="id_due_%s")
    if not form.is_valid():
        return _page(request, submission, due_form=form)
    attempt(
        request,
        lambda: services.change_due(submission=submission, by=request.user, **form.cleaned_data),
        _("Đã đổi hạn nộp."),
    )
    return redirect(DETAIL, pk)


@require_POST
def report_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin the report that takes the place of one that was sent."""
    submission = _report(request, pk)
    _refuse(permissions.keep_reports_denial(request.user, submission))
    form = CorrectForm(request.POST, auto_id="id_correct_%s")
    if not form.is_valid():
        return _page(request, submission, correct_form=form)
    try:
        made = services.correct_report(submission=submission, by=request.user, **form.cleaned_data)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return redirect(DETAIL, pk)
    messages.success(request, _("Bản đã gửi vẫn được giữ nguyên. Lập tệp mới ở đây rồi gửi lại."))
    return redirect(DETAIL, made.pk)
