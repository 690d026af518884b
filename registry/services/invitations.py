"""Slips: printed by the school, used once by the guardian they were printed for (A13)."""

from collections.abc import Collection
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.codes import code_hash, new_code
from accounts.permissions import is_staff_member
from accounts.services import Tried, Visit, try_code
from accounts.services.codes import take
from registry import permissions
from registry.documents import Slip
from registry.models import Guardian, Guardianship, Invitation, SchoolClass, Student
from registry.selectors.invitations import current_tie, ties_of_class
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.workflow import TransitionDenied

Relation = Guardianship.Relation
SALUTATIONS = {Relation.FATHER: User.Salutation.MR, Relation.MOTHER: User.Salutation.MS}


@transaction.atomic
def print_slips(*, school_class: SchoolClass, guardianships: Collection[int], by: User) -> list[Slip]:
    """New codes for these guardians of the class, in the order of its list; slips printed for them before end.

    Whoever works here signs in as staff do, with a second factor: for them nothing is printed. Raises TransitionDenied with
    the reason when `by` may not invite the families of this class.
    """
    if reason := permissions.invite_denial(by, school_class):
        raise TransitionDenied(reason)
    now = db_now()
    chosen = [
        tie for tie in ties_of_class(school_class, now) if tie.pk in guardianships and not _works_here(tie.guardian)
    ]
    wanted = list({tie.guardian_id: tie for tie in reversed(chosen)}.values())[::-1]
    guardians = {tie.guardian_id for tie in wanted}
    # Locked, so that two teachers who print at once end each other's slips one after the other.
    list(Guardian.objects.select_for_update(no_key=True).filter(pk__in=guardians).order_by("pk"))
    Invitation.objects.open().filter(guardian__in=guardians).update(revoked_at=now)
    codes = [new_code() for _tie in wanted]
    made = Invitation.objects.bulk_create(
        Invitation(
            guardian_id=tie.guardian_id,
            student_id=tie.student_id,
            code_hash=code_hash(code),
            issued_by=by,
            issued_at=now,
            expires_at=now + Invitation.LIFE,
        )
        for tie, code in zip(wanted, codes, strict=True)
    )
    return [Slip(*parts) for parts in zip(wanted, codes, made, strict=True)]


def _works_here(guardian: Guardian) -> bool:
    return guardian.user is not None and is_staff_member(guardian.user)


@transaction.atomic
def revoke_slip(*, guardian: Guardian, school_class: SchoolClass, by: User) -> None:
    """End the slip of this guardian: lost, or given to the wrong person."""
    if reason := permissions.invite_denial(by, school_class):
        raise TransitionDenied(reason)
    Invitation.objects.open().filter(guardian=guardian).update(revoked_at=db_now())


def find_slip(*, code: str, birth_date: date, visit: Visit) -> Tried[Invitation]:
    """The usable slip with this code, if the child was born on this day; five tries a code, and no word on what was wrong."""

    def check() -> Invitation | None:
        usable = Invitation.objects.usable(db_now()).select_related("guardian__user", "student")
        found = usable.filter(code_hash=code_hash(code), student__birth_date=birth_date).first()
        return found if found is not None and current_tie(found, db_now()) is not None else None

    return try_code(code, visit, check)


@transaction.atomic
def activate(*, invitation: Invitation, phone: str) -> User:
    """Use the slip: the guardian's account, opened now or known before. The caller signs the person in and binds the device.

    Raises TransitionDenied when the slip was used meanwhile, or the account was closed.
    """
    slip = _take(invitation)
    guardian = Guardian.objects.select_for_update().get(pk=slip.guardian_id)
    if guardian.user is None:
        guardian.user = _new_account(guardian, slip.student, phone)
        guardian.phone = guardian.phone or phone
        guardian.save()
    elif not guardian.user.is_active or _works_here(guardian):
        raise TransitionDenied(_("Tài khoản này không mở bằng phiếu được. Hãy hỏi quản trị của trường."))
    elif phone and guardian.user.phone != phone:
        guardian.user.phone = phone
        guardian.user.save(update_fields=["phone"])
    return guardian.user


def _take(invitation: Invitation) -> Invitation:
    gone = _("Phiếu này đã được dùng hoặc đã hết hạn. Hãy xin giáo viên chủ nhiệm một phiếu mới.")
    return take(invitation, gone=gone)


def _new_account(guardian: Guardian, student: Student, phone: str) -> User:
    """Without a password: a PIN opens it on bound devices only."""
    tie = guardian.guardianships.filter(student=student).order_by("-valid_from").first()
    return User.objects.create(
        username=_free_username(),
        password=make_password(None),
        full_name=guardian.full_name or _("Phụ huynh em %(name)s") % {"name": student.full_name},
        salutation=SALUTATIONS.get(Relation(tie.relation), "") if tie else "",
        phone=phone,
    )


def _free_username() -> str:
    while User.objects.filter(username=(name := f"ph{get_random_string(7, '0123456789')}")).exists():
        pass
    return name


@transaction.atomic
def add_children(*, invitation: Invitation, to: User) -> list[Student]:
    """Use the slip of another child while signed in: its guardian and this person are one. Returns the children added."""
    slip = _take(invitation)
    other = Guardian.objects.select_for_update().get(pk=slip.guardian_id)
    mine = Guardian.objects.select_for_update().filter(user=to).first()
    if other.user_id not in {None, to.pk}:
        raise TransitionDenied(_("Phiếu này dành cho một người đã có tài khoản riêng."))
    if mine is None or mine.pk == other.pk:
        other.user = to
        other.save()
        return [tie.student for tie in _not_ended(other)]
    return [tie.student for tie in _not_ended(other) if _move(tie, mine)]


def _not_ended(guardian: Guardian) -> list[Guardianship]:
    return list(guardian.guardianships.not_ended().select_related("student").order_by("pk"))


def _move(tie: Guardianship, to: Guardian) -> bool:
    """The same tie under the guardian who has the account; False when they had one to this child already."""
    if to.guardianships.not_ended().filter(student=tie.student_id).exists():
        tie.ended_on = max(local_day(db_now()), tie.valid_from)
        tie.save()
        return False
    tie.guardian = to
    tie.save()
    return True
