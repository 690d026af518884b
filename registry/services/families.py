"""The people around one pupil and their policy categories: added, chosen, ended; never deleted (R1, R3)."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import Guardian, Guardianship, PolicyStatus, Student
from schoolops.lib import names
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.history import keep
from schoolops.lib.workflow import TransitionDenied

Category = PolicyStatus.Category


@transaction.atomic
def add_guardian(*, student: Student, person: dict[str, Any], tie: dict[str, Any], by: User) -> Guardianship:
    """Someone more answers for this pupil; whoever has the same name and number already is the same person.

    `person` are fields of Guardian, `tie` of Guardianship. Raises PermissionDenied, or TransitionDenied with the reason.
    """
    locked = _lock(student, by)
    open_ties = locked.guardianships.not_ended()
    known = _known(person)
    same = names.identity_key(person.get("full_name", ""))
    for other in open_ties.select_related("guardian"):
        is_named_so = same and names.identity_key(other.guardian.full_name) == same
        if other.guardian == known or (is_named_so and other.relation == tie.get("relation")):
            raise TransitionDenied(_("%(name)s đã có trong gia đình của em.") % {"name": other.guardian})
    guardian = known or keep(Guardian(**person), by)
    is_first = not open_ties.filter(is_contact=True).exists()
    if tie.get("is_contact") and not is_first:
        _step_back(locked, by)
    made = Guardianship(student=locked, guardian=guardian, **{"valid_from": local_day(db_now()), **tie})
    made.is_contact = made.is_contact or is_first
    return keep(made, by)


def _known(person: dict[str, Any]) -> Guardian | None:
    """A brother's or sister's guardian: the same name and the same number."""
    if not person.get("phone") or not person.get("full_name"):
        return None
    same_number = Guardian.objects.filter(phone=person["phone"]).order_by("pk")
    key = names.identity_key(person["full_name"])
    return next((item for item in same_number if names.identity_key(item.full_name) == key), None)


@transaction.atomic
def choose_contact(*, tie: Guardianship, by: User) -> Guardianship:
    """From now on the school calls this person first."""
    locked = _lock(tie.student, by)
    chosen = _open_tie(locked, tie)
    if chosen.is_contact:
        return chosen
    _step_back(locked, by)
    chosen.is_contact = True
    return keep(chosen, by)


@transaction.atomic
def end_guardianship(*, tie: Guardianship, by: User) -> Guardianship:
    """This person answers for the pupil no longer; the next of the family is called first."""
    locked = _lock(tie.student, by)
    ended = _open_tie(locked, tie)
    today = local_day(db_now())
    ended.ended_on, was_contact = max(today, ended.valid_from), ended.is_contact
    keep(ended, by)
    following = locked.guardianships.not_ended().order_by("pk").first() if was_contact else None
    if following is not None:
        following.is_contact = True
        keep(following, by)
    return ended


@transaction.atomic
def add_policy(*, student: Student, status: dict[str, Any], by: User) -> PolicyStatus:
    """The answer of the family, with its paper; `status` are fields of PolicyStatus.

    "Không" and a category do not hold together: a category ends the "không", which cannot follow one that still holds.
    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    locked = _lock(student, by)
    made = PolicyStatus(student=locked, **status)
    held = list(locked.policies.in_force(made.valid_from))
    if made.category == Category.NONE and held:
        raise TransitionDenied(_("Em đang thuộc diện “%(what)s”. Kết thúc diện đó trước.") % {"what": _named(held)})
    if any(item.category == made.category for item in held):
        raise TransitionDenied(_("Diện “%(what)s” đã được ghi và còn hạn.") % {"what": made.get_category_display()})
    for item in held:
        if item.category == Category.NONE:
            item.valid_until = max(item.valid_from, made.valid_from)
            keep(item, by)
    return keep(made, by)


def _named(held: list[PolicyStatus]) -> str:
    return ", ".join(str(item.get_category_display()) for item in held)


@transaction.atomic
def end_policy(*, status: PolicyStatus, on: date, by: User) -> PolicyStatus:
    """It holds to the end of this day. Raises PermissionDenied, or TransitionDenied with the reason."""
    locked = _lock(status.student, by)
    ended = locked.policies.select_for_update(of=("self",)).get(pk=status.pk)
    if on < ended.valid_from:
        raise TransitionDenied(_("Ngày kết thúc phải từ ngày bắt đầu trở đi."))
    ended.valid_until = on
    return keep(ended, by)


def _lock(student: Student, by: User) -> Student:
    """The pupil, held until the end of the transaction, whose record this person may mend."""
    locked = Student.objects.select_for_update(of=("self",)).get(pk=student.pk)
    if reason := permissions.mend_student_denial(by, locked):
        raise PermissionDenied(reason)
    return locked


def _open_tie(student: Student, tie: Guardianship) -> Guardianship:
    found = student.guardianships.not_ended().filter(pk=tie.pk).first()
    if found is None:
        raise TransitionDenied(_("Người này đã thôi đại diện cho em."))
    return found


def _step_back(student: Student, by: User) -> None:
    for tie in student.guardianships.not_ended().filter(is_contact=True):
        tie.is_contact = False
        keep(tie, by)
