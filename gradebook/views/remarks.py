"""Remarks of a class: the page to write them on, and the bank of phrases (G4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from gradebook import permissions, services
from gradebook.forms import ColumnForm, MalformedCellsError, PhraseForm
from gradebook.models import Gradebook, RemarkPhrase, ScoreColumn
from gradebook.selectors import remarks
from gradebook.selectors.books import head
from gradebook.services import CellResult, CellStatus
from gradebook.views.books import book_of
from schoolops.lib.remarks import ADVISED_LENGTH, MAX_LENGTH

Band = RemarkPhrase.Band


@dataclass(frozen=True)
class Field:
    """A pupil's line as the page shows it: what stands in the field, and why it could not be saved."""

    line: remarks.Line
    text: str
    error: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def remark_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """One remark column of the book, a field per pupil. POST: the whole column, for browsers without JavaScript."""
    book = book_of(request, pk)
    page = remarks.remark_page(book, request.GET.get("column", ""))
    if page is None:
        raise Http404
    if request.method == "POST":
        return _save(request, book, page)
    return _render(request, book, page)


def _save(request: SignedInRequest, book: Gradebook, page: remarks.Page) -> HttpResponse:
    form = ColumnForm(request.POST)
    try:
        changes = form.changes(page.column, quick=False) if form.is_valid() else []
    except MalformedCellsError:
        changes = []
    results = services.save_cells(gradebook=book, changes=changes, by=request.user)
    refused = {result.student_id: result for result in results if result.status != CellStatus.SAVED}
    if not refused:
        messages.success(request, _("Đã lưu cột %(column)s.") % {"column": page.column.label})
        return redirect(f"{reverse('gradebook:remark_list', args=[book.pk])}?column={page.column.code}")
    typed = {change.student_id: change.text for change in changes}
    again = remarks.remark_page(book, page.column.code) or page
    return _render(request, book, again, typed, refused)


def _render(
    request: SignedInRequest,
    book: Gradebook,
    page: remarks.Page,
    typed: Mapping[int, str] | None = None,
    refused: Mapping[int, CellResult] | None = None,
) -> HttpResponse:
    read_only = permissions.enter_denial(request.user, book)
    context = {
        "book": book,
        "page": page,
        "head": head(page.column),
        "fields": [_field(line, page.column, typed or {}, refused or {}) for line in page.lines],
        "versions": ",".join(f"{line.student_id}:{line.version}" for line in page.lines),
        "read_only": read_only,
        "is_open": page.is_open and not read_only,
        "advised": ADVISED_LENGTH,
        "most": MAX_LENGTH,
        "can_except": read_only and permissions.set_locks_denial(request.user) is None,
        **({} if read_only else _bank(request, PhraseForm())),
    }
    return render(request, "gradebook/remark_list.html", context, status=422 if refused else 200)


def _field(
    line: remarks.Line, column: ScoreColumn, typed: Mapping[int, str], refused: Mapping[int, CellResult]
) -> Field:
    result = refused.get(line.student_id)
    if result is None:
        return Field(line, line.text)
    return Field(line, typed[line.student_id], services.refusal(result, column, typed[line.student_id]))


# --- phrases --------------------------------------------------------------------------------------
def _bank(request: SignedInRequest, form: PhraseForm) -> dict[str, object]:
    """The phrases by band as the dialog shows them, those for any result last."""
    bands: dict[str, list[RemarkPhrase]] = {band: [] for band in [*filter(None, Band.values), Band.ANY.value]}
    for phrase in remarks.phrases_of(request.user):
        bands[phrase.band].append(phrase)
    labelled = [(band, Band(band).label, phrases) for band, phrases in bands.items() if phrases]
    return {"bands": labelled, "phrase_form": form}


@require_POST
def phrase_new(request: SignedInRequest) -> HttpResponse:
    """Keep a phrase of one's own; answers with the bank."""
    _check_writer(request)
    form = PhraseForm(request.POST)
    if form.is_valid():
        try:
            services.keep_phrase(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("text", error.messages)
    return _bank_page(request, form)


@require_POST
def phrase_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Drop a phrase of one's own; those of the school are not a teacher's to drop."""
    _check_writer(request)
    services.drop_phrase(phrase=get_object_or_404(RemarkPhrase, pk=pk, owner=request.user))
    return _bank_page(request, PhraseForm())


def _check_writer(request: SignedInRequest) -> None:
    if not request.user.has_perm("gradebook.enter_scores"):
        raise PermissionDenied(_("Mẫu câu nhận xét dành cho giáo viên có lớp được phân công."))


def _bank_page(request: SignedInRequest, form: PhraseForm) -> HttpResponse:
    context = _bank(request, form)
    return render(request, "gradebook/remark_bank.html", context, status=422 if form.errors else 200)
