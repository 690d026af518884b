"""What stands only in the register book."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms.imports import DayField


class EntryForm(forms.Form):
    """The rest of a line: the portal knows everything else."""

    birth_place = forms.CharField(label=gettext_lazy("Nơi sinh"), max_length=200, required=False)
    nationality = forms.CharField(label=gettext_lazy("Quốc tịch"), max_length=60)
    previous_school = forms.CharField(
        label=gettext_lazy("Học sinh trường cũ nào, đã tốt nghiệp"), max_length=200, required=False
    )
    report_returned_on = DayField(label=gettext_lazy("Ngày trả học bạ"), required=False)
    report_returned_to = forms.CharField(label=gettext_lazy("Người nhận học bạ"), max_length=100, required=False)
    note = forms.CharField(label=gettext_lazy("Ghi chú"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, who = cleaned.get("report_returned_on"), cleaned.get("report_returned_to")
        if "report_returned_on" in cleaned and bool(day) != bool(who):
            missing = "report_returned_to" if day else "report_returned_on"
            self.add_error(missing, _("Trả học bạ cần cả ngày và người nhận."))
        return cleaned
