"""Asking for a correction: lists, the form with its evidence, and what the person who asks can do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from gradebook import permissions, services
from gradebook.forms import CellsForm, CommentForm, CorrectionForm
from gradebook.models import CorrectionItem, CorrectionRequest, Gradebook, ScoreColumn
from gradebook.selectors import books as book_selectors
from gradebook.selectors import corrections, remarks
from gradebook.selectors.grid import grid
from gradebook.selectors.windows import all_columns_of, is_writable
from gradebook.views.devices import device_of
from schoolops.lib.http import attempt
from schoolops.lib.workflow import TransitionDenied

PER_PAGE = 30
DETAIL, EDIT, LIST = "gradebook:correction_detail", "gradebook:correction_edit", "gradebook:correction_list"


def petition(request: SignedInRequest, pk: int) -> CorrectionRequest:
    """A petition that this person may see; any other is 404."""
    return get_object_or_404(corrections.with_names(permissions.visible_corrections(request.user)), pk=pk)


def own_petition(request: SignedInRequest, pk: int) -> CorrectionRequest:
    """One's own petition; another's is refused with the reason."""
    found = petition(request, pk)
    if reason := permissions.own_correction_denial(request.user, found):
        raise PermissionDenied(reason)
    return found


@require_GET
def correction_list(request: SignedInRequest) -> HttpResponse:
    """Mine, what waits for me, what is done."""
    user = request.user
    if not user.has_perm("accounts.work_here"):
        raise PermissionDenied(_("Trang này dành cho cán bộ, giáo viên của trường."))
    tabs = [
        ("wait", _("Chờ tôi duyệt"), corrections.to_decide(user), user.has_perm("gradebook.decide_correction")),
        ("confirm", _("Chờ ghi nhận"), corrections.to_confirm(user), user.has_perm("gradebook.confirm_correction")),
        ("mine", _("Của tôi"), corrections.mine(user), user.has_perm("gradebook.enter_scores")),
        ("done", _("Đã xong"), corrections.ended(user, request.GET.get("year", "")), True),
    ]
    offered = [(name, label, found) for name, label, found, is_offered in tabs if is_offered]
    chosen, label, found = next((tab for tab in offered if tab[0] == request.GET.get("tab")), offered[0])
    page = Paginator(corrections.with_names(found), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [(name, label) for name, label, _found in offered],
        "chosen": chosen,
        "label": label,
        "page": page,
        "now": timezone.now(),
        "years": corrections.years() if chosen == "done" else [],
        "year": request.GET.get("year", ""),
        "can_ask": user.has_perm("gradebook.enter_scores"),
        "can_report": user.has_perm("gradebook.decide_correction"),
    }
    return render(request, "gradebook/correction_list.html", context)


# --- beginning ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def correction_new(request: SignedInRequest) -> HttpResponse:
    """GET: choose a book, a closed column, and pupils. POST: a draft about these cells."""
    if request.method == "POST":
        return _begin(request)
    mine = [book for book in book_selectors.shelf(request.user) if book.is_mine]
    if not mine:
        raise PermissionDenied(_("Đề nghị điều chỉnh do giáo viên được phân công lớp – môn gửi."))
    chosen = next((book.gradebook for book in mine if str(book.gradebook.pk) == request.GET.get("book")), None)
    context: dict[str, Any] = {"books": mine, "book": chosen}
    if chosen:
        columns = [column for column in all_columns_of(chosen.pk) if not is_writable(column)]
        column = next((column for column in columns if str(column.pk) == request.GET.get("column")), None)
        context |= {"columns": columns, "column": column}
        if column:
            context["pupils"] = _pupils(chosen, column)
    return render(request, "gradebook/correction_new.html", context)


def _pupils(book: Gradebook, column: ScoreColumn) -> Sequence[book_selectors.Pupil | remarks.Line]:
    """The class with what the column holds."""
    if column.is_remark and (page := remarks.remark_page(book, column.code)):
        return page.lines
    return book_selectors.pupils_of(grid(book), column)


def _begin(request: SignedInRequest) -> HttpResponse:
    form = CellsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Chọn ít nhất một học sinh."))
        return redirect(request.get_full_path())
    book = get_object_or_404(
        book_selectors.with_names(permissions.visible_gradebooks(request.user)), pk=form.cleaned_data["book"]
    )
    try:
        made = services.start_correction(gradebook=book, cells=form.cleaned_data["cells"], by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("gradebook:gradebook_detail", book.pk)
    if typed := form.cleaned_data["typed"]:
        _write_down(made, typed, request)
    return redirect(EDIT, made.pk)


def _write_down(made: CorrectionRequest, typed: Mapping[tuple[int, int], str], request: SignedInRequest) -> None:
    """What the teacher had typed when the column closed; what cannot be read is asked for again on the page."""
    items = {(item.column_id, item.student_id): item.pk for item in made.items.all()}
    services.save_correction(
        correction=made,
        values={items[cell]: text for cell, text in typed.items() if cell in items},
        by=request.user,
        reason=made.reason,
        explanation=made.explanation,
        addressed_to=made.addressed_to,
    )


# --- the form ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def correction_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The petition as a form; "Gửi đề nghị" and "Lưu nháp" are its two buttons."""
    found = own_petition(request, pk)
    if found.state not in CorrectionRequest.IN_HAND:
        return redirect(DETAIL, pk)
    if request.method != "POST":
        return _form_page(request, found, CorrectionForm(instance=found))
    form = CorrectionForm(request.POST, instance=found)
    values = form.values()
    _take_files(request, found)
    if not form.is_valid():
        return _form_page(request, found, form, values)
    errors = _save(request, found, form)
    if errors:
        return _form_page(request, found, form, values, errors)
    if request.POST.get("action") != "send":
        messages.success(request, _("Đã lưu nháp."))
        return redirect(EDIT, pk)
    try:
        sent = services.submit_correction(
            correction=CorrectionRequest.objects.get(pk=pk), by=request.user, device=device_of(request)
        )
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return redirect(EDIT, pk)
    except ValidationError as error:
        form.add_missing(error.message_dict)
        return _form_page(request, own_petition(request, pk), form, values)
    messages.success(
        request,
        _("Đã gửi đề nghị #%(number)s. %(whom)s dự kiến trả lời trước %(day)s.")
        % {
            "number": sent.number,
            "whom": sent.addressed_to.get_short_name() if sent.addressed_to else _("Lãnh đạo"),
            "day": f"{timezone.localtime(sent.due_at):%d/%m/%Y}" if sent.due_at else "",
        },
    )
    return redirect(DETAIL, pk)


