"""Shapes of what comes in: cells of the grid, rules of the lock calendar, exceptions."""

import uuid
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gradebook.models import CorrectionRequest, LockRule, RemarkPhrase, ScoreColumn
from gradebook.models.books import COLUMN_NAMES
from gradebook.permissions import reviewers_of
from gradebook.services import CellChange
from registry.models import SchoolClass, Term

# Longer than any remark, so that a long one is refused with words and not cut.
MAX_TEXT = 4000


LAST_PRIMARY_GRADE = 5


class MalformedCellsError(ValueError):
    """The body of a save is not of the agreed shape; no teacher's typing can cause it."""


def read_cells(body: Any) -> list[CellChange]:
    """`{"cells": [{"c": column, "s": student, "t": text, "v": version, "o": uuid, "q": quick}]}` as changes."""
    cells = body.get("cells") if isinstance(body, dict) else None
    if not isinstance(cells, list) or len(cells) > settings.SAVE_MAX_CELLS:
        raise MalformedCellsError("cells: a list is expected")
    return [_read_cell(cell) for cell in cells]


def _read_cell(cell: Any) -> CellChange:
    try:
        change = CellChange(
            column_id=_id(cell["c"]),
            student_id=_id(cell["s"]),
            text=str(cell["t"])[:MAX_TEXT],
            version=_id(cell.get("v", 0)),
            operation=uuid.UUID(str(cell["o"])),
            quick=cell.get("q") is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedCellsError(f"a cell is malformed: {type(error).__name__}") from error
    return change


def _id(value: Any) -> int:
    """A row id or a version: a whole number that the database can hold."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(value)
    return value


class ColumnForm(forms.Form):
    """One column as a plain form: the versions that the page saw, and a text per pupil under `c<column>-<student>`."""

    versions = forms.CharField(max_length=20_000)

    def changes(self, column: ScoreColumn, *, quick: bool) -> list[CellChange]:
        """The cells that were sent. Raises MalformedCellsError when the versions are not those of a page of ours."""
        found = []
        try:
            pairs = [pair.split(":") for pair in self.cleaned_data["versions"].split(",")]
            versions = {int(student): int(version) for student, version in pairs}
        except ValueError as error:
            raise MalformedCellsError("versions") from error
        for student_id, version in versions.items():
            text = self.data.get(f"c{column.pk}-{student_id}")
            if text is not None:
                found.append(CellChange(column.pk, student_id, text[:MAX_TEXT], version=version, quick=quick))
        return found


class PhraseForm(forms.Form):
    """A phrase to keep, and for which results."""

    text = forms.CharField(label=_("Câu"), max_length=200, error_messages={"required": _("Viết câu muốn giữ làm mẫu.")})
    band = forms.ChoiceField(choices=RemarkPhrase.Band.choices, required=False)


class LockRuleForm(forms.ModelForm):
    """A mốc in the lock calendar of one term: whom, which column, from when until when."""

    column = forms.ChoiceField(label=_("Cột"), required=False)

    class Meta:
        model = LockRule
        fields = ["grade", "school_class", "subject", "opens_at", "closes_at", "decision", "reason"]
        widgets = {
            "opens_at": forms.DateTimeInput(format="%d/%m/%Y %H:%M", attrs={"placeholder": "16/11/2026 00:00"}),
            "closes_at": forms.DateTimeInput(format="%d/%m/%Y %H:%M", attrs={"placeholder": "23/11/2026 23:59"}),
        }
        help_texts = {
            "opens_at": _("Để trống nếu mở ngay từ khi mở sổ."),
            "closes_at": _("Ngày/tháng/năm giờ:phút, ví dụ 23/11/2026 23:59."),
            "reason": _("Cần khi đổi một mốc đã công bố."),
        }

    def __init__(self, *args: Any, term: Term, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.term = term
        classes = SchoolClass.objects.filter(school_year=term.school_year_id)
        grades = sorted({place.grade for place in classes})
        has_levels = any(grade <= LAST_PRIMARY_GRADE for grade in grades)
        levels = [(f"MD{number}", COLUMN_NAMES["MD", number]) for number in (1, 2)] if has_levels else []
        cast(forms.ChoiceField, self.fields["column"]).choices = [
            ("", _("Mọi cột")),
            ("TX", _("Thường xuyên (mọi cột TX)")),
            *[(f"TX{number}", f"TX{number}") for number in range(1, 6)],
            ("GK", ScoreColumn.Kind.MIDTERM.label),
            ("CK", ScoreColumn.Kind.FINAL.label),
            *levels,
            ("NX", _("Nhận xét (mọi cột)")),
            ("NX1", COLUMN_NAMES["NX", 1]),
            ("NX2", COLUMN_NAMES["NX", 2]),
        ]
        self.fields["grade"] = forms.TypedChoiceField(
            label=_("Khối"),
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("Toàn trường")), *[(grade, _("Khối %(grade)s") % {"grade": grade}) for grade in grades]],
        )
        chosen = cast(forms.ModelChoiceField, self.fields["school_class"])
        chosen.queryset = classes
        # From the rows that are here already: a model choice would read them again.
        chosen.choices = [("", chosen.empty_label or ""), *[(place.pk, place.name) for place in classes]]
        self.order_fields(["grade", "school_class", "subject", "column", "opens_at", "closes_at"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = cleaned.get("column", "")
        self.instance.kind = chosen[:2]
        self.instance.ordinal = int(chosen[2:]) if chosen[2:] else None
        if cleaned.get("grade") and cleaned.get("school_class"):
            self.add_error("school_class", _("Chọn khối hoặc lớp, không chọn cả hai."))
        return cleaned


class ExceptionForm(forms.Form):
    """Opening a closed column for a while."""

    until = forms.DateTimeField(
        label=_("Mở đến"),
        help_text=_("Nhiều nhất 24 giờ kể từ bây giờ. Ví dụ 22/11/2026 17:00. Đến giờ cột tự khóa lại."),
        widget=forms.DateTimeInput(format="%d/%m/%Y %H:%M"),
    )
    reason = forms.CharField(
        label=_("Lý do"),
        max_length=300,
        error_messages={"required": _("Viết lý do mở ngoại lệ; người kiểm tra sẽ đọc.")},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Lý do"), max_length=300)


class CellsForm(forms.Form):
    """Cells of one book, each as "column-student"; `text-<cell>` is what was typed there when the column had closed."""

    book = forms.IntegerField(min_value=1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cells = []
        for text in cast(QueryDict, self.data).getlist("cell"):
            column, _dash, student = str(text).partition("-")
            if column.isdecimal() and student.isdecimal():
                cells.append((int(column), int(student)))
        if not cells:
            raise forms.ValidationError(_("Chọn ít nhất một học sinh."))
        typed = {cell: self.data.get("text-{}-{}".format(*cell)) for cell in cells}
        sent = {cell: text[:MAX_TEXT] for cell, text in typed.items() if text is not None}
        return {**cleaned, "cells": cells, "typed": sent}


class CorrectionForm(forms.ModelForm):
    """The petition; the proposed scores stand under `item-<id>`. A draft may be incomplete, sending names what is missing."""

    class Meta:
        model = CorrectionRequest
        fields = ["addressed_to", "reason", "explanation"]
        widgets = {"explanation": forms.Textarea(attrs={"rows": 3}), "reason": forms.RadioSelect}
        help_texts = {
            "explanation": _("Điểm trên bài là bao nhiêu, vì sao trong sổ khác. Không ghi số điện thoại, địa chỉ.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.missing: dict[str, list[str]] = {}
        chosen = cast(forms.ModelChoiceField, self.fields["addressed_to"])
        chosen.queryset = reviewers_of(self.instance).order_by("sort_key")
        chosen.empty_label = str(_("Lãnh đạo phụ trách chuyên môn"))
        reason = cast(forms.ChoiceField, self.fields["reason"])
        reason.choices = CorrectionRequest.Reason.choices

    def values(self) -> dict[int, str]:
        """What was typed as proposed value, by item id; rows left blank are not there, unless "Để trống" is ticked."""
        typed = {
            int(name.removeprefix("item-")): text.strip()[:MAX_TEXT]
            for name, text in self.data.items()
            if name.startswith("item-") and name.removeprefix("item-").isdecimal()
        }
        return {item: text for item, text in typed.items() if text or f"clear-{item}" in self.data}

    def add_missing(self, words: dict[str, list[str]]) -> None:
        """Put what keeps the petition from being sent beside its fields."""
        self.missing = words
        for field, messages in words.items():
            self.add_error(field if field in self.fields else None, messages)


class CommentForm(forms.Form):
    comment = forms.CharField(
        label=_("Lý do"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Viết lý do rút đề nghị.")},
    )


class VerdictForm(forms.Form):
    """A verdict on the version that was on the page."""

    verdict = forms.ChoiceField(choices=[("approve", ""), ("return", ""), ("reject", "")])
    revision = forms.IntegerField(min_value=1)
    comment = forms.CharField(
        label=_("Ý kiến"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Trả lại và không duyệt cần lý do; người đề nghị đọc được."),
    )
