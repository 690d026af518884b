"""Answers of a family, use by use; nothing is chosen beforehand (Law 91/2025: no consent by default)."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms.families import TieField
from registry.models import Consent, ConsentUse, Guardian, Guardianship
from registry.selectors.consents import Standing
from registry.services import Said

# One sentence at least.
SHORTEST = 40
ANSWERS = [("yes", gettext_lazy("Đồng ý")), ("no", gettext_lazy("Không đồng ý"))]


class ConsentForm(forms.Form):
    """For each use: the guardian's answer and, from 7 years on, the child's own. What is left open stays as it was."""

    def __init__(self, *args: Any, standings: list[Standing], guardian: Guardian | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standings = [standing for standing in standings if standing.text is not None]
        for standing in self.standings:
            last = standing.guardians.get(guardian.pk) if guardian else None
            self.fields[f"text_{standing.use}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=standing.text.pk if standing.text else None
            )
            self._ask(f"guardian_{standing.use}", gettext_lazy("Ý kiến của cha, mẹ, người giám hộ"), last)
            if standing.needs_child:
                self._ask(f"child_{standing.use}", gettext_lazy("Ý kiến của em"), standing.child)

    def _ask(self, name: str, label: Any, last: Consent | None) -> None:
        initial = None if last is None else "yes" if last.is_given else "no"
        self.fields[name] = forms.ChoiceField(
            label=label, choices=ANSWERS, required=False, widget=forms.RadioSelect, initial=initial
        )

    def questions(self) -> Iterator[tuple[Standing, BoundField, BoundField | None, BoundField]]:
        """Each use with its standing, the guardian's field, the child's, and the hidden text that was read."""
        for standing in self.standings:
            child = self[f"child_{standing.use}"] if standing.needs_child else None
            yield standing, self[f"guardian_{standing.use}"], child, self[f"text_{standing.use}"]

    def said(self, guardian: Guardian) -> list[Said]:
        """Everything that was answered, to the text that was on the page."""
        found = []
        for standing in self.standings:
            text = self.cleaned_data[f"text_{standing.use}"]
            for name, voice in ((f"guardian_{standing.use}", guardian), (f"child_{standing.use}", None)):
                if answer := self.cleaned_data.get(name):
                    found.append(Said(text, answer == "yes", voice))
        return found


class PaperConsentForm(ConsentForm):
    """What stands on a paper that somebody signed."""

    field_order = ("guardian", "paper")

    def __init__(self, *args: Any, ties: list[Guardianship], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guardian"] = TieField(ties=ties, label=gettext_lazy("Người ký phiếu"))
        self.fields["paper"] = forms.CharField(
            label=gettext_lazy("Phiếu trên giấy"),
            max_length=200,
            help_text=gettext_lazy("Ngày ký và nơi giữ phiếu, ví dụ: ký 05/09/2026, cặp 3 tủ văn thư."),
        )
        self.order_fields(self.field_order)


class ConsentTextForm(forms.Form):
    """The words in which one use is asked."""

    use = forms.ChoiceField(choices=ConsentUse.choices, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Nội dung hỏi gia đình"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "Nói rõ: dùng ảnh, tên vào việc gì, ai xem được, giữ đến khi nào, rút lại bằng cách nào."
        ),
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if len(text) < SHORTEST:
            raise forms.ValidationError(_("Nội dung cần đủ ý để gia đình hiểu trước khi trả lời."))
        return text
