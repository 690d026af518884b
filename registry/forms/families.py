"""Someone more in a family, and a policy category with its validity."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms.imports import DayField
from registry.forms.rosters import read_as
from registry.importing.cells import read_name, read_phone
from registry.models import Guardian, Guardianship, PolicyStatus

Relation = Guardianship.Relation
OLDEST_YEAR, YOUNGEST_YEAR = 1900, 2020


class TieField(forms.ChoiceField):
    """One of the people who answer for a pupil: `ties` are offered, what was chosen is the Guardian."""

    def __init__(self, *, ties: Sequence[Guardianship], **kwargs: Any) -> None:
        self.guardians = {str(tie.guardian_id): tie.guardian for tie in ties}
        choices = [(str(tie.guardian_id), f"{tie.get_relation_display()}: {tie.guardian}") for tie in ties]
        super().__init__(choices=choices, widget=forms.RadioSelect, **kwargs)

    def clean(self, value: Any) -> Guardian:
        return self.guardians[super().clean(value)]


class GuardianForm(forms.Form):
    """A person and the tie to the pupil."""

    relation = forms.ChoiceField(label=gettext_lazy("Quan hệ với học sinh"), choices=Relation.choices)
    full_name = forms.CharField(label=gettext_lazy("Họ và tên"), max_length=100)
    phone = forms.CharField(
        label=gettext_lazy("Điện thoại"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    birth_year = forms.IntegerField(
        label=gettext_lazy("Năm sinh"),
        required=False,
        min_value=OLDEST_YEAR,
        max_value=YOUNGEST_YEAR,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input-short"}),
    )
    occupation = forms.CharField(label=gettext_lazy("Nghề nghiệp"), required=False, max_length=100)
    paper = forms.CharField(
        label=gettext_lazy("Giấy tờ về việc giám hộ"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Cần khi người giám hộ được cử hoặc chỉ định: số, ngày và nơi cấp quyết định."),
    )
    is_legal_representative = forms.BooleanField(
        label=gettext_lazy("Là người đại diện theo pháp luật của em"), required=False, initial=True
    )
    is_contact = forms.BooleanField(label=gettext_lazy("Nhà trường liên hệ người này trước tiên"), required=False)

    def clean_full_name(self) -> str:
        return read_as(read_name, self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return read_as(read_phone, self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_appointed = cleaned.get("relation") == Relation.GUARDIAN and cleaned.get("is_legal_representative")
        if is_appointed and not cleaned.get("paper"):
            self.add_error("paper", _("Ghi giấy tờ làm căn cứ cho việc giám hộ."))
        return cleaned

    def person(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("full_name", "phone", "birth_year", "occupation")}

    def tie(self) -> dict[str, Any]:
        names = ("relation", "paper", "is_legal_representative", "is_contact")
        return {name: self.cleaned_data[name] for name in names}


class PolicyForm(forms.Form):
    """A category from a day until another, with the paper it rests on."""

    category = forms.ChoiceField(label=gettext_lazy("Diện chính sách"), choices=PolicyStatus.Category.choices)
    valid_from = DayField(label=gettext_lazy("Từ ngày"))
    valid_until = DayField(label=gettext_lazy("Đến hết ngày"), required=False)
    paper = forms.CharField(
        label=gettext_lazy("Giấy tờ"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Số, ngày và nơi cấp, ví dụ giấy chứng nhận hộ nghèo."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            raise ValidationError({"valid_until": _("Ngày kết thúc phải từ ngày bắt đầu trở đi.")})
        return cleaned