def _take_files(request: SignedInRequest, found: CorrectionRequest) -> None:
    """Files that came with the form itself, where no script sent them before."""
    if uploads := request.FILES.getlist("files"):
        for words in services.add_evidence(correction=found, uploads=uploads, by=request.user):
            messages.error(request, words)


def _save(request: SignedInRequest, found: CorrectionRequest, form: CorrectionForm) -> dict[int, str]:
    return services.save_correction(
        correction=found,
        values=form.values(),
        by=request.user,
        reason=form.cleaned_data["reason"],
        explanation=form.cleaned_data["explanation"],
        addressed_to=form.cleaned_data["addressed_to"],
    )


def _form_page(
    request: SignedInRequest,
    found: CorrectionRequest,
    form: CorrectionForm,
    typed: Mapping[int, str] | None = None,
    errors: Mapping[int, str] | None = None,
) -> HttpResponse:
    items = list(corrections.items_of(found))
    held = {(item.column_id, item.student_id) for item in items}
    asked = {item.column_id for item in items}
    closed = [column for column in all_columns_of(found.gradebook_id) if not is_writable(column)]
    pupils = grid(found.gradebook).rows
    context = {
        "petition": found,
        "form": form,
        "rows": [_form_row(item, typed or {}, errors or {}) for item in items],
        "evidence": found.evidence.select_related("file"),
        "others": [
            (column, row.student_id, row.roll_no, row.name)
            for column in closed
            if column.pk in asked or not asked
            for row in pupils
            if (column.pk, row.student_id) not in held
        ],
        "comment_form": CommentForm(),
        "returned": found.state == CorrectionRequest.State.RETURNED,
        "last_comment": _last_comment(found),
    }
    failed = bool(form.errors or errors or form.missing)
    return render(request, "gradebook/correction_edit.html", context, status=422 if failed else 200)


