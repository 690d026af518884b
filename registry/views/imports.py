"""Initial data: send a file, look at what it would do, mend it there, load it whole or put it aside (A9)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.imports import AssignmentOptionsForm, read_edits, upload_form
from registry.importing import KINDS, RefusedFileError, template_workbook
from registry.models import ImportBatch, SchoolYear
from registry.selectors.calendar import open_years
from registry.selectors.imports import AssignmentPlan, Group, Options, Plan, build_plan, notes_in_words
from registry.workflow import IMPORT_STEPS
from schoolops.lib import files
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt, next_place
from schoolops.lib.workbooks import MEDIA_TYPE
from schoolops.lib.workflow import possible

Kind, State = ImportBatch.Kind, ImportBatch.State
PER_PAGE = 50
# The kinds that are loaded whole, with the name of their template.
TEMPLATE_NAMES: dict[str, str] = {
    Kind.STUDENTS: "mau-hoc-sinh",
    Kind.STAFF: "mau-can-bo",
    Kind.ASSIGNMENTS: "mau-phan-cong",
}


@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: SignedInRequest) -> HttpResponse:
    """The three kinds of files with their templates, and the files sent so far; POST sends one.

    `kind` and `year` in the address narrow the page to one file of one year, `next` is where loading it leads.
    """
    _require_right(request)
    sent, years = None, open_years(local_day(timezone.now()), request.GET.get("year", ""))
    if request.method == "POST" and (kind := request.POST.get("kind", "")) in TEMPLATE_NAMES:
        sent = upload_form(kind, years=years, data=request.POST, uploaded=request.FILES)
        if sent.is_valid() and (batch := upload(request, kind, sent)):
            return redirect(_detail(request, batch.pk))
    found = permissions.visible_batches(request.user).select_related("uploaded_by", "school_year", "file")
    context = {
        "sent": sent,
        "years": years,
        "cards": [_card(kind, years, sent) for kind in _kinds(request.GET.get("kind", ""))],
        "only": request.GET.get("kind", "") in TEMPLATE_NAMES,
        "back": next_place(request),
        "page": Paginator(found.defer("rows", "edits", "result"), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "registry/import_list.html", context, status=422 if sent else 200)


def _require_right(request: SignedInRequest) -> None:
    if reason := permissions.import_denial(request.user):
        raise PermissionDenied(reason)


def _kinds(wanted: str) -> list[ImportBatch.Kind]:
    """The kind asked for, or all in the order in which they are loaded."""
    return [Kind(wanted)] if wanted in TEMPLATE_NAMES else [Kind.STAFF, Kind.STUDENTS, Kind.ASSIGNMENTS]


def _detail(request: SignedInRequest, pk: int, **asked: str) -> str:
    """The page of a file; it remembers where loading the file leads."""
    asked |= {"next": place} if (place := next_place(request)) else {}
    address = reverse("registry:import_detail", args=[pk])
    return f"{address}?{urlencode(asked)}" if asked else address


def upload(request: SignedInRequest, kind: str, form: Any) -> ImportBatch | None:
    """The new batch, or None when the file is refused; the reason then stands in the form."""
    file = form.cleaned_data["file"]
    try:
        return services.upload_batch(
            kind=kind,
            school_year=form.cleaned_data["school_year"],
            content=file.read(),
            name=file.name or "",
            options=form.options(),
            by=request.user,
        )
    except RefusedFileError as refused:
        form.add_error("file", refused.reason)
        return None


def _card(kind: ImportBatch.Kind, years: list[SchoolYear], sent: Any) -> dict[str, Any]:
    is_sent = sent is not None and sent.data.get("kind") == kind
    return {
        "kind": kind,
        "title": kind.label,
        "form": sent if is_sent else upload_form(kind, years=years),
        "columns": [column.heading for column in KINDS[kind].fields],
    }


@require_GET
def import_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The preview of a file, or what became of it."""
    batch = _batch(request, pk)
    context = _about(request, batch) | {"back": next_place(request)}
    if batch.state == State.PREVIEW:
        plan = build_plan(batch)
        context |= _preview(request, batch, plan)
    return render(request, "registry/import_detail.html", context)


def _batch(request: SignedInRequest, pk: int) -> ImportBatch:
    seen = permissions.visible_batches(request.user).select_related("school_year", "uploaded_by", "file")
    return get_object_or_404(seen, pk=pk)


def _about(request: SignedInRequest, batch: ImportBatch) -> dict[str, Any]:
    taken = [
        {"at": row.at, "by": row.by, "text": IMPORT_STEPS[row.step].label}
        for row in batch.transitions.select_related("by")
    ]
    return {
        "batch": batch,
        "steps": possible(IMPORT_STEPS, request.user, batch),
        "notes": list(notes_in_words(batch)),
        "history": [{"at": batch.uploaded_at, "by": batch.uploaded_by, "text": _("Tải tệp lên")}, *taken],
        "counts": batch.result.get("counts", {}),
        "created": _created(batch.result.get("creates", {})),
    }


