"""Who of a class has been invited, who has an account, and how many that makes (A13, M10)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import StaffProfile
from registry.models import Enrollment, Guardianship, Invitation, SchoolClass, Student
from schoolops.lib.clock import local_day

State = Literal["active", "open", "expired", "revoked", "none"]


def ties_of_class(school_class: SchoolClass, at: datetime) -> list[Guardianship]:
    """Who answers for the pupils of this class, in the order of its list."""
    present = Enrollment.objects.present().filter(school_class=school_class)
    rolls = dict(present.values_list("student_id", "roll_no"))
    ties = Guardianship.objects.in_force(local_day(at)).filter(student__in=rolls)
    found = ties.select_related("student", "guardian__user").order_by("-is_contact", "relation", "pk")
    return sorted(found, key=lambda tie: rolls[tie.student_id])


def current_tie(invitation: Invitation, at: datetime) -> Guardianship | None:
    """What makes this slip's guardian one of the child's, if it still holds."""
    ties = Guardianship.objects.in_force(local_day(at))
    return ties.filter(guardian=invitation.guardian_id, student=invitation.student_id).first()


@dataclass
class Invited:
    """A guardian on the class's page. `until` is the end of an open slip."""

    tie: Guardianship
    state: State
    until: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Nothing was handed out that still works: the page ticks these by itself."""
        return self.state in {"none", "expired", "revoked"}


@dataclass
class Family:
    """A pupil and who answers for them."""

    student: Student
    roll_no: int
    guardians: list[Invited]


def families_of_class(school_class: SchoolClass, at: datetime) -> list[Family]:
    """Everybody of the list, those without any guardian, too. Four queries, whatever the class."""
    present = Enrollment.objects.present().filter(school_class=school_class).select_related("student")
    ties = ties_of_class(school_class, at)
    newest = _newest_slips({tie.guardian_id for tie in ties})
    of: dict[int, list[Invited]] = defaultdict(list)
    for tie in ties:
        of[tie.student_id].append(_invited(tie, newest.get(tie.guardian_id), at))
    return [Family(row.student, row.roll_no, of[row.student_id]) for row in present.order_by("roll_no")]


def _newest_slips(guardians: Iterable[int]) -> dict[int, Invitation]:
    slips = Invitation.objects.filter(guardian__in=guardians).order_by("guardian_id", "-issued_at", "-id")
    return {slip.guardian_id: slip for slip in slips.distinct("guardian_id")}


def _invited(tie: Guardianship, slip: Invitation | None, at: datetime) -> Invited:
    if tie.guardian.user_id and tie.guardian.user and tie.guardian.user.is_active:
        return Invited(tie, "active")
    if slip is None or slip.used_at:
        return Invited(tie, "none")
    if slip.revoked_at:
        return Invited(tie, "revoked")
    return Invited(tie, "open" if slip.expires_at > at else "expired", slip.expires_at)


@dataclass(frozen=True)
class Adoption:
    """How far it has come: `reached` of `total`."""

    reached: int
    total: int

    @property
    def percent(self) -> int:
        return self.reached * 100 // self.total if self.total else 0


def pupils_reached(classes: QuerySet[SchoolClass], at: datetime) -> dict[int, Adoption]:
    """By class: pupils with at least one guardian who has an account, of those present."""
    day = local_day(at)
    reached = Guardianship.objects.in_force(day).filter(student=OuterRef("student"), guardian__user__is_active=True)
    present = Enrollment.objects.present().filter(school_class__in=classes).annotate(is_reached=Exists(reached))
    counted = (
        present.order_by()
        .values("school_class")
        .annotate(total=Count("pk"), done=Count("pk", filter=Q(is_reached=True)))
    )
    return {row["school_class"]: Adoption(row["done"], row["total"]) for row in counted}


def staff_reached() -> Adoption:
    """Staff who have signed in at least once, of those who work here."""
    staff = StaffProfile.objects.filter(left_on=None, user__is_active=True)
    return Adoption(staff.filter(user__last_login__isnull=False).count(), staff.count())
