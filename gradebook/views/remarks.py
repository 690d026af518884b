"""Remarks of a class: the page to write them on, and the bank of phrases (G4)."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from gradebook import permissions, services
from gradebook.forms import PhraseForm
from gradebook.models import Gradebook, RemarkPhrase
from gradebook.selectors import remarks
from gradebook.selectors.books import head
from gradebook.views.books import Refused, book_of, save_posted
from schoolops.lib.remarks import ADVISED_LENGTH, MAX_LENGTH

Band = RemarkPhrase.Band


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
    refused = save_posted(request, book, page.column)
    if not refused:
        return redirect(f"{reverse('gradebook:remark_list', args=[book.pk])}?column={page.column.code}")
    return _render(request, book, remarks.remark_page(book, page.column.code) or page, refused)


def _render(
    request: SignedInRequest, book: Gradebook, page: remarks.Page, refused: Mapping[int, Refused] | None = None
) -> HttpResponse:
    read_only = permissions.enter_denial(request.user, book)
    context = {
        "book": book,
        "page": page,
        "head": head(page.column),
        "fields": [(line, (refused or {}).get(line.student_id)) for line in page.lines],
        "versions": ",".join(f"{line.student_id}:{line.version}" for line in page.lines),
        "read_only": read_only,
        "is_open": page.is_open and not read_only,
        "advised": ADVISED_LENGTH,
        "most": MAX_LENGTH,
        "can_except": read_only and permissions.set_locks_denial(request.user) is None,
        **({} if read_only else _bank(request, PhraseForm())),
    }
    return render(request, "gradebook/remark_list.html", context, status=422 if refused else 200)


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
