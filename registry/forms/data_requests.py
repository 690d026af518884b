"""A request about the data of a child, and what the school answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from registry.forms.families import TieField
from registry.models import DataRequest, Guardianship


class DataRequestForm(forms.Form):
    """What the family asks for."""

    kind = forms.ChoiceField(label=gettext_lazy("Yêu cầu"), choices=DataRequest.Kind.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("Nội dung"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Ví dụ: ngày sinh của em ghi chưa đúng, đúng là 12/03/2014 theo giấy khai sinh."),
    )


class PaperRequestForm(DataRequestForm):
    """The same from a paper that the office has received."""

    def __init__(self, *args: Any, ties: list[Guardianship], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guardian"] = TieField(ties=ties, label=gettext_lazy("Người yêu cầu"))
        self.fields["paper"] = forms.CharField(
            label=gettext_lazy("Đơn trên giấy"), max_length=200, help_text=gettext_lazy("Số đến, ngày, nơi giữ đơn.")
        )
        self.order_fields(["guardian", "paper"])


class AnswerForm(forms.Form):
    """What the family is told."""

    comment = forms.CharField(
        label=gettext_lazy("Trả lời gia đình"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
