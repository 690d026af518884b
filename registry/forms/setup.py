"""Shapes of the steps of setting up a school year."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.forms.imports import DAY_FORMATS, DayField
from registry.importing.cells import CellProblem, ClassName
from registry.models import CurriculumItem, GradeScheme, SchoolClass, Subject
from registry.selectors.setup.calendar import Days, YearDates
from registry.selectors.setup.classes import read_names
from registry.selectors.setup.programme import GradePlan, Line
from registry.selectors.setup.pupils import ClassMoving, SourceClass
from registry.services.setup.programme import Taught

_LINE = re.compile(r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?:\s*(?:-|–|đến)\s*(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}))?\s*:?\s*(.*)")
_LONGEST_BREAK = timedelta(days=60)
_LONGEST_NAME = 100
_MOST_PERIODS = 700


# --- the calendar -------------------------------------------------------------------------------
class DaysField(forms.CharField):
    """Days with their names, one a line: "02/09/2027 Quốc khánh", "01/02/2028 – 14/02/2028 Nghỉ Tết"."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "lang": "vi"}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(_lines(value)) if isinstance(value, dict) else value

    def clean(self, value: Any) -> Any:
        found: Days = {}
        for line in (text.strip() for text in super().clean(value).splitlines()):
            if line:
                found |= _read_line(line)
        return found


def _lines(days: Days) -> Iterator[str]:
    """Neighbouring days of one name in one line."""
    first = previous = None
    for day, name in [*sorted(days.items()), (date.max, "")]:
        if previous is not None and (day - previous > timedelta(days=1) or days.get(previous) != name):
            assert first is not None
            span = f"{first:%d/%m/%Y}" if first == previous else f"{first:%d/%m/%Y} – {previous:%d/%m/%Y}"
            yield f"{span} {days[previous]}"
            first = day
        first, previous = first or day, day


def _read_line(line: str) -> Days:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise ValidationError(
            _("Chưa đọc được dòng “%(line)s”. Viết ngày rồi tên: 02/09/2027 Quốc khánh.") % {"line": line}
        )
    first = _read_day(parts[1], line)
    last = _read_day(parts[2], line) if parts[2] else first
    if not first <= last <= first + _LONGEST_BREAK:
        raise ValidationError(_("Dòng “%(line)s”: ngày cuối phải sau ngày đầu, nhiều nhất 60 ngày.") % {"line": line})
    name = parts[3].strip() or _("Nghỉ")
    return {first + timedelta(days=offset): name[:_LONGEST_NAME] for offset in range((last - first).days + 1)}


def _read_day(text: str, line: str) -> date:
    try:
        return datetime.strptime(re.sub("[.-]", "/", text), DAY_FORMATS[0]).date()  # noqa: DTZ007  # a day has no zone
    except ValueError as error:
        raise ValidationError(_("Dòng “%(line)s”: không có ngày %(day)s.") % {"line": line, "day": text}) from error


class YearForm(forms.Form):
    """A school year with its two terms and its calendar."""

    code = forms.RegexField(
        label=gettext_lazy("Năm học"),
        regex=r"^\d{4}-\d{4}$",
        max_length=9,
        error_messages={"invalid": gettext_lazy("Viết như 2027-2028.")},
        widget=forms.TextInput(attrs={"class": "input-date"}),
    )
    starts_on = DayField(label=gettext_lazy("Năm học bắt đầu"))
    ends_on = DayField(label=gettext_lazy("Năm học kết thúc"))
    term1_starts = DayField(label=gettext_lazy("Học kỳ I từ ngày"))
    term1_ends = DayField(label=gettext_lazy("đến hết ngày"))
    term2_starts = DayField(label=gettext_lazy("Học kỳ II từ ngày"))
    term2_ends = DayField(label=gettext_lazy("đến hết ngày"))
    free = DaysField(
        rows=6,
        label=gettext_lazy("Ngày nghỉ"),
        help_text=gettext_lazy("Mỗi dòng một ngày hoặc một đợt, rồi tên: 01/02/2028 – 14/02/2028 Nghỉ Tết."),
    )
    made_up = DaysField(rows=2, label=gettext_lazy("Ngày học bù"), help_text=gettext_lazy("Viết như ngày nghỉ."))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if int(code[5:]) != int(code[:4]) + 1:
            raise ValidationError(_("Năm học gồm hai năm liền nhau, viết như 2027-2028."))
        return code

    def dates(self) -> YearDates:
        """What was typed; the form is valid."""
        typed = self.cleaned_data
        return YearDates(
            code=typed["code"],
            starts_on=typed["starts_on"],
            ends_on=typed["ends_on"],
            terms=((typed["term1_starts"], typed["term1_ends"]), (typed["term2_starts"], typed["term2_ends"])),
            free=typed["free"],
            made_up=typed["made_up"],
        )

    def refuse(self, wrong: ValidationError) -> None:
        """Put what the service says next to the fields that it means."""
        for name, messages in wrong.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)


