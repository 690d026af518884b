"""A timetable as it is sent: the file and what is said of the version; and the cells mended in its preview."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms.imports import BEFORE_THE_YEAR, DayField, FileMixin
from registry.models import SchoolYear
from registry.services import Facts

_CELL = re.compile(r"cell-(\d{1,3}-\d{1,6}-\d{1,3})")
_HIDDEN = re.compile("[\x00\ud800-\udfff]")


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
        year, day = cleaned.get("school_year") or self.year, cleaned.get("applies_from")
        if year and day and not year.starts_on - BEFORE_THE_YEAR <= day <= year.ends_on:
            self.add_error(
                "applies_from",
                _("Ngày này ngoài năm học %(year)s (%(first)s – %(last)s).")
                % {"year": year.code, "first": f"{year.starts_on:%d/%m/%Y}", "last": f"{year.ends_on:%d/%m/%Y}"},
            )
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
            cells[found[1]] = _HIDDEN.sub("", str(text)).strip()
    return cells | dict.fromkeys(sent.getlist("skip"), "")
