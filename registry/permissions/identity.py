"""Names, birth dates and sexes that stand in open books: who mends them at once, who asks, who decides (G7, R3)."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import people_with, two_people_denial
from registry.models import Enrollment, IdentityChange, Student
from registry.permissions.pupils import keeps_class_of, mend_student_denial
from registry.permissions.scopes import holds_for_the_school

DECIDE = "registry.decide_identity_changes"


def fixed_students(students: Iterable[int]) -> set[int]:
    """Those of these pupils who sit in a class with open grade books."""
    return set(Enrollment.objects.in_open_books().filter(student__in=students).values_list("student_id", flat=True))


def mend_identity_denial(user: User, student: Student) -> str | None:
    """The homeroom teacher checks and mends (R3); anybody else asks, once a grade book of the class is open (QT 5.2)."""
    if keeps_class_of(user, student):
        return None
    if not fixed_students([student.pk]):
        return None
    return _(
        "Họ tên, ngày sinh và giới tính của em đã nằm trong sổ điểm: giáo viên chủ nhiệm sửa, hoặc gửi đề nghị để lãnh đạo duyệt."
    )


def ask_identity_denial(user: User, student: Student) -> str | None:
    """Whoever keeps the record and may not mend this part of it at once"""
    if reason := mend_student_denial(user, student):
        return reason
    if mend_identity_denial(user, student) is None:
        return _("Thầy/cô sửa được ngay ở hồ sơ của em, không cần đề nghị.")
    return None


def visible_identity_changes(user: User) -> QuerySet[IdentityChange]:
    """All of them for leaders; others see what they asked for."""
    if holds_for_the_school(user, DECIDE):
        return IdentityChange.objects.all()
    return IdentityChange.objects.filter(requested_by=user)


def identity_changes_to_decide(user: User) -> QuerySet[IdentityChange]:
    """Those that wait for this leader's word."""
    if not holds_for_the_school(user, DECIDE):
        return IdentityChange.objects.none()
    return IdentityChange.objects.filter(state=IdentityChange.State.WAITING).exclude(requested_by=user)


def read_identity_changes_denial(user: User) -> str | None:
    """Leaders, and those who keep all records"""
    if holds_for_the_school(user, DECIDE) or holds_for_the_school(user, "registry.mend_records"):
        return None
    return _("Trang này dành cho lãnh đạo và quản trị hệ thống.")


def decide_identity_denial(user: User, change: IdentityChange) -> str | None:
    """A leader, never on what they asked for themselves; two natural persons"""
    if not holds_for_the_school(user, DECIDE):
        return _("Đề nghị sửa thông tin do lãnh đạo nhà trường duyệt.")
    return two_people_denial(user, change.requested_by_id)


def withdraw_identity_denial(user: User, change: IdentityChange) -> str | None:
    """Who asked"""
    if change.requested_by_id == user.pk:
        return None
    return _("Chỉ người đề nghị rút được đề nghị này.")


def deciders_of_identity() -> QuerySet[User]:
    return people_with(DECIDE)
