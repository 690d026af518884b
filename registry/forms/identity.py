"""A petition about a name, a birth date or a sex: the record as it shall be, why, and on which paper."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from registry.forms.rosters import RecordForm
from registry.models import Student
from registry.models.identity import IDENTITY


class IdentityForm(RecordForm):
    """The three fields of the record, read as everywhere, and the ground for the change."""

    reason = forms.CharField(label=gettext_lazy("Lý do"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    paper = forms.CharField(
        label=gettext_lazy("Giấy tờ căn cứ"),
        max_length=300,
        help_text=gettext_lazy("Loại giấy, số, ngày và nơi cấp. Ví dụ: bản sao giấy khai sinh."),
    )

    def __init__(self, data: Any, *, student: Student, today: date) -> None:
        initial = {name: getattr(student, name) for name in IDENTITY}
        super().__init__(data, initial=initial, today=today, shown=[*IDENTITY, "reason", "paper"])
        for name in IDENTITY:
            # What is known is corrected, never emptied.
            self.fields[name].required = bool(initial[name])

    def record(self) -> dict[str, Any]:
        """The identity as it shall be."""
        return {name: self.cleaned_data[name] for name in IDENTITY}


class VerdictForm(forms.Form):
    comment = forms.CharField(
        label=gettext_lazy("Ý kiến"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
