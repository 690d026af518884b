"""What is typed about a report: when it is due, where it went, why a file is taken out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.imports import DayField

_SHORTEST_REASON = 5


class SendForm(forms.Form):
    """Where the file went and under which number."""

    receiver = forms.CharField(label=_("Nơi nhận"), max_length=200)
    reference = forms.CharField(
        label=_("Số, ký hiệu khi gửi"), max_length=60, required=False, help_text=_("Ví dụ: 12/BC-THCS, hoặc mã hồ sơ.")
    )
    note = forms.CharField(label=_("Ghi chú"), max_length=300, required=False)


class _ReasonForm(forms.Form):
    """A reason in words."""

    why = forms.CharField(label=_("Lý do"), max_length=300, min_length=_SHORTEST_REASON)


class DownloadForm(_ReasonForm):
    """Why the file is taken out of the portal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].label = _("Lý do tải")
        self.fields["why"].help_text = _("Ví dụ: nộp lên cơ sở dữ liệu ngành theo công văn số 45.")


class DueForm(_ReasonForm):
    """Another last day."""

    due_on = DayField(label=_("Hạn nộp mới"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].label = _("Căn cứ, lý do")
        self.fields["why"].max_length = 100  # type: ignore[attr-defined]  # what the history keeps of it
        self.order_fields(["due_on", "why"])


class CorrectForm(_ReasonForm):
    """Why what was sent has to be sent again."""

    due_on = DayField(label=_("Hạn gửi lại"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].label = _("Lý do gửi lại")