def typed_dates(dates: YearDates) -> dict[str, Any]:
    """The initial values of a YearForm."""
    (first, first_end), (second, second_end) = dates.terms
    return {
        "code": dates.code,
        "starts_on": dates.starts_on,
        "ends_on": dates.ends_on,
        "term1_starts": first,
        "term1_ends": first_end,
        "term2_starts": second,
        "term2_ends": second_end,
        "free": dates.free,
        "made_up": dates.made_up,
    }


# --- the programme ------------------------------------------------------------------------------
def _periods(**kwargs: Any) -> forms.IntegerField:
    """Periods a year; empty takes the subject out, where that is possible."""
    return forms.IntegerField(
        min_value=1,
        max_value=_MOST_PERIODS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input-short", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Nhập số tiết, ví dụ 105.")},
        **kwargs,
    )


class GradeForm(forms.Form):
    """The circular of a grade, and for each of its subjects the periods and the form of assessment."""

    scheme = forms.ChoiceField(label=gettext_lazy("Quy định đánh giá"), choices=GradeScheme.Scheme.choices)

    def __init__(self, *args: Any, plan: GradePlan, frozen: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan, self.frozen = plan, frozen
        chosen = plan.scheme.scheme if plan.scheme else plan.scheme_before
        self.fields["scheme"].initial = chosen or GradeScheme.Scheme.TT22
        if frozen:
            del self.fields["scheme"]
        for line in plan.lines:
            if line.item is None or not self._is_open(line):
                continue
            self.fields[f"periods-{line.subject.pk}"] = _periods(
                label=_("Số tiết môn %(subject)s") % {"subject": line.subject.name},
                required=False,
                initial=line.item.periods,
            )
            self.fields[f"assessment-{line.subject.pk}"] = forms.ChoiceField(
                label=_("Hình thức đánh giá môn %(subject)s") % {"subject": line.subject.name},
                choices=CurriculumItem.Assessment.choices,
                initial=line.item.assessment,
            )

    def _is_open(self, line: Line) -> bool:
        """Taught this year, and no book follows from it yet."""
        return line.item is not None and line.item.pk not in self.frozen

    def rows(self) -> Iterator[dict[str, Any]]:
        """For the table: the line with its two fields, without them for what was dropped or is only read."""
        for line in self.plan.lines:
            pk, is_open = line.subject.pk, self._is_open(line)
            yield {
                "line": line,
                "is_frozen": line.item is not None and not is_open,
                "periods": self[f"periods-{pk}"] if is_open else None,
                "assessment": self[f"assessment-{pk}"] if is_open else None,
            }

    @property
    def is_open(self) -> bool:
        """Whether anything of the grade can still be changed."""
        return bool(self.fields)

    def chosen_scheme(self) -> str:
        """The circular chosen, or the one that the open books follow; the form is valid."""
        known = self.plan.scheme.scheme if self.plan.scheme else ""
        return str(self.cleaned_data.get("scheme", known))

    def taught(self) -> dict[int, Taught | None]:
        """By subject (id); the form is valid."""
        typed = self.cleaned_data
        return {
            line.subject.pk: Taught(periods, typed[f"assessment-{line.subject.pk}"]) if periods else None
            for line in self.plan.lines
            if self._is_open(line)
            for periods in [typed[f"periods-{line.subject.pk}"]]
        }


class SubjectForm(forms.Form):
    """A subject for some grades: one that the school has, or a new one."""

    subject = forms.ModelChoiceField(
        label=gettext_lazy("Môn"),
        queryset=Subject.objects.none(),
        required=False,
        empty_label=gettext_lazy("Môn mới, ghi tên bên cạnh"),
    )
    name = forms.CharField(label=gettext_lazy("Tên môn mới"), max_length=100, required=False)
    code = forms.CharField(label=gettext_lazy("Mã môn mới"), max_length=12, required=False)
    periods = _periods(label=gettext_lazy("Số tiết cả năm"))
    assessment = forms.ChoiceField(label=gettext_lazy("Hình thức đánh giá"), choices=CurriculumItem.Assessment.choices)
    grades = forms.TypedMultipleChoiceField(label=gettext_lazy("Khối"), coerce=int, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, grades: Iterable[int]) -> None:
        grades = list(grades)
        super().__init__(data, initial={"grades": grades})
        self.fields["subject"].queryset = Subject.objects.all()  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["grades"].choices = [(grade, str(grade)) for grade in grades]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("subject") is not None:
            return cleaned
        for name in ("name", "code"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Môn mới cần cả tên và mã, ví dụ Tiếng Pháp, TP."))
        if Subject.objects.filter(code=cleaned.get("code") or "").exists():
            self.add_error("code", _("Đã có môn mang mã này. Chọn môn đó trong danh sách."))
        return cleaned

    def chosen(self) -> Subject:
        """The subject, unsaved when it is new; the form is valid."""
        typed = self.cleaned_data
        known: Subject | None = typed["subject"]
        return known or Subject(code=typed["code"], name=typed["name"], short_name=typed["name"][:20])

    def taught(self) -> Taught:
        return Taught(self.cleaned_data["periods"], self.cleaned_data["assessment"])


# --- classes and pupils -------------------------------------------------------------------------
class ClassesForm(forms.Form):
    """The classes of each grade, by name or by number. `seen` is what the preview said."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, proposal: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grades = sorted(proposal)
        for grade in self.grades:
            self.fields[f"grade-{grade}"] = forms.CharField(
                label=_("Các lớp khối %(grade)s") % {"grade": grade},
                initial=proposal[grade],
                required=False,
                max_length=500,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for grade in self.grades:
            name = f"grade-{grade}"
            try:
                cleaned[name] = read_names(cleaned.get(name, ""), grade) if cleaned.get(name) else []
            except CellProblem as problem:
                self.add_error(name, problem.message[:1].upper() + problem.message[1:])
        return cleaned

    def wanted(self) -> list[ClassName]:
        """Every class that was named; the form is valid."""
        return [one for grade in self.grades for one in self.cleaned_data[f"grade-{grade}"]]


class TargetsForm(forms.Form):
    """Where each class of last year goes that nobody has left yet."""

    def __init__(
        self, *args: Any, sources: Iterable[SourceClass], targets: Iterable[SchoolClass], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sources = {source.school_class.pk: source for source in sources if source.is_untouched}
        for pk, source in self.sources.items():
            higher = [item for item in targets if item.grade == source.school_class.grade + 1]
            self.fields[f"target-{pk}"] = forms.TypedChoiceField(
                label=_("Lớp %(name)s lên lớp nào") % {"name": source.school_class.name},
                choices=[("", _("Chưa xếp")), *((item.pk, item.name) for item in higher)],
                coerce=int,
                empty_value=None,
                required=False,
                initial=source.target.pk if source.target else "",
            )

    def targets(self) -> dict[int, int]:
        """The new class (id) of each old one (id) that was given one; the form is valid."""
        return {pk: chosen for pk in self.sources if (chosen := self.cleaned_data[f"target-{pk}"]) is not None}


class MoversForm(forms.Form):
    """Pupil by pupil: a grade higher, the same grade again, or no class for now."""

    def __init__(self, *args: Any, moving: ClassMoving, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.movers = {mover.enrollment.student_id: mover for mover in moving.open_movers}
        source = moving.source
        groups = [
            (_("Lên lớp"), [(item.pk, item.name) for item in moving.higher]),
            (_("Ở lại lớp"), [(item.pk, item.name) for item in moving.again]),
        ]
        choices = [("", _("Chưa xếp lớp")), *((label, found) for label, found in groups if found)]
        usual = source.target.pk if source.is_untouched and source.target else ""
        for pk, mover in self.movers.items():
            self.fields[f"place-{pk}"] = forms.TypedChoiceField(
                label=_("Lớp mới của %(name)s") % {"name": mover.enrollment.student.full_name},
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial=usual,
            )

    def places(self) -> dict[int, int]:
        """The class (id) chosen for each pupil (id) who was given one; the form is valid."""
        return {pk: chosen for pk in self.movers if (chosen := self.cleaned_data[f"place-{pk}"]) is not None}
