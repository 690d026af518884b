"""Shapes of what people type; who may and what follows is decided elsewhere."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Incident


class IncidentForm(forms.ModelForm):
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=300)

    class Meta:
        model = Incident
        fields = ["text", "page"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
        labels = {"text": _("Thầy/cô gặp điều gì?")}
        help_texts = {"text": _("Viết như đang kể cho đồng nghiệp: đang làm gì, thấy gì, mong thấy gì.")}
        error_messages = {"text": {"required": _("Viết vài chữ về điều đã xảy ra để người xử lý hiểu.")}}


class StepForm(forms.Form):
    comment = forms.CharField(
        label=_("Ghi chú"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=2000
    )


class ResolveForm(StepForm):
    comment = forms.CharField(
        label=_("Đã làm gì?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Viết ngắn gọn đã xử lý thế nào; người báo sẽ đọc được.")},
    )
