"""Completing and correcting the records of a class (R1, R3), and saying that the list has been looked over (R2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import Enrollment, Guardian, Guardianship, PolicyStatus, RosterReview, SchoolClass, Student
from registry.models.identity import IDENTITY
from registry.selectors import completeness
from registry.selectors.imports import Change
from registry.services.pen import Pen
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.workflow import TransitionDenied

STUDENT_FIELDS = ("full_name", "birth_date", "sex", "ethnicity", "address")
# What a form calls the first person of the family, and what the person's row calls it.
PERSON_FIELDS = {"guardian_name": "full_name", "guardian_phone": "phone"}
LEGAL = {Guardianship.Relation.FATHER, Guardianship.Relation.MOTHER, Guardianship.Relation.GUARDIAN}


@dataclass(frozen=True)
class Mended:
    """What was typed for one pupil; a name that is not there leaves that part of the record as it is."""

    student_id: int
    values: dict[str, Any]


@dataclass
class _Work:
    """Everything that is to be written, collected pupil by pupil."""

    day: date
    touched: set[int] = field(default_factory=set)
    students: dict[Student, list[Change]] = field(default_factory=dict)
    people: dict[Guardian, list[Change]] = field(default_factory=dict)
    ties: dict[Guardianship, list[Change]] = field(default_factory=dict)
    new_people: list[Guardian] = field(default_factory=list)
    new_ties: list[Guardianship] = field(default_factory=list)
    policies: list[PolicyStatus] = field(default_factory=list)

    def note(self, student: Student, changes: list[Change]) -> bool:
        """Remember whose record changes."""
        if changes:
            self.touched.add(student.pk)
        return bool(changes)


@transaction.atomic
def mend_records(*, school_class: SchoolClass, mended: Iterable[Mended], by: User) -> int:
    """Write what was typed for pupils of this class, each change with its history; returns how many records changed.

    Raises PermissionDenied, and TransitionDenied where only a petition may change what stands in open books. Pupils who
    have left the class meanwhile are passed over.
    """
    if reason := permissions.mend_records_denial(by, school_class):
        raise PermissionDenied(reason)
    typed = {item.student_id: item.values for item in mended}
    places = school_class.enrollments.present().filter(student__in=typed)
    students = [place.student for place in places.select_related("student").select_for_update(of=("self", "student"))]
    work = _Work(local_day(db_now()))
    first = _first_ties(students)
    answered = _answered(students, work.day)
    for student in students:
        values = typed[student.pk]
        _mend_student(work, student, values, by)
        _mend_family(work, student, first.get(student.pk), values)
        if values.get("policy") and student.pk not in answered:
            work.touched.add(student.pk)
            work.policies.append(PolicyStatus(student=student, category=values["policy"], valid_from=work.day))
    _write(work, Pen(by, _("Rà soát danh sách lớp %(name)s") % {"name": school_class.name}))
    return len(work.touched)


def _first_ties(students: list[Student]) -> dict[int, Guardianship]:
    """The person of each family whom a form shows: the contact, or the first on record."""
    ties = Guardianship.objects.not_ended().filter(student__in=students).order_by("-is_contact", "pk")
    people: dict[int, Guardian] = {}
    found: dict[int, Guardianship] = {}
    for tie in ties.select_related("guardian").select_for_update(of=("self", "guardian")):
        # Brothers and sisters in one class must change one and the same object.
        tie.guardian = people.setdefault(tie.guardian_id, tie.guardian)
        found.setdefault(tie.student_id, tie)
    return found


def _answered(students: list[Student], day: date) -> set[int]:
    held = PolicyStatus.objects.in_force(day).filter(student__in=students)
    return set(held.values_list("student_id", flat=True))


def _mend_student(work: _Work, student: Student, values: dict[str, Any], by: User) -> None:
    changes = _changes(student, {name: values[name] for name in STUDENT_FIELDS if name in values})
    is_known = any(change.field in IDENTITY and getattr(student, change.field) for change in changes)
    if is_known and (reason := permissions.mend_identity_denial(by, student)):
        raise TransitionDenied(reason)
    if work.note(student, changes):
        work.students[student] = changes


def _mend_family(work: _Work, student: Student, tie: Guardianship | None, values: dict[str, Any]) -> None:
    person = {attribute: values[name] for name, attribute in PERSON_FIELDS.items() if name in values}
    relation = values.get("guardian_relation")
    if tie is None:
        if any(person.values()):
            _add_person(work, student, person, relation or Guardianship.Relation.OTHER)
        return
    if person and not any({"full_name": tie.guardian.full_name, "phone": tie.guardian.phone, **person}.values()):
        return
    if work.note(student, changes := _changes(tie.guardian, person)):
        work.people.setdefault(tie.guardian, []).extend(changes)
    wanted = {"relation": relation, "is_legal_representative": relation in LEGAL} if relation else {}
    if relation != tie.relation and work.note(student, changes := _changes(tie, wanted)):
        work.ties[tie] = changes


def _add_person(work: _Work, student: Student, person: dict[str, Any], relation: str) -> None:
    work.touched.add(student.pk)
    guardian = Guardian(**person)
    work.new_people.append(guardian)
    work.new_ties.append(
        Guardianship(
            student=student,
            guardian=guardian,
            relation=relation,
            is_legal_representative=relation in LEGAL,
            is_contact=True,
            valid_from=work.day,
        )
    )


def _changes(obj: Any, values: dict[str, Any]) -> list[Change]:
    return [Change("", "", "", name, new) for name, new in values.items() if getattr(obj, name) != new]


def _write(work: _Work, pen: Pen) -> None:
    pen.update(Student, work.students)
    pen.update(Guardian, work.people)
    pen.update(Guardianship, work.ties)
    pen.create(Guardian, work.new_people)
    pen.create(Guardianship, work.new_ties)
    pen.create(PolicyStatus, work.policies)


@transaction.atomic
def review_roster(*, school_class: SchoolClass, by: User) -> RosterReview:
    """The homeroom teacher has looked the list over; what is still missing is counted at this moment (R2).

    Raises PermissionDenied.
    """
    if reason := permissions.review_roster_denial(by, school_class):
        raise PermissionDenied(reason)
    now = db_now()
    lacking = completeness.missing_of(Enrollment.objects.present().filter(school_class=school_class), local_day(now))
    state = completeness.summed_up(lacking.values())
    return RosterReview.objects.create(
        school_class=school_class, reviewed_by=by, reviewed_at=now, pupils=state.total, incomplete=state.incomplete
    )
