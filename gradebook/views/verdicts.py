"""Deciding on petitions: the page side by side, the verdict after the password was asked again, the administrator's hand."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from gradebook import documents, permissions, services
from gradebook.forms import VerdictForm
from gradebook.models import CorrectionRequest
from gradebook.selectors import calendar as calendars
from gradebook.selectors import corrections, history
from gradebook.selectors.correction_report import report as correction_report_of
from gradebook.views.corrections import DETAIL, petition
from gradebook.views.devices import device_of
from gradebook.workflow import CORRECTION_STEPS
from schoolops.lib.files import as_attachment
from schoolops.lib.http import attempt
from schoolops.lib.workflow import TransitionDenied, possible

State = CorrectionRequest.State


@require_GET
def correction_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What it is, what it does, and what can be done with it; drafts are a form."""
    found = petition(request, pk)
    if found.state == State.DRAFT and found.requested_by_id == request.user.pk:
        return redirect("gradebook:correction_edit", pk)
    return _page(request, found, VerdictForm())


def _page(request: SignedInRequest, found: CorrectionRequest, form: VerdictForm) -> HttpResponse:
    user, now = request.user, timezone.now()
    steps = possible(CORRECTION_STEPS, user, found)
    decides = "approve" in steps
    rows = corrections.rows_of(found, reviewer=user if decides else None)
    is_reviewer = user.has_perm("gradebook.decide_correction")
    context = {
        "petition": found,
        "rows": rows,
        "single": rows[0] if len(rows) == 1 else None,
        "cell_events": history.cell_history(rows[0].item.column, rows[0].item.student_id) if len(rows) == 1 else [],
        "unopened": [row for row in rows if row.is_drawn and not row.is_opened],
        "drawn": [row for row in rows if row.is_drawn],
        "evidence": found.evidence.select_related("file"),
        "steps": steps,
        "can_reverse": found.state == State.APPLIED and permissions.send_correction_denial(user, found) is None,
        "history": corrections.history_of(found),
        "around": corrections.context_of(found) if is_reviewer else None,
        "own_denial": permissions.decide_correction_denial(user, found)
        if is_reviewer and found.state == State.SUBMITTED and not decides
        else "",
        "claimed_by": corrections.claimed_by_another(found, user, now) if decides else None,
        "queue": corrections.neighbours(corrections.to_decide(user), found.pk) if is_reviewer else None,
        "form": form,
        "now": now,
    }
    return render(request, "gradebook/correction_detail.html", context, status=422 if form.errors else 200)


@require_POST
def correction_look(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    """A row of a batch, opened: the past of the cell and the effect; that it was opened is kept."""
    found = petition(request, pk)
    opened = get_object_or_404(corrections.items_of(found), pk=item)
    services.look_at_item(item=opened, by=request.user)
    if not request.htmx:
        return redirect(DETAIL, pk)
    context = {
        "petition": found,
        "row": corrections.opened_row(found, opened),
        "unopened": corrections.unopened_sample(found, request.user),
        "cell_events": history.cell_history(opened.column, opened.student_id),
        "evidence": found.evidence.select_related("file"),
    }
    return render(request, "gradebook/correction_row.html", context)


@require_POST
def correction_claim(request: SignedInRequest, pk: int) -> HttpResponse:
    """ "Tôi đang xem" """
    services.claim_correction(correction=petition(request, pk), by=request.user)
    return redirect(DETAIL, pk)


@require_POST
def correction_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve, return or refuse the version that was read; then the next of the queue."""
    found = petition(request, pk)
    if reason := permissions.decide_correction_denial(request.user, found):
        raise PermissionDenied(reason)
    return _decide(request, found)


@recent_password_required
def _decide(request: SignedInRequest, found: CorrectionRequest) -> HttpResponse:
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    verdict = form.cleaned_data["verdict"]
    decide = {
        "approve": services.approve_correction,
        "return": services.return_correction,
        "reject": services.reject_correction,
    }[verdict]
    following = corrections.neighbours(corrections.to_decide(request.user), found.pk)[3]
    try:
        decided = decide(
            correction=found,
            revision=form.cleaned_data["revision"],
            by=request.user,
            comment=form.cleaned_data["comment"],
            device=device_of(request),
        )
    except ValidationError as error:
        form.add_error("comment", error.messages)
        return _page(request, found, form)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return redirect(DETAIL, found.pk)
    messages.success(request, _decided_words(decided))
    return redirect(DETAIL, following if "next" in request.POST and following else found.pk)


def _decided_words(decided: CorrectionRequest) -> str:
    words = {
        State.APPLIED: _("Đề nghị #%(number)s đã duyệt và ghi vào sổ lúc %(time)s."),
        State.APPROVED: _("Đề nghị #%(number)s đã duyệt, chờ quản trị hệ thống ghi nhận."),
        State.RETURNED: _("Đã trả lại đề nghị #%(number)s để bổ sung."),
        State.REJECTED: _("Đề nghị #%(number)s: không duyệt. Điểm trong sổ giữ nguyên."),
    }[State(decided.state)]
    return words % {"number": decided.number, "time": f"{timezone.localtime(timezone.now()):%H:%M:%S}"}


@require_POST
def correction_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """The administrator confirms by hand; there is no value to type."""
    found = petition(request, pk)
    if reason := permissions.apply_correction_denial(request.user, found):
        raise PermissionDenied(reason)
    return _confirm(request, found)


@recent_password_required
def _confirm(request: SignedInRequest, found: CorrectionRequest) -> HttpResponse:
    attempt(
        request,
        lambda: services.confirm_correction(correction=found, by=request.user, device=device_of(request)),
        _("Đã ghi nhận đề nghị #%(number)s vào sổ.") % {"number": found.number},
    )
    return redirect(DETAIL, found.pk)


@require_GET
def correction_pdf(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The petition form on paper, with its three boxes and a QR code to this page."""
    found = petition(request, pk)
    content = documents.correction_pdf(found, url=request.build_absolute_uri(f"/corrections/{found.pk}/"))
    name = f"DeNghiDieuChinh_{found.gradebook.term.school_year.code}_{found.number or 'nhap'}.pdf"
    return as_attachment(content, filename=name, media_type="application/pdf")


@require_GET
def correction_report(request: SignedInRequest) -> HttpResponse:
    """How corrections go in a term, for leaders."""
    if not request.user.has_perm("gradebook.decide_correction"):
        raise PermissionDenied(_("Báo cáo này dành cho lãnh đạo nhà trường."))
    now = timezone.now()
    year = calendars.current_year(now)
    term = calendars.current_term(year, now, request.GET.get("term", "")) if year else None
    if year is None or term is None:
        raise Http404
    context = {
        "term": term,
        "terms": year.terms.all(),
        "report": correction_report_of(request.user, term, now),
        "now": now,
    }
    return render(request, "gradebook/correction_report.html", context)
