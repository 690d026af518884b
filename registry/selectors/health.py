"""Check-ups as pages show them: by class and round, and of one pupil. What a reader may not see is left out here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry import growth
from registry.growth import Look
from registry.models import Enrollment, HealthCheck, HealthNote, SchoolClass, SchoolYear, Student

WORDS: dict[Look, str | Promise] = {
    Look.THIN: _("Gầy so với tuổi"),
    Look.OVERWEIGHT: _("Thừa cân so với tuổi"),
    Look.OBESE: _("Béo phì so với tuổi"),
    Look.UNLIKELY: _("Xem lại chiều cao và cân nặng"),
    Look.LOW_VISION: _("Thị lực dưới 8/10"),
    Look.SHORTER: _("Thấp hơn lần khám trước"),
}


@dataclass(frozen=True)
class Shown:
    """One check-up in words; `conclusion` is empty where the reader may not see it."""

    check: HealthCheck
    height: str
    weight: str
    left: str
    right: str
    bmi: str
    warnings: tuple[str | Promise, ...]
    conclusion: str


@dataclass(frozen=True)
class Line:
    """A pupil of the class, measured or not."""

    place: Enrollment
    check: HealthCheck | None
    shown: Shown | None

    @property
    def student(self) -> Student:
        return self.place.student


@dataclass(frozen=True)
class Sheet:
    lines: list[Line]

    @property
    def done(self) -> int:
        return sum(line.check is not None and line.check.is_complete() for line in self.lines)

    @property
    def warned(self) -> int:
        return sum(bool(line.shown and line.shown.warnings) for line in self.lines)

    @property
    def last(self) -> HealthCheck | None:
        """The latest check-up of the class in this round."""
        return max((line.check for line in self.lines if line.check), key=lambda check: check.checked_on, default=None)


def sheet(school_class: SchoolClass, number: int, *, whole: bool) -> Sheet:
    """The class at one round; `whole` says that the reader may see every note. Two queries."""
    places = list(school_class.enrollments.present().select_related("student").order_by("roll_no"))
    by_student: dict[int, list[HealthCheck]] = {}
    for check in _checks(place.student_id for place in places):
        by_student.setdefault(check.student_id, []).append(check)
    lines = []
    for place in places:
        checks = by_student.get(place.student_id, [])
        wanted = (school_class.school_year_id, number)
        found = next((item for item in checks if (item.school_year_id, item.round) == wanted), None)
        lines.append(Line(place, found, _shown(place.student, found, checks, whole=whole) if found else None))
    return Sheet(lines)


def checks_of(student: Student, *, whole: bool) -> list[Shown]:
    """Every check-up of this pupil, latest first; one query."""
    checks = list(_checks([student.pk]))
    return [_shown(student, check, checks, whole=whole) for check in checks if _is_filled(check)]


def notes_of(student: Student, *, whole: bool, ended: bool) -> list[HealthNote]:
    """Latest first; only the marked ones unless the reader may see all, and those that were ended if asked. One query."""
    notes = student.health_notes.order_by("ended_on", "-noted_on", "-pk").select_related("recorded_by")
    notes = notes if ended else notes.in_force()
    return list(notes if whole else notes.filter(is_for_homeroom=True))


def known_among(students: Iterable[Student]) -> set[int]:
    """About whose health something is written; two queries."""
    pks = [student.pk for student in students]
    noted = HealthNote.objects.in_force().filter(student__in=pks).values_list("student_id", flat=True)
    return {check.student_id for check in _checks(pks) if _is_filled(check)} | set(noted)


def _is_filled(check: HealthCheck) -> bool:
    """A row whose every value was taken back says nothing."""
    return bool(check.conclusion) or any(getattr(check, name) is not None for name in growth.FIGURES)


def _checks(students: Iterable[int]) -> QuerySet[HealthCheck]:
    found = HealthCheck.objects.filter(student__in=list(students))
    return found.select_related("school_year", "recorded_by").order_by("-checked_on", "-pk")


def _shown(student: Student, check: HealthCheck, checks: Iterable[HealthCheck], *, whole: bool) -> Shown:
    height, weight = check.height_mm, check.weight_hg
    return Shown(
        check=check,
        height=growth.show_figure(growth.HEIGHT, height),
        weight=growth.show_figure(growth.WEIGHT, weight),
        left=growth.show_figure(growth.LEFT, check.vision_left),
        right=growth.show_figure(growth.RIGHT, check.vision_right),
        bmi=growth.in_tenths(growth.bmi_tenths(height, weight)) if height and weight else "",
        warnings=tuple(WORDS[look] for look in growth.looks(_measured(student, check, checks))),
        conclusion=check.conclusion if whole or check.is_for_homeroom else "",
    )


def _measured(student: Student, check: HealthCheck, checks: Iterable[HealthCheck]) -> growth.Measured:
    earlier = [item.height_mm for item in checks if item.height_mm and item.checked_on < check.checked_on]
    return growth.Measured(
        **{name: getattr(check, name) for name in growth.FIGURES},
        sex=student.sex,
        months=growth.months_between(student.birth_date, check.checked_on) if student.birth_date else None,
        earlier_mm=max(earlier, default=None),
    )


@dataclass(frozen=True)
class Progress:
    """How many pupils of a class have all figures, by round."""

    school_class: SchoolClass
    total: int
    done: dict[int, int]


def progress(classes: QuerySet[SchoolClass], year: SchoolYear) -> list[Progress]:
    """One query for all classes."""
    present = Q(enrollments__left_on=None)
    counts: dict[str, Any] = {
        f"done_{number}": Count(
            "enrollments__student__health_checks",
            distinct=True,
            filter=present & _complete("enrollments__student__health_checks__", year, number),
        )
        for number in HealthCheck.Round.values
    }
    found = classes.filter(school_year=year).annotate(
        total=Count("enrollments", distinct=True, filter=present), **counts
    )
    return [
        Progress(item, item.total, {number: getattr(item, f"done_{number}") for number in HealthCheck.Round.values})
        for item in found.order_by("sort_key")
    ]


def _complete(prefix: str, year: SchoolYear, number: int) -> Q:
    measured = {f"{prefix}{name}__isnull": False for name in growth.FIGURES}
    return Q(**{f"{prefix}school_year": year, f"{prefix}round": number}, **measured)
