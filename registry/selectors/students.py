"""One pupil as the pupil page shows them."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from registry.models import Enrollment, Guardianship, PolicyStatus, Student


@dataclass(frozen=True)
class Places:
    """The classes of a pupil, latest first, and where they are today."""

    places: list[Enrollment]

    @property
    def current(self) -> Enrollment | None:
        return next((place for place in self.places if place.left_on is None), None)

    @property
    def last(self) -> Enrollment | None:
        return next(iter(self.places), None)

    @property
    def classes(self) -> set[int]:
        """The ids of all of them."""
        return {place.school_class_id for place in self.places}


def places_of(student: Student) -> Places:
    """One query."""
    found = student.enrollments.select_related("school_class__school_year").order_by("-enrolled_on", "-pk")
    return Places(list(found))


@dataclass(frozen=True)
class Family:
    """Who answers for the pupil, who did, and the brothers and sisters at this school under the same people."""

    ties: list[Guardianship]
    ended: list[Guardianship]
    siblings: list[Student]


def family_of(student: Student, day: date) -> Family:
    """Two queries."""
    ties = list(student.guardianships.select_related("guardian").order_by("-is_contact", "pk"))
    open_ties = [tie for tie in ties if tie.ended_on is None or tie.ended_on > day]
    shared = Guardianship.objects.in_force(day).filter(guardian__in=[tie.guardian_id for tie in open_ties])
    siblings = Student.objects.filter(pk__in=shared.values("student")).exclude(pk=student.pk)
    return Family(open_ties, [tie for tie in ties if tie not in open_ties], list(siblings))


@dataclass(frozen=True)
class Status:
    """A policy category with whether it holds today, in words."""

    status: PolicyStatus
    is_in_force: bool
    validity: str


def policies_of(student: Student, day: date) -> list[Status]:
    """What the family has answered, latest first; one query."""
    return [
        Status(
            item,
            is_in_force=item.valid_from <= day and (item.valid_until is None or item.valid_until >= day),
            validity=_validity(item),
        )
        for item in student.policies.all()
    ]


def _validity(item: PolicyStatus) -> str:
    words = {"first": f"{item.valid_from:%d/%m/%Y}", "last": f"{item.valid_until:%d/%m/%Y}" if item.valid_until else ""}
    return _("%(first)s – %(last)s") % words if item.valid_until else _("từ %(first)s") % words
