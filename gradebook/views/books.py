"""My classes, the grid, and what belongs to one column of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import SignedInRequest
from gradebook import documents, permissions, services
from gradebook.forms import ColumnForm, MalformedCellsError, read_cells
from gradebook.models import Gradebook, LockException, ScoreColumn
from gradebook.selectors import books as book_selectors
from gradebook.selectors import corrections, history, readback
from gradebook.selectors.grid import averages_of, grid
from gradebook.selectors.windows import all_columns_of, columns_of
from gradebook.services import CellResult, CellStatus
from gradebook.views.rows import average_text, body_html, heads_html, versions_text
from registry.models import Enrollment
from schoolops.lib.files import as_attachment
from schoolops.lib.http import attempt


def book_of(request: SignedInRequest, pk: int) -> Gradebook:
    """A book that this person may read; any other is 404."""
    book = get_object_or_404(book_selectors.with_names(Gradebook.objects.all()), pk=pk)
    if not permissions.can_see(request.user, book):
        raise Http404
    return book


def _column(book: Gradebook, pk: int) -> ScoreColumn:
    """A column of the grid; those of remarks have a page of their own."""
    return _among(columns_of(book.pk), pk)


def _among(columns: Iterable[ScoreColumn], pk: int) -> ScoreColumn:
    found = next((column for column in columns if column.pk == pk), None)
    if found is None:
        raise Http404
    return found


@require_GET
def class_list(request: SignedInRequest) -> HttpResponse:
    """The books that I teach, and those that I may read."""
    return render(request, "gradebook/class_list.html", {"shelf": book_selectors.shelf(request.user)})


@require_GET
def gradebook_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    book = book_of(request, pk)
    read_only = permissions.enter_denial(request.user, book)
    page = grid(book)
    if read_only:
        page = book_selectors.without_inputs(page)
    active = page.active(request.GET.get("column", ""))
    heads = book_selectors.heads(page, active)
    context = {
        "book": book,
        "grid": page,
        "active": active,
        "heads": heads_html(heads),
        "active_head": next((head for head in heads if head.is_active), None),
        "closed_heads": [head for head in heads if head.state in {"locked", "not_open"}],
        "body": body_html(page, active),
        "versions": versions_text(page, active) if active else "",
        "read_only": read_only,
        "can_except": read_only and permissions.set_locks_denial(request.user) is None,
    }
    return render(request, "gradebook/gradebook_detail.html", context)


@require_POST
def score_save(request: SignedInRequest, pk: int) -> JsonResponse:
    """A batch of cells from the grid; each one is answered for itself."""
    book = book_of(request, pk)
    try:
        changes = read_cells(json.loads(request.body))
    except (ValueError, UnicodeDecodeError):
        return JsonResponse({"error": _("Yêu cầu không đúng mẫu.")}, status=400)
    results = services.save_cells(gradebook=book, changes=changes, by=request.user)
    students = {result.student_id for result in results if result.status == CellStatus.SAVED}
    averages = averages_of(book, students)
    return JsonResponse(
        {
            "cells": [_cell_json(result) for result in results],
            "averages": {student: average_text(average) for student, average in averages.items()},
        }
    )


def _cell_json(result: CellResult) -> dict[str, object]:
    shown: dict[str, object] = {
        "c": result.column_id,
        "s": result.student_id,
        "st": result.status,
        "code": result.code,
        "v": result.version,
    }
    if result.text:
        shown |= {"text": result.text}
    if result.error:
        shown |= {"error": result.error, "offer": result.offer}
    if result.other_at:
        shown |= {"other": result.other, "at": result.other_at.isoformat()}
    return shown


@dataclass(frozen=True)
class Refused:
    """What could not be saved: what was typed, what the book holds, and why."""

    typed: str
    result: CellResult
    reason: str


def save_posted(
    request: SignedInRequest, book: Gradebook, column: ScoreColumn, *, quick: bool = False
) -> dict[int, Refused]:
    """Save one column that came as a plain form; what was refused, by pupil."""
    form = ColumnForm(request.POST)
    try:
        changes = form.changes(column, quick=quick) if form.is_valid() else []
    except MalformedCellsError:
        changes = []
    results = services.save_cells(gradebook=book, changes=changes, by=request.user)
    refused = {
        result.student_id: Refused(change.text, result, services.refusal(result, column, change.text))
        for change, result in zip(changes, results, strict=True)
        if result.status != CellStatus.SAVED
    }
    if not refused:
        messages.success(request, _("Đã lưu cột %(column)s.") % {"column": column.label})
    return refused


@require_POST
def column_save(request: SignedInRequest, pk: int, column: int) -> HttpResponse:
    """The active column as a plain form, for browsers without JavaScript."""
    book = book_of(request, pk)
    chosen = _column(book, column)
    refused = save_posted(request, book, chosen, quick=request.user.quick_entry)
    if not refused:
        return redirect(f"{request.path.rsplit('/', 2)[0]}/?column={chosen.pk}")
    enrolled = Enrollment.objects.filter(school_class=book.class_subject.school_class_id, student__in=refused)
    context = {
        "book": book,
        "column": chosen,
        "refused": [
            (roll_no, name, refused[student_id])
            for student_id, roll_no, name in enrolled.order_by("roll_no").values_list(
                "student_id", "roll_no", "student__full_name"
            )
        ],
        "versions": ",".join(f"{student_id}:{cell.result.version}" for student_id, cell in refused.items()),
    }
    return render(request, "gradebook/column_save.html", context, status=422)


@require_GET
def cell_detail(request: SignedInRequest, pk: int, column: int, student: int) -> HttpResponse:
    """Who wrote this cell when, and what can be done about it now; a remark is a cell, too."""
    book = book_of(request, pk)
    chosen = _among(all_columns_of(book.pk), column)
    enrollment = get_object_or_404(
        Enrollment.objects.select_related("student"), school_class=book.class_subject.school_class, student=student
    )
    context = {
        "book": book,
        "column": chosen,
        "enrollment": enrollment,
        "events": history.cell_history(chosen, student),
        "head": book_selectors.head(chosen),
        "can_except": permissions.except_denial(request.user, LockException(column=chosen)) is None,
        "can_ask": permissions.enter_denial(request.user, book) is None,
        "petitions": corrections.about_cell(request.user, chosen.pk, student)[:3],
    }
    return render(request, "gradebook/cell_detail.html" + ("#panel" if request.htmx else ""), context)


@require_GET
def column_checks(request: SignedInRequest, pk: int, column: int) -> HttpResponse:
    """Warnings on a column as typed so far: shifted by a row, the same as another column. They warn, never block."""
    book = book_of(request, pk)
    warnings = readback.warnings(grid(book), _column(book, column))
    return render(request, "gradebook/column_checks.html", {"warnings": warnings, "book": book})


@require_GET
def column_verify(request: SignedInRequest, pk: int, column: int) -> HttpResponse:
    """The column in large type to be read back against the papers, odd values first."""
    book = book_of(request, pk)
    chosen = _column(book, column)
    context = {
        "book": book,
        "column": chosen,
        "sheet": readback.sheet(grid(book), chosen),
        "denial": permissions.enter_denial(request.user, book),
    }
    return render(request, "gradebook/column_verify.html", context)


@require_POST
def column_confirm(request: SignedInRequest, pk: int, column: int) -> HttpResponse:
    book = book_of(request, pk)
    chosen = _column(book, column)
    if not attempt(
        request,
        lambda: services.confirm_column(column=chosen, by=request.user),
        _("Đã xác nhận cột %(column)s.") % {"column": chosen.label},
    ):
        return redirect("gradebook:column_verify", pk, column)
    return redirect("gradebook:gradebook_detail", pk)


@require_GET
def column_stack(request: SignedInRequest, pk: int, column: int) -> HttpResponse:
    """Entry from an unsorted stack of papers: number, space, score, Enter."""
    book = book_of(request, pk)
    chosen = _column(book, column)
    page = grid(book)
    denial = permissions.enter_denial(request.user, book)
    context = {
        "book": book,
        "column": chosen,
        "grid": page,
        "is_open": chosen.pk in page.writable and not denial,
        "head": book_selectors.head(chosen),
        "denial": denial,
        "pupils": book_selectors.pupils_of(page, chosen),
    }
    return render(request, "gradebook/column_stack.html", context)


@require_GET
def column_readback(request: SignedInRequest, pk: int, column: int) -> HttpResponseBase:
    """The read-back list as a PDF to be signed."""
    book = book_of(request, pk)
    chosen = _column(book, column)
    content = documents.readback_pdf(readback.sheet(grid(book), chosen))
    school_class = book.class_subject.school_class
    name = f"DoiChieu_{book.term.school_year.code}_{school_class.name}_{book.class_subject.item.subject.code}_{chosen.code}.pdf"
    return as_attachment(content, filename=name, media_type="application/pdf")
