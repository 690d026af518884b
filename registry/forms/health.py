"""The check-up of a class as a form: a line of four figures and a note for each pupil."""

import json
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import growth
from registry.forms.imports import DayField
from registry.growth import FigureError
from registry.models import HealthNote, SchoolYear
from registry.services.health import FIELDS, Conflict, Typed

# Check-ups may begin in the weeks before the first school day.
EARLIEST = timedelta(days=60)
_RANGES = {
    growth.HEIGHT: gettext_lazy("Chiều cao từ 70 đến 230 cm, ví dụ 142,5."),
    growth.WEIGHT: gettext_lazy("Cân nặng từ 8 đến 200 kg, ví dụ 38,5."),
    growth.LEFT: gettext_lazy("Thị lực từ 0 đến 20 phần mười, ví dụ 8 hoặc 8/10."),
    growth.RIGHT: gettext_lazy("Thị lực từ 0 đến 20 phần mười, ví dụ 8 hoặc 8/10."),
}


class FigureField(forms.CharField):
    """A figure with comma or point; the cleaned value is the whole number that is stored, or None."""

    def __init__(self, name: str, label: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "data-down": name, "size": 6}
        super().__init__(label=label, required=False, max_length=20, widget=forms.TextInput(attrs=attrs))
        self.name = name

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return growth.read_figure(self.name, text)
        except growth.UnreadableFigureError as error:
            if error.reason == FigureError.DECIMALS:
                raise ValidationError(_("Chỉ lấy một chữ số thập phân.")) from error
            raise ValidationError(_RANGES[self.name]) from error


class CheckForm(forms.Form):
    """One line, of the pupil `who`. `seen` carries the values that stood there when the page was opened."""

    height_mm = FigureField(growth.HEIGHT, gettext_lazy("Chiều cao (cm)"))
    weight_hg = FigureField(growth.WEIGHT, gettext_lazy("Cân nặng (kg)"))
    vision_left = FigureField(growth.LEFT, gettext_lazy("Mắt trái (/10)"))
    vision_right = FigureField(growth.RIGHT, gettext_lazy("Mắt phải (/10)"))
    conclusion = forms.CharField(
        label=gettext_lazy("Kết luận, ghi chú"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"data-down": "conclusion", "autocomplete": "off"}),
    )
    is_for_homeroom = forms.BooleanField(label=gettext_lazy("GVCN xem"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, who: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # 270 inputs on a page: each says whose it is without an element of its own.
            field.widget.attrs["aria-label"] = f"{field.label}, {who}"

    def clean_seen(self) -> dict[str, Any]:
        """Raises ValidationError for anything that the page did not write."""
        try:
            values = json.loads(self.cleaned_data["seen"])
            return dict(zip(FIELDS, values, strict=True))
        except (ValueError, TypeError) as error:
            raise ValidationError(_("Trang này gửi thiếu dữ liệu. Tải lại trang rồi nhập lại.")) from error

    def typed(self, student_id: int) -> Typed:
        return Typed(student_id, {name: self.cleaned_data[name] for name in FIELDS}, self.cleaned_data["seen"])


def line_of(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a line as its inputs show them."""
    shown = {name: growth.write_figure(name, values[name]) for name in growth.FIGURES}
    return {**values, **shown, "seen": json.dumps([values[name] for name in FIELDS])}


def said_of(conflict: Conflict) -> str:
    """Both values, and what to do: the words under the input."""
    words = {"who": conflict.check.recorded_by.get_short_name(), "theirs": _said(conflict.field, conflict.check)}
    return _("%(who)s vừa ghi %(theirs)s. Lưu lần nữa để thay bằng giá trị đang ở ô này.") % words


def _said(field: str, check: Any) -> str:
    value = getattr(check, field)
    if field in growth.FIGURES:
        return growth.show_figure(field, value) or _("ô trống")
    if isinstance(value, bool):
        return _("có") if value else _("không")
    return f"“{value}”" if value else _("ô trống")


class DayForm(forms.Form):
    """When the check-up was."""

    checked_on = DayField(label=gettext_lazy("Ngày khám"))

    def __init__(self, *args: Any, year: SchoolYear, today: date, **kwargs: Any) -> None:
        self.first, self.last = year.starts_on - EARLIEST, min(today, year.ends_on)
        super().__init__(*args, **kwargs)

    def clean_checked_on(self) -> date:
        day: date = self.cleaned_data["checked_on"]
        if not self.first <= day <= self.last:
            words = {"first": f"{self.first:%d/%m/%Y}", "last": f"{self.last:%d/%m/%Y}"}
            raise ValidationError(_("Ngày khám phải từ %(first)s đến %(last)s.") % words)
        return day


class NoteForm(forms.Form):
    """A note about one pupil; `today` is the day after which nothing has happened yet."""

    noted_on = DayField(label=gettext_lazy("Ngày"))
    category = forms.ChoiceField(label=gettext_lazy("Loại ghi chú"), choices=HealthNote.Category.choices)
    text = forms.CharField(label=gettext_lazy("Nội dung"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    is_for_homeroom = forms.BooleanField(
        label=gettext_lazy("Giáo viên chủ nhiệm được xem"),
        help_text=gettext_lazy("Chỉ đánh dấu điều giáo viên cần biết để chăm sóc em ở lớp."),
        required=False,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_noted_on(self) -> date:
        day: date = self.cleaned_data["noted_on"]
        if day > self.today:
            raise ValidationError(_("Ngày này chưa đến."))
        return day
