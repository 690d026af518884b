"""The class list with what each record lacks, who is called, and who may stand in it twice (R1, R2)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from registry.models import ClassSubject, Enrollment, Guardianship, SchoolClass, Student
from registry.selectors import completeness
from schoolops.lib import names


@dataclass(frozen=True)
class Line:
    """One pupil of the list; `twins` are others of the school who may be the same child."""

    place: Enrollment
    missing: tuple[completeness.Required, ...]
    contact: Guardianship | None
    twins: tuple[Enrollment, ...]

    @property
    def student(self) -> Student:
        return self.place.student


@dataclass(frozen=True)
class Roster:
    lines: list[Line]
    gone: list[Enrollment]
    state: completeness.Completeness

    def lacking(self, name: str) -> list[Line]:
        """The pupils who lack this, in the order of the list."""
        wanted = completeness.BY_NAME[name]
        return [line for line in self.lines if wanted in line.missing]


def roster(school_class: SchoolClass, day: date) -> Roster:
    """The whole list; three queries, whatever the number of pupils."""
    everybody = completeness.checked(school_class.enrollments.select_related("student").order_by("roll_no"), day)
    present = [place for place, _missing in everybody if place.left_on is None]
    contacts = contacts_of([place.student_id for place in present], day)
    twins = _twins(present)
    lines = [
        Line(place, missing, contacts.get(place.student_id), tuple(twins.get(place.student_id, ())))
        for place, missing in everybody
        if place.left_on is None
    ]
    gone = [place for place, _missing in everybody if place.left_on is not None]
    return Roster(lines, gone, completeness.summed_up(line.missing for line in lines))


def contacts_of(students: list[int], day: date) -> dict[int, Guardianship]:
    """Whom the school calls first for each pupil: the one marked so, or whoever is on record."""
    family = Guardianship.objects.in_force(day).filter(student__in=students, ended_on=None)
    found: dict[int, Guardianship] = {}
    for tie in family.select_related("guardian").order_by("-is_contact", "pk"):
        found.setdefault(tie.student_id, tie)
    return found


def is_frozen(school_class: SchoolClass) -> bool:
    """Whether the numbers of the list never move again: a grade book of the class is open.

    The database refuses the move by itself (a trigger that the grade book puts on this table); this is for those who ask first.
    """
    return frozen_classes().filter(pk=school_class.pk).exists()


def frozen_classes() -> QuerySet[SchoolClass]:
    opened = ClassSubject.objects.filter(gradebooks__isnull=False)
    return SchoolClass.objects.filter(pk__in=opened.values("school_class"))


def _twins(places: list[Enrollment]) -> dict[int, list[Enrollment]]:
    """Others in the school with the same name, where the birth dates do not say that they are two."""
    keys = {place.student.search_key for place in places}
    alike = Enrollment.objects.present().filter(student__search_key__in=keys)
    by_key: dict[str, list[Enrollment]] = {}
    for other in alike.select_related("student", "school_class").order_by("school_class__sort_key", "roll_no"):
        by_key.setdefault(names.identity_key(other.student.full_name), []).append(other)
    found: dict[int, list[Enrollment]] = {}
    for place in places:
        for other in by_key.get(names.identity_key(place.student.full_name), ()):
            if other.student_id != place.student_id and _may_be_one(place.student, other.student):
                found.setdefault(place.student_id, []).append(other)
    return found


def _may_be_one(one: Student, other: Student) -> bool:
    """Neither the birth date nor a code of the ministry tells them apart."""
    is_other_day = one.birth_date and other.birth_date and one.birth_date != other.birth_date
    is_other_code = one.moet_id and other.moet_id and one.moet_id != other.moet_id
    return not is_other_day and not is_other_code
