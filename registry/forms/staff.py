"""A change of staff with the decision it rests on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Decision, StaffProfile
from registry.forms.imports import DayField
from registry.models import StaffChange
from registry.services import News


class _StaffField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.full_name} ({obj.staff_code})"


class StaffChangeForm(forms.Form):
    """Who, what, from when, by which decision."""

    staff = _StaffField(
        label=_("Cán bộ"),
        queryset=StaffProfile.objects.filter(left_on=None).select_related("user").order_by("user__sort_key"),
        empty_label=_("Chọn cán bộ"),
    )
    kind = forms.ChoiceField(label=_("Loại thay đổi"), choices=StaffChange.Kind.choices)
    what = forms.CharField(label=_("Nội dung"), max_length=300)
    new_position = forms.CharField(
        label=_("Chức vụ mới"),
        max_length=100,
        required=False,
        help_text=_("Ghi khi chức vụ thay đổi; hồ sơ trên cổng đổi theo khi cập nhật."),
    )
    happened_on = DayField(label=_("Có hiệu lực từ"))
    number = forms.CharField(label=_("Quyết định số"), max_length=60, help_text=_("Ví dụ: 12/QĐ-THCS"))
    issued_on = DayField(label=_("Ngày ký"), help_text=_("Hạn cập nhật tính từ ngày này."))
    signer = forms.CharField(label=_("Người ký"), max_length=100)

    def news(self) -> News:
        return News(**{name: self.cleaned_data[name] for name in ("kind", "what", "happened_on", "new_position")})

    def decision(self) -> Decision:
        return Decision(**{name: self.cleaned_data[name] for name in ("number", "issued_on", "signer")})
