"""What for: asked before personal numbers are shown in full, and before data leave the portal."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SHORTEST = 5


class PurposeForm(forms.Form):
    """One line in the person's own words; it is kept in the log."""

    purpose = forms.CharField(
        label=gettext_lazy("Dùng vào việc gì"),
        max_length=200,
        help_text=gettext_lazy(
            "Ví dụ: lập danh sách dự thi, đối chiếu giấy khai sinh. Được ghi vào nhật ký xem dữ liệu."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_purpose(self) -> str:
        purpose: str = self.cleaned_data["purpose"]
        if len(purpose) < SHORTEST:
            raise forms.ValidationError(_("Ghi rõ việc cần dùng, ít nhất 5 chữ cái."))
        return purpose
