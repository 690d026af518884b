"""How far a school year is set up, counted from the register: there is no other memory of the steps."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet, Subquery

from accounts.models import StaffProfile
from registry.models import (
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GradeScheme,
    HomeroomAssignment,
    ImportBatch,
    SchoolClass,
    SchoolYear,
    TeachingAssignment,
)


def day_of(year: SchoolYear, today: date) -> date:
    """The day on which the year is looked at: today while it runs, its first day before, its last day after."""
    return min(max(today, year.starts_on), year.ends_on)


def untaught(year: SchoolYear, day: date) -> QuerySet[ClassSubject]:
    """Class-subjects that nobody teaches on the day."""
    held = TeachingAssignment.objects.in_force(day).filter(class_subject=OuterRef("pk"))
    return ClassSubject.objects.filter(~Exists(held), school_class__school_year=year)


def without_keeper(year: SchoolYear, day: date) -> QuerySet[SchoolClass]:
    """Classes without a homeroom teacher on the day."""
    held = HomeroomAssignment.objects.in_force(day).filter(school_class=OuterRef("pk"))
    return SchoolClass.objects.filter(~Exists(held), school_year=year)


def waiting_pupils(year: SchoolYear, before: SchoolYear | None, top_grade: int) -> QuerySet[Enrollment]:
    """Places of last year whose pupils have none in this one; who was in the top grade has left the school."""
    placed = Enrollment.objects.present().filter(student=OuterRef("student"), school_class__school_year=year)
    if before is None:
        return Enrollment.objects.none()
    return (
        Enrollment.objects.present()
        .filter(~Exists(placed), school_class__school_year=before)
        .exclude(school_class__grade__gte=top_grade)
    )


def untouched_classes(year: SchoolYear, before: SchoolYear, top_grade: int) -> QuerySet[SchoolClass]:
    """Classes of last year with pupils of whom nobody has gone on yet; after that each of the rest is a decision."""
    members = Enrollment.objects.present().filter(school_class=OuterRef("pk"))
    placed = Enrollment.objects.present().filter(school_class__school_year=year).values("student")
    return SchoolClass.objects.filter(
        Exists(members), ~Exists(members.filter(student__in=placed)), school_year=before, grade__lt=top_grade
    )


@dataclass(frozen=True)
class Counts:
    """Figures of one year, and of the staff."""

    terms: int
    free_days: int
    schemes: int
    items: int
    grades_taught: int
    classes: int
    grades_with_classes: int
    class_subjects: int
    untaught: int
    without_keeper: int
    pupils: int
    waiting: int
    untouched: int
    staff: int


def counts(year: SchoolYear, before: SchoolYear | None, *, top_grade: int, day: date) -> Counts:
    """One query."""
    classes = SchoolClass.objects.filter(school_year=year)
    items = CurriculumItem.objects.filter(school_year=year)
    wanted: dict[str, Any] = {
        "terms": count_of(year.terms.all()),
        "free_days": count_of(year.calendar_days.filter(kind="holiday")),
        "schemes": count_of(GradeScheme.objects.filter(school_year=year)),
        "items": count_of(items),
        "grades_taught": count_of(items, "DISTINCT grade"),
        "classes": count_of(classes),
        "grades_with_classes": count_of(classes, "DISTINCT grade"),
        "class_subjects": count_of(ClassSubject.objects.filter(school_class__school_year=year)),
        "untaught": count_of(untaught(year, day)),
        "without_keeper": count_of(without_keeper(year, day)),
        "pupils": count_of(Enrollment.objects.present().filter(school_class__school_year=year)),
        "waiting": count_of(waiting_pupils(year, before, top_grade)) if before else None,
        "untouched": count_of(untouched_classes(year, before, top_grade)) if before else None,
        "staff": count_of(StaffProfile.objects.filter(left_on=None, user__is_active=True)),
    }
    # Under names that no field of the year has.
    asked = {f"n_{name}": count for name, count in wanted.items() if count is not None}
    rows: QuerySet[Any, Any] = SchoolYear.objects.filter(pk=year.pk)
    found = rows.values(**asked).get()
    return Counts(**{name: found.get(f"n_{name}", 0) for name in wanted})


def count_of(rows: QuerySet[Any], what: str = "") -> Subquery:
    """How many rows, or how many different values of a column, as part of another query."""
    column = what.removeprefix("DISTINCT ") or "pk"
    template = "COUNT(DISTINCT %(expressions)s)" if what else "COUNT(%(expressions)s)"
    counted = Func(F(column), template=template, output_field=IntegerField())
    return Subquery(rows.order_by().values(_n=counted))


@dataclass(frozen=True)
class Coverage:
    """Grades of the year that have a circular, and those that have subjects."""

    schemes: frozenset[int]
    taught: frozenset[int]

    def missing(self, grades: range) -> list[int]:
        return [grade for grade in grades if grade not in self.schemes or grade not in self.taught]


def coverage(year: SchoolYear) -> Coverage:
    """One query: the grades of the curriculum with whether each has a circular, and the circulars without subjects."""
    schemes = GradeScheme.objects.filter(school_year=year).order_by().values_list("grade", "school_year")
    items = CurriculumItem.objects.filter(school_year=year).order_by().values_list(F("grade") * -1, "school_year")
    found = [grade for grade, _year in schemes.union(items)]
    return Coverage(frozenset(grade for grade in found if grade > 0), frozenset(-grade for grade in found if grade < 0))


def latest_files(year: SchoolYear) -> dict[str, ImportBatch]:
    """The last file of each kind that was not put aside, by kind. One query."""
    found = (
        ImportBatch.objects.filter(school_year=year)
        .exclude(state=ImportBatch.State.DISCARDED)
        .select_related("file")
        .defer("rows", "edits", "result")
        .order_by("kind", "-uploaded_at", "-pk")
        .distinct("kind")
    )
    return {batch.kind: batch for batch in found}
