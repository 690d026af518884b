"""A movement as a form: only what its kind asks for."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from registry.forms.imports import DayField
from registry.forms.rosters import RecordForm
from registry.models import Movement, SchoolClass, Student
from registry.services import Event

Kind = Movement.Kind
TRANSFERS = {Kind.TRANSFER_IN, Kind.TRANSFER_OUT}
_LABELS = {
    Kind.TRANSFER_IN: _("Chuyển đến từ trường"),
    Kind.TRANSFER_OUT: _("Chuyển đến trường"),
    Kind.GRADUATION: _("Học tiếp ở trường"),
}


class MovementForm(forms.Form):
    """`kind` decides which fields take part; `classes` are those into which it may lead."""

    happened_on = DayField(label=_("Ngày"))
    to = forms.ModelChoiceField(label=_("Vào lớp"), queryset=SchoolClass.objects.none(), empty_label=_("Chọn lớp"))
    reason = forms.CharField(label=_("Lý do"), max_length=300)
    other_school = forms.CharField(label=_("Trường"), max_length=200)
    document_number = forms.CharField(
        label=_("Số giấy tờ"), max_length=60, help_text=_("Giấy giới thiệu chuyển trường, đơn hoặc quyết định.")
    )
    document_date = DayField(label=_("Ngày ký giấy tờ"))
    papers = forms.CharField(
        label=_("Hồ sơ, kết quả kèm theo"),
        max_length=500,
        required=False,
        help_text=_("Ví dụ: học bạ, bảng điểm học kỳ I, giấy khai sinh."),
    )

    def __init__(self, *args: Any, kind: str, classes: QuerySet[SchoolClass] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = Kind(kind)
        if classes is None or self.kind not in {Kind.CLASS_CHANGE, Kind.RE_ENTRY}:
            del self.fields["to"]
        else:
            self.fields["to"].queryset = classes  # type: ignore[attr-defined]
        if self.kind not in _LABELS:
            del self.fields["other_school"]
        else:
            self.fields["other_school"].label = _LABELS[self.kind]
            self.fields["other_school"].required = self.kind in TRANSFERS
        if self.kind == Kind.CLASS_CHANGE:
            del self.fields["papers"]
        for name in ("document_number", "document_date"):
            self.fields[name].required = self.kind in TRANSFERS

    def event(self) -> Event:
        values = {name: value for name, value in self.cleaned_data.items() if name not in {"to", *PUPIL_FIELDS}}
        return Event(**values)


PUPIL_FIELDS = ("full_name", "birth_date", "sex", "ethnicity", "address", "moet_id", "national_id")


class TransferInForm(RecordForm, MovementForm):
    """A pupil who comes from another school, and the movement that brings them."""

    moet_id = forms.CharField(
        label=_("Mã định danh học sinh"),
        max_length=20,
        required=False,
        help_text=_("Mã không đổi khi chuyển trường, ghi trên giấy giới thiệu."),
    )
    national_id = forms.RegexField(
        r"^\d{12}$",
        label=_("Số định danh cá nhân"),
        required=False,
        error_messages={"invalid": _("Số định danh cá nhân gồm đúng 12 chữ số.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        shown = (*PUPIL_FIELDS, *MovementForm.base_fields)
        super().__init__(*args, shown=shown, kind=Kind.TRANSFER_IN, **kwargs)
        self.order_fields([*PUPIL_FIELDS, "other_school", "happened_on"])

    def pupil(self) -> Student:
        values = {name: self.cleaned_data[name] for name in PUPIL_FIELDS}
        return Student(**values | {name: values[name] or None for name in ("moet_id", "national_id", "birth_date")})


class CancelForm(forms.Form):
    """Why an event is taken back."""

    reason = forms.CharField(label=_("Lý do hủy"), max_length=300)
