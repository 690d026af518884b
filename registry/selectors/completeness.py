"""The minimum record of a pupil (R1): the one list of what it holds, and what is missing, per pupil and per class."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from registry.models import Enrollment, Guardianship, PolicyStatus, SchoolClass


@dataclass(frozen=True)
class Required:
    """One thing that every record holds; `held` is asked of an enrollment with the facts of `_with_facts`."""

    name: str
    label: Any
    held: Q


REQUIRED = (
    Required("full_name", _("Họ và tên"), ~Q(student__full_name="")),
    Required("birth_date", _("Ngày sinh"), Q(student__birth_date__isnull=False)),
    Required("sex", _("Giới tính"), ~Q(student__sex="")),
    Required("ethnicity", _("Dân tộc"), ~Q(student__ethnicity="")),
    Required("address", _("Địa chỉ thường trú"), ~Q(student__address="")),
    Required("policy", _("Diện chính sách"), Q(has_policy=True)),
    Required("guardian", _("Cha, mẹ hoặc người giám hộ"), Q(has_guardian=True)),
    Required("phone", _("Điện thoại liên hệ"), Q(has_phone=True)),
)
BY_NAME = {item.name: item for item in REQUIRED}


@dataclass(frozen=True)
class Completeness:
    """One class at a glance: how many pupils, how many complete records, how many lack what."""

    total: int
    complete: int
    missing: dict[str, int]

    @property
    def incomplete(self) -> int:
        return self.total - self.complete

    @property
    def bars(self) -> list[dict[str, Any]]:
        """A line per required thing: how many pupils have it."""
        return [
            {"name": item.name, "label": item.label, "held": self.total - self.missing[item.name], "total": self.total}
            for item in REQUIRED
        ]


def checked(places: QuerySet[Enrollment], day: date) -> list[tuple[Enrollment, tuple[Required, ...]]]:
    """Each of these places with what its pupil lacks; one query."""
    found = _with_answers(places, day)
    return [(place, _lacking(getattr(place, answer) for answer in _ANSWERS)) for place in found]


def missing_of(places: QuerySet[Enrollment], day: date) -> dict[int, tuple[Required, ...]]:
    """What each of these pupils (by id) lacks on this day; one query."""
    rows = _with_answers(places, day).values_list("student_id", *_ANSWERS)
    return {student: _lacking(answers) for student, *answers in rows}


def of_classes(classes: Iterable[SchoolClass], day: date) -> dict[int, Completeness]:
    """Every class by id, those without a pupil included; one query."""
    places = Enrollment.objects.present().filter(school_class__in=[item.pk for item in classes])
    lacking: dict[int, list[tuple[Required, ...]]] = {item.pk: [] for item in classes}
    for school_class, *answers in _with_answers(places, day).order_by().values_list("school_class_id", *_ANSWERS):
        lacking[school_class].append(_lacking(answers))
    return {pk: summed_up(found) for pk, found in lacking.items()}


def summed_up(lacking: Iterable[tuple[Required, ...]]) -> Completeness:
    """What each pupil lacks, as the state of all of them together."""
    pupils = list(lacking)
    return Completeness(
        total=len(pupils),
        complete=sum(not lacks for lacks in pupils),
        missing={item.name: sum(item in lacks for lacks in pupils) for item in REQUIRED},
    )


_ANSWERS = [f"has_{item.name}_held" for item in REQUIRED]


def _with_answers(places: QuerySet[Enrollment], day: date) -> QuerySet[Enrollment]:
    return _with_facts(places, day).annotate(
        **{answer: item.held for answer, item in zip(_ANSWERS, REQUIRED, strict=True)}
    )


def _with_facts(places: QuerySet[Enrollment], day: date) -> QuerySet[Enrollment]:
    """What stands in other tables: an answer about policies, somebody with a name, somebody with a number."""
    family = Guardianship.objects.in_force(day).filter(student=OuterRef("student"))
    return places.annotate(
        has_policy=Exists(PolicyStatus.objects.in_force(day).filter(student=OuterRef("student"))),
        has_guardian=Exists(family.exclude(guardian__full_name="")),
        has_phone=Exists(family.exclude(guardian__phone="")),
    )


def _lacking(answers: Iterable[bool]) -> tuple[Required, ...]:
    return tuple(item for item, is_held in zip(REQUIRED, answers, strict=True) if not is_held)