def _created(creates: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(what, names) of everything that comes into being beside the rows."""
    labels = {"classes": _("Lớp mới"), "departments": _("Tổ chuyên môn mới"), "decisions": _("Quyết định mới")}
    return [(f"{labels[kind]} ({len(found)})", ", ".join(found)) for kind, found in creates.items() if found]


@dataclass(frozen=True)
class Tab:
    """One group of rows, as a tile and as a list."""

    group: Group
    label: str
    count: int
    tone: str


def _tabs(plan: Plan) -> list[Tab]:
    labels = {
        Group.PROBLEM: (_("cần xem lại"), "warn"),
        Group.NEW: (_("mới"), "ok"),
        Group.CHANGED: (_("thay đổi"), "info"),
        Group.UNCHANGED: (_("giữ nguyên"), ""),
        Group.SKIPPED: (_("bỏ qua"), ""),
    }
    return [
        Tab(group, label, plan.count(group), tone if plan.count(group) else "")
        for group, (label, tone) in labels.items()
    ]


def _preview(request: SignedInRequest, batch: ImportBatch, plan: Plan) -> dict[str, Any]:
    tabs = _tabs(plan)
    shown = [tab.group for tab in tabs if tab.count and tab.group is not Group.UNCHANGED]
    wanted = request.GET.get("group", "")
    group = next((group for group in shown if group == wanted), shown[0] if shown else Group.UNCHANGED)
    is_assignment = batch.kind == Kind.ASSIGNMENTS
    return {
        "plan": plan,
        "later": plan.later if isinstance(plan, AssignmentPlan) else [],
        "tabs": tabs,
        "group": group,
        "created": _created(plan.creates),
        "fact_headings": _fact_headings(batch.kind),
        "page": Paginator(plan.of_group(group), PER_PAGE).get_page(request.GET.get("page")),
        "apply_label": _apply_label(plan),
        "options": Options.of(batch),
        "options_form": _options_form(batch) if is_assignment else None,
    }


def _fact_headings(kind: str) -> tuple[str, ...]:
    """Headings of what the preview shows of a new row, in the order of `RowPlan.facts`."""
    return {
        Kind.STUDENTS: (_("Lớp"), _("STT"), _("Ngày sinh"), _("Giới tính"), _("Mã định danh")),
        Kind.STAFF: (_("Mã cán bộ"), _("Tên đăng nhập"), _("Điện thoại"), _("Tổ chuyên môn"), _("Chức vụ")),
        Kind.ASSIGNMENTS: (_("Giáo viên"), _("Môn"), _("Dạy lớp"), _("Chủ nhiệm"), _("Quyết định")),
    }[Kind(kind)]


def _apply_label(plan: Plan) -> str:
    """The button says what it will do: "Nhập 45 dòng mới, sửa 3 dòng"."""
    new, changed = plan.count(Group.NEW), plan.count(Group.CHANGED)
    parts = []
    if new:
        parts.append(ngettext("nhập %(n)s dòng mới", "nhập %(n)s dòng mới", new) % {"n": new})
    if changed:
        parts.append(ngettext("sửa %(n)s dòng", "sửa %(n)s dòng", changed) % {"n": changed})
    if ended := len(plan.endings):
        parts.append(ngettext("kết thúc %(n)s phân công", "kết thúc %(n)s phân công", ended) % {"n": ended})
    label = ", ".join(parts) or _("nhập dữ liệu")
    return label[:1].upper() + label[1:]


def _options_form(batch: ImportBatch, data: Any = None) -> AssignmentOptionsForm:
    chosen = Options.of(batch)
    return AssignmentOptionsForm(
        data,
        year=batch.school_year,
        initial={
            "valid_from": chosen.valid_from,
            "decision": chosen.decision,
            "decision_number": chosen.decision_number,
            "decision_date": chosen.decision_date,
            "decision_signer": chosen.decision_signer,
            "replaces": chosen.replaces,
        },
    )


@require_POST
def import_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save the mended cells of one page, the rows left out, or what was chosen for the whole file; then check again."""
    batch = _batch(request, pk)
    action = request.POST.get("action", "")
    form = _options_form(batch, request.POST) if action == "options" else None
    if form is not None and not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return redirect(_detail(request, pk))
    edits = read_edits(request.POST)
    attempt(
        request,
        lambda: services.edit_batch(
            batch=batch,
            by=request.user,
            cells=edits.cells,
            skipped=edits.skipped,
            options=form.options() if form else None,
            accept_suggestions=action == "accept",
        ),
        _("Đã lưu những chỗ vừa sửa và kiểm tra lại cả tệp."),
    )
    return _back_to_page(request, pk)


def _back_to_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same group of rows; its first page when the page is no longer there."""
    asked = {name: request.POST[name] for name in ("group", "page") if request.POST.get(name, "").isalnum()}
    return redirect(_detail(request, pk, **asked))


@require_POST
def import_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Load the file as the preview showed it; then on to where the address says, or to what became of it."""
    batch = _batch(request, pk)
    if not attempt(
        request,
        lambda: services.apply_batch(
            batch=batch,
            by=request.user,
            fingerprint=request.POST.get("fingerprint", ""),
            agrees_to_end=request.POST.get("agrees") == "on",
        ),
        _("Đã nhập xong. Tệp gốc và lịch sử vẫn được giữ."),
    ):
        return redirect(_detail(request, pk))
    return redirect(next_place(request) or _detail(request, pk))


@require_POST
def import_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the file aside; nothing of the register changes."""
    batch = _batch(request, pk)
    if not attempt(
        request,
        lambda: services.discard_batch(batch=batch, by=request.user),
        _("Đã bỏ tệp này. Dữ liệu của trường không thay đổi."),
    ):
        return redirect(_detail(request, pk))
    return redirect(next_place(request) or "registry:import_list")


@require_GET
def import_template(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """The file to be filled in for one kind of data."""
    _require_right(request)
    if kind not in TEMPLATE_NAMES:
        raise Http404
    name = TEMPLATE_NAMES[kind]
    return files.as_attachment(template_workbook(kind), filename=f"{name}.xlsx", media_type=MEDIA_TYPE)