@dataclass(frozen=True)
class FormRow:
    """A cell of the form: its old value, what stands in the field (nothing until a new value was typed), whether it shall be
    empty, and what is wrong with it."""

    item: CorrectionItem
    old: str
    text: str
    is_cleared: bool
    error: str


def _form_row(item: CorrectionItem, typed: Mapping[int, str], errors: Mapping[int, str]) -> FormRow:
    is_asked = item.new_code != item.old_code
    # A remark is mended, a score is typed anew.
    unasked = corrections.old_value(item) if item.column.is_remark else ""
    text = typed.get(item.pk, corrections.new_value(item) if is_asked else unasked)
    is_cleared = not text and (is_asked or item.pk in typed)
    return FormRow(item, corrections.old_value(item), text, is_cleared, errors.get(item.pk, ""))


def _last_comment(found: CorrectionRequest) -> str:
    last = found.transitions.filter(step="return").order_by("-at").first()
    return last.comment if last else ""


@require_POST
def correction_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Autosave of the draft: answers with the line that says so, and what could not be read."""
    found = own_petition(request, pk)
    form = CorrectionForm(request.POST, instance=found)
    errors, sent = {}, ""
    try:
        errors = _save(request, found, form) if form.is_valid() else {}
    except TransitionDenied as denied:
        # Sent in the meantime, by the button of this very page or in another tab: said here, it is no failure.
        sent = denied.reason
    context = {"petition": found, "at": timezone.now(), "errors": errors, "form": form, "sent": sent}
    return render(request, "gradebook/correction_edit.html#saved", context)


def _keep_typed(request: SignedInRequest, found: CorrectionRequest) -> None:
    """What was typed beside the button that leads elsewhere."""
    form = CorrectionForm(request.POST, instance=found)
    if form.is_valid():
        _save(request, found, form)


@require_POST
def correction_item_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """One more pupil with the same reason; what was typed so far is kept."""
    found = own_petition(request, pk)
    posted = request.POST.copy()
    posted["book"] = str(found.gradebook_id)
    cells = CellsForm(posted)
    try:
        _keep_typed(request, found)
        if cells.is_valid():
            services.add_items(correction=found, cells=cells.cleaned_data["cells"], by=request.user)
    except (ValidationError, TransitionDenied) as error:
        messages.error(request, error.messages[0] if isinstance(error, ValidationError) else error.reason)
    return redirect(EDIT, pk)


@require_POST
def correction_item_remove(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    found = own_petition(request, pk)
    try:
        _keep_typed(request, found)
        services.remove_item(item=get_object_or_404(CorrectionItem, pk=item, request=found), by=request.user)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
    return redirect(EDIT, pk)


@require_POST
def correction_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    found = own_petition(request, pk)
    if not attempt(
        request, lambda: services.discard_correction(correction=found, by=request.user), _("Đã bỏ bản nháp.")
    ):
        return redirect(DETAIL, pk)
    return redirect(LIST)


@require_POST
def correction_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    found, form = own_petition(request, pk), CommentForm(request.POST)
    if form.is_valid():
        comment, device = form.cleaned_data["comment"], device_of(request)
        attempt(
            request,
            lambda: services.withdraw_correction(correction=found, by=request.user, comment=comment, device=device),
            _("Đã rút đề nghị. Điểm trong sổ giữ nguyên."),
        )
    else:
        messages.error(request, str(form.errors["comment"][0]))
    return redirect(DETAIL, pk)


@require_POST
def correction_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take it back to change it; it must then be sent and approved again."""
    found = own_petition(request, pk)
    try:
        services.edit_correction(correction=found, by=request.user, device=device_of(request))
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return redirect(DETAIL, pk)
    return redirect(EDIT, pk)
