"""Each time somebody at the school opens sensitive records, a line is added to the log of reading (R6, P1-23)."""

from collections.abc import Collection

from accounts.backends import grants_in_force
from accounts.models import AccessLog, User
from accounts.permissions import is_staff_member
from registry.backends import assignments_in_force
from registry.models import SchoolClass, Student
from registry.permissions import children_of

Capacity = AccessLog.Capacity


def note_read(
    *,
    by: User,
    record: str,
    about: Student | SchoolClass | None = None,
    purpose: str = "",
    address: str = "",
    sat_in: Collection[int] | None = None,
) -> None:
    """`by` has read this part (AccessLog.Record) about a pupil, a class, or the whole school.

    `sat_in` are the ids of the pupil's classes where they are known. A family that reads about its own child is not
    written down, unless it takes a copy away.
    """
    if not is_staff_member(by) and record != AccessLog.Record.COPY:
        return
    AccessLog.objects.create(
        person=by,
        capacity=",".join(_capacities(by, about, sat_in)),
        record=record,
        about={Student: "student", SchoolClass: "class"}[type(about)] if about else "school",
        about_id=about.pk if about else 0,
        purpose=purpose,
        address=address,
    )


def _capacities(by: User, about: Student | SchoolClass | None, sat_in: Collection[int] | None) -> list[str]:
    """By which duties: those granted and the homeroom of this class or pupil; without any, as family or by hand."""
    found: list[str] = sorted({grant.role for grant in grants_in_force(by)})
    if _keeps(by, about, sat_in):
        found.append(Capacity.HOMEROOM)
    if found:
        return found
    is_family = isinstance(about, Student) and children_of(by).filter(pk=about.pk).exists()
    return [Capacity.FAMILY if is_family else Capacity.BY_HAND]


def _keeps(by: User, about: Student | SchoolClass | None, sat_in: Collection[int] | None) -> bool:
    kept = assignments_in_force(by).classes
    if about is None or not kept:
        return False
    if isinstance(about, SchoolClass):
        return about.pk in kept
    if sat_in is None:
        sat_in = about.enrollments.values_list("school_class", flat=True)
    return not kept.isdisjoint(sat_in)
