"""Erasing what a family need not leave with the school: fields are emptied, in the rows and in their past (P1-21)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from registry import permissions
from registry.models import DataRequest, Enrollment, Guardian, Guardianship, Student
from registry.selectors.personal_data import Erasable, erasable
from registry.services.data_requests import close_data_request
from schoolops.lib.workflow import TransitionDenied


@transaction.atomic
def erase_on_request(*, request: DataRequest, by: User) -> DataRequest:
    """Empty what may be erased of this child, and settle the request with the list of what was erased and what stays.

    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    if reason := permissions.keep_data_request_denial(by, request):
        raise PermissionDenied(reason)
    if request.kind != DataRequest.Kind.ERASE:
        raise TransitionDenied(_("Yêu cầu này không phải là yêu cầu xóa dữ liệu."))
    student = Student.objects.select_for_update().get(pk=request.student_id)
    lines, tables = [], erasable(student)
    for item in tables:
        if item.fields and (count := _empty(item, student)):
            lines.append(_told(item, count))
    kept = sorted({item.title for item in tables if not item.fields})
    lines.append(_("Giữ lại theo quy định: %(titles)s.") % {"titles": ", ".join(kept)})
    return close_data_request(request=request, step="settle", by=by, comment="\n".join(lines))


def _empty(item: Erasable, student: Student) -> int:
    """How many rows held something; brothers and sisters at the school keep the data of the people they share."""
    rows = item.holding.rows_of(student.pk)
    if item.holding.model is Guardian:
        others = Enrollment.objects.present().exclude(student=student).values("student")
        shared = Guardianship.objects.not_ended().filter(student__in=others)
        rows = rows.exclude(pk__in=shared.values("guardian"))
    pks = [row.pk for row in rows if any(getattr(row, name) != value for name, value in item.fields.items())]
    _write(item, pks)
    return len(pks)


def _write(item: Erasable, pks: list[int]) -> None:
    """Straight into the rows and their history: a trace of what was erased would keep it."""
    model: Any = item.holding.model
    model._default_manager.filter(pk__in=pks).update(**item.fields)
    if hasattr(model, "history"):
        model.history.filter(id__in=pks).update(**item.fields)


def _told(item: Erasable, count: int) -> str:
    text = ngettext(
        "Đã xóa %(labels)s trong %(title)s (%(count)s dòng).",
        "Đã xóa %(labels)s trong %(title)s (%(count)s dòng).",
        count,
    )
    return text % {"labels": ", ".join(item.labels), "title": item.title, "count": count}
