"""The record of one pupil as a form: whole, or the one thing that is missing in a line of the class list."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms.imports import DayField
from registry.importing import CellProblem
from registry.importing.cells import read_name, read_phone
from registry.importing.ethnic_groups import GROUPS
from registry.models import Guardianship, PolicyStatus, Student

# Younger than this nobody is at school, older nobody is still there.
YOUNGEST, OLDEST = timedelta(days=365 * 4), timedelta(days=365 * 30)
# Which fields ask for each thing of the minimum record.
ASKED: dict[str, tuple[str, ...]] = {
    "full_name": ("full_name",),
    "birth_date": ("birth_date",),
    "sex": ("sex",),
    "ethnicity": ("ethnicity",),
    "address": ("address",),
    "policy": ("policy",),
    "guardian": ("guardian_relation", "guardian_name"),
    "phone": ("guardian_phone",),
}
_UNCHOSEN = [("", gettext_lazy("Chọn"))]


class RecordForm(forms.Form):
    """`shown` names the fields that take part; `today` is the day against which a birth date is read."""

    full_name = forms.CharField(label=gettext_lazy("Họ và tên"), max_length=100)
    birth_date = DayField(label=gettext_lazy("Ngày sinh"), required=False)
    sex = forms.ChoiceField(label=gettext_lazy("Giới tính"), choices=[*_UNCHOSEN, *Student.Sex.choices], required=False)
    ethnicity = forms.ChoiceField(
        label=gettext_lazy("Dân tộc"), choices=[*_UNCHOSEN, *((group, group) for group in GROUPS)], required=False
    )
    address = forms.CharField(label=gettext_lazy("Địa chỉ thường trú"), max_length=300, required=False)
    guardian_relation = forms.ChoiceField(
        label=gettext_lazy("Quan hệ với học sinh"),
        choices=[*_UNCHOSEN, *Guardianship.Relation.choices],
        required=False,
    )
    guardian_name = forms.CharField(
        label=gettext_lazy("Họ và tên cha, mẹ hoặc người giám hộ"), max_length=100, required=False
    )
    guardian_phone = forms.CharField(
        label=gettext_lazy("Điện thoại liên hệ"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("Diện chính sách"),
        choices=[("", gettext_lazy("Chưa hỏi gia đình")), *PolicyStatus.Category.choices],
        required=False,
    )

    def __init__(self, *args: Any, today: date, shown: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name in set(self.fields) - set(shown):
            del self.fields[name]

    def clean_full_name(self) -> str:
        return read_as(read_name, self.cleaned_data["full_name"])

    def clean_guardian_name(self) -> str:
        return read_as(read_name, self.cleaned_data["guardian_name"])

    def clean_guardian_phone(self) -> str:
        return read_as(read_phone, self.cleaned_data["guardian_phone"])

    def clean_birth_date(self) -> date | None:
        day: date | None = self.cleaned_data["birth_date"]
        if day and not self.today - OLDEST <= day <= self.today - YOUNGEST:
            raise ValidationError(_("Ngày này không thể là ngày sinh của học sinh. Xem lại năm sinh."))
        return day

    def filled(self) -> dict[str, Any]:
        """What was typed, without what was left empty."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


def initial_of(student: Student, contact: Guardianship | None) -> dict[str, Any]:
    """The record as it stands, for the whole form."""
    found = {name: getattr(student, name) for name in ("full_name", "birth_date", "sex", "ethnicity", "address")}
    if contact is not None:
        found |= {
            "guardian_relation": contact.relation,
            "guardian_name": contact.guardian.full_name,
            "guardian_phone": contact.guardian.phone,
        }
    return found


def read_as(reader: Callable[[str], str], text: str) -> str:
    """The same reading as in a file that is loaded. Raises ValidationError with what would probably mend it."""
    if not text:
        return ""
    try:
        return reader(text)
    except CellProblem as problem:
        message = problem.message[:1].upper() + problem.message[1:]
        if problem.suggestion:
            words = {"message": message, "suggestion": problem.suggestion}
            message = _("%(message)s Có phải %(suggestion)s?") % words
        raise ValidationError(message) from problem
