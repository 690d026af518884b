"""A timetable as it is sent: the file and what is said of the version; and the cells mended in its preview."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from registry.forms.imports import DayField, FileMixin, require_day_of_year, typed_cell
from registry.models import SchoolYear
from registry.services import Facts

_CELL = re.compile(r"cell-(\d{1,3}-\d{1,6}-\d{1,3})")


class FactsForm(forms.Form):
    """What is said of a version beside its lessons."""

    applies_from = DayField(label=gettext_lazy("Áp dụng từ ngày"))
    number = forms.IntegerField(
        label=gettext_lazy("Thời khóa biểu số"),
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input-short"}),
        error_messages={
            "required": gettext_lazy("Nhập số của thời khóa biểu."),
            "invalid": gettext_lazy("Nhập một số."),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("Nội dung thay đổi"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Một câu cho người xem, ví dụ: cô Hoa nghỉ thai sản, thêm tiết ôn tập lớp 9."),
    )
    document_number = forms.CharField(
        label=gettext_lazy("Số văn bản ban hành"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "25/TB-THCS"}),
    )

    def __init__(self, *args: Any, year: SchoolYear | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        require_day_of_year(self, "applies_from", cleaned.get("school_year") or self.year)
        return cleaned

    def facts(self) -> Facts:
        return Facts(
            **{name: self.cleaned_data[name] for name in ("applies_from", "number", "note", "document_number")}
        )


class TimetableForm(FileMixin, FactsForm):
    """The file with the year it belongs to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["school_year", "applies_from", "number", "note", "document_number", "file"])


def read_cells(sent: QueryDict) -> dict[str, str]:
    """`cell-<table>-<row>-<column>` texts by their key; a cell that is to be left out is sent as `skip`."""
    cells = {}
    for name, text in sent.items():
        if found := _CELL.fullmatch(name):
            cells[found[1]] = typed_cell(text)
    return cells | dict.fromkeys(sent.getlist("skip"), "")
