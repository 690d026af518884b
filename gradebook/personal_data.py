"""What the grade book holds about a pupil: nothing of it can be erased (P1-21)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import JSONField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gradebook.ledger import moment
from gradebook.models import CorrectionItem, CorrectionLook, LedgerEvent, Remark, Score, ScoreColumn
from gradebook.selectors.remarks import words_by_code
from registry.models import Enrollment
from schoolops.lib.moments import vn_second
from schoolops.lib.personal_data import Row, Told, declare
from schoolops.lib.scores import format_score

BOOKS = gettext_lazy("Sổ điểm và học bạ được lưu lâu dài; điểm chỉ đổi qua đề nghị điều chỉnh được duyệt.")
WHERE = (
    "gradebook__class_subject__item__subject",
    "gradebook__class_subject__school_class",
    "gradebook__term",
)


def _columns(pks: Iterable[int]) -> Mapping[int, ScoreColumn]:
    return ScoreColumn.objects.select_related(*WHERE).in_bulk(set(pks))


def _place(column: ScoreColumn) -> Row:
    return {_("sổ điểm"): str(column.gradebook), _("cột"): str(column)}


def _scores(student_id: int) -> Iterable[Row]:
    """What stands in the books now."""
    found = Score.objects.filter(student=student_id).exclude(code="").order_by("column__gradebook", "column__position")
    scores = list(found)
    columns, words = _columns(score.column_id for score in scores), words_by_code(score.code for score in scores)
    return [
        {
            **_place(columns[score.column_id]),
            _("điểm, nhận xét"): words.get(score.code) or format_score(score.code),
            _("lúc"): vn_second(score.entered_at),
        }
        for score in scores
    ]


def _entries(student_id: int) -> Iterable[Row]:
    """Every time a score or remark of this pupil was written, from the ledger."""
    classes = Enrollment.objects.filter(student=student_id).values("school_class")
    found = (
        LedgerEvent.objects.filter(gradebook__class_subject__school_class__in=classes)
        .annotate(event=Cast("payload", JSONField()))
        .filter(event__student=student_id)
        .order_by("gradebook_id", "seq")
    )
    events: list[dict[str, Any]] = list(found.values_list("event", flat=True))
    columns = _columns(event["col"] for event in events)
    words = words_by_code(event[side] for event in events for side in ("old", "new"))
    return [
        {
            _("lúc"): vn_second(moment(event["at"])),
            **_place(columns[event["col"]]),
            _("cũ"): words.get(event["old"]) or format_score(event["old"]),
            _("mới"): words.get(event["new"]) or format_score(event["new"]),
        }
        for event in events
    ]


def _petitions(student_id: int) -> Iterable[Row]:
    """What was asked to be corrected, and whether it was."""
    items = list(CorrectionItem.objects.filter(student=student_id).select_related("request"))
    columns = _columns(item.column_id for item in items)
    words = words_by_code(code for item in items for code in (item.old_code, item.new_code))
    return [
        {
            _("đề nghị"): f"#{item.request_id}",
            _("trạng thái"): str(item.request.get_state_display()),
            **_place(columns[item.column_id]),
            _("cũ"): words.get(item.old_code) or format_score(item.old_code),
            _("mới"): words.get(item.new_code) or format_score(item.new_code),
            _("ghi vào sổ lúc"): vn_second(item.applied_at),
        }
        for item in items
    ]


declare(
    Told(gettext_lazy("điểm và nhận xét"), BOOKS, _scores, (Score, Remark)),
    Told(gettext_lazy("mọi lần ghi điểm"), BOOKS, _entries, (LedgerEvent,)),
    Told(gettext_lazy("đề nghị điều chỉnh điểm"), BOOKS, _petitions, (CorrectionItem, CorrectionLook)),
)
