"""Shapes of what comes in: a file with what is chosen for it, and the cells mended in a preview."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Decision
from registry.models import ImportBatch, SchoolYear
from registry.selectors.imports import Options

Kind = ImportBatch.Kind

DAY_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
# Decisions on the new year's duties are signed, and may take effect, in the summer before it.
BEFORE_THE_YEAR = timedelta(days=120)
_CELL = re.compile(r"cell-(\d{1,6})-([a-z_]{1,30})")
_HIDDEN = re.compile("[\x00\ud800-\udfff]")


class HiddenDay(forms.DateInput):
    """A day that goes along unseen, written as the field reads it."""

    input_type = "hidden"


class DayField(forms.DateField):
    """A day as people write it: 05/09/2026."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format=DAY_FORMATS[0], attrs={"class": "input-date", "placeholder": "05/09/2026"})
        super().__init__(
            input_formats=DAY_FORMATS,
            widget=widget,
            error_messages={
                "invalid": gettext_lazy("Chưa đọc được ngày này. Nhập dạng 05/09/2026."),
                "required": gettext_lazy("Nhập ngày, dạng 05/09/2026."),
            },
            **kwargs,
        )


def require_day_of_year(form: forms.Form, name: str, year: SchoolYear | None) -> None:
    """Put an error beside this day unless it lies in the year, or in the summer before it."""
    day = form.cleaned_data.get(name)
    if year and day and not year.starts_on - BEFORE_THE_YEAR <= day <= year.ends_on:
        form.add_error(
            name,
            _("Ngày này ngoài năm học %(year)s (%(first)s – %(last)s).")
            % {"year": year.code, "first": f"{year.starts_on:%d/%m/%Y}", "last": f"{year.ends_on:%d/%m/%Y}"},
        )


class OptionsForm(forms.Form):
    """What holds for every row of a file."""

    valid_from = DayField(label=gettext_lazy("Tính từ ngày"))

    def __init__(self, *args: Any, year: SchoolYear | None = None, **kwargs: Any) -> None:
        self.year = year
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        require_day_of_year(self, "valid_from", cleaned.get("school_year") or self.year)
        return cleaned

    def options(self) -> Options:
        return Options(valid_from=self.cleaned_data["valid_from"])


class AssignmentOptionsForm(OptionsForm):
    """For assignments: the decision that every row without one of its own rests on."""

    decision = forms.ModelChoiceField(
        label=gettext_lazy("Theo quyết định đã có"),
        queryset=Decision.objects.all(),
        required=False,
        empty_label=gettext_lazy("Chọn quyết định"),
    )
    decision_number = forms.CharField(
        label=gettext_lazy("Số quyết định mới"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "12/QĐ-THCS"}),
    )
    decision_date = DayField(label=gettext_lazy("Ngày ký"), required=False)
    decision_signer = forms.CharField(label=gettext_lazy("Người ký"), max_length=100, required=False)
    replaces = forms.BooleanField(
        label=gettext_lazy("Tệp là toàn bộ phân công từ ngày này"),
        help_text=gettext_lazy(
            "Phân công không còn trong tệp kết thúc vào ngày hôm trước; danh sách được xem và đồng ý trước khi nhập."
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].label = _("Phân công từ ngày")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        parts = ("decision_number", "decision_date", "decision_signer")
        if any(cleaned.get(name) for name in parts):
            for name in parts:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Quyết định mới cần đủ số, ngày ký và người ký."))
        return cleaned

    def options(self) -> Options:
        chosen: Decision | None = self.cleaned_data["decision"]
        signed: date | None = self.cleaned_data["decision_date"]
        return Options(
            valid_from=self.cleaned_data["valid_from"],
            decision=chosen.pk if chosen else None,
            decision_number=self.cleaned_data["decision_number"],
            decision_date=signed,
            decision_signer=self.cleaned_data["decision_signer"],
            replaces=self.cleaned_data["replaces"],
        )


class FileMixin(forms.Form):
    """The file itself and the year it belongs to."""

    file = forms.FileField(
        label=gettext_lazy("Tệp .xlsx hoặc .csv"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt", "class": "btn-wide"}),
        error_messages={
            "required": gettext_lazy("Chọn tệp cần nhập."),
            "empty": gettext_lazy("Tệp này rỗng. Chọn lại tệp."),
        },
    )
    school_year = forms.TypedChoiceField(label=gettext_lazy("Năm học"))

    def __init__(self, *args: Any, years: Sequence[SchoolYear], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_pk = {str(year.pk): year for year in years}
        field = cast(forms.TypedChoiceField, self.fields["school_year"])
        field.choices = [(pk, year.code) for pk, year in by_pk.items()]
        field.coerce = by_pk.__getitem__

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _("Tệp lớn hơn %(max)s. Chép riêng bảng cần nhập sang một tệp mới.")
                % {"max": filesizeformat(settings.UPLOAD_MAX_BYTES)}
            )
        return file


class _KindMixin(FileMixin):
    """`kind` says which of the three forms of the page was sent."""

    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)


class UploadForm(_KindMixin, OptionsForm):
    """A file of pupils or staff."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].label = _("Vào lớp từ ngày")
        self.order_fields(["kind", "school_year", "valid_from", "file"])


class AssignmentUploadForm(_KindMixin, AssignmentOptionsForm):
    """A file of assignments with its decision."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["kind", "school_year", "valid_from"])


def upload_form(
    kind: str, *, years: Sequence[SchoolYear], data: Any = None, uploaded: Any = None
) -> UploadForm | AssignmentUploadForm:
    """The form for one kind of file, with `years` to choose from; the three stand on one page, so ids carry the kind."""
    form = AssignmentUploadForm if kind == Kind.ASSIGNMENTS else UploadForm
    initial = {"kind": kind, "school_year": years[0].pk, "valid_from": years[0].starts_on} if years else {"kind": kind}
    made = form(data, uploaded, years=years, initial=initial, auto_id=f"id_{kind}_%s")
    if kind == Kind.STAFF:
        # An account belongs to no year and has no day of its own; the usual ones go along.
        made.fields["school_year"].widget = forms.HiddenInput()
        made.fields["valid_from"].widget = HiddenDay(format=DAY_FORMATS[0])
    return made


def typed_cell(text: object) -> str:
    """What was typed into a cell of a preview, without characters that nobody sees."""
    return _HIDDEN.sub("", str(text)).strip()


@dataclass(frozen=True)
class Edits:
    """What came back from a page of the preview: cells by row number, and which of its rows are left out."""

    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    skipped: dict[int, bool] = field(default_factory=dict)


def read_edits(sent: QueryDict) -> Edits:
    """`cell-<row>-<field>` texts, and for each `row` shown whether `skip` names it."""
    edits = Edits()
    for name, text in sent.items():
        if found := _CELL.fullmatch(name):
            edits.cells.setdefault(int(found[1]), {})[found[2]] = typed_cell(text)
    left_out = set(sent.getlist("skip"))
    for row in sent.getlist("row"):
        if row.isdecimal() and len(row) <= 6:
            edits.skipped[int(row)] = row in left_out
    return edits
