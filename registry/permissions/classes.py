"""Who sees which classes, and who keeps their lists."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from registry.backends import assignments_in_force
from registry.models import SchoolClass
from registry.permissions.scopes import closed_year, held_over, opened_by_hand
from registry.policies import movements_by_class


def visible_classes(user: User) -> QuerySet[SchoolClass]:
    """One's homeroom class, the classes in the scope of a grant, and those opened by hand, by decision, for a time."""
    by_hand = Q(pk__in=opened_by_hand(user).values("content_object"))
    return SchoolClass.objects.filter(held_over("registry.view_schoolclass", user) | by_hand)


def invite_denial(user: User, school_class: SchoolClass) -> str | None:
    """The homeroom teacher of the class, or IT staff (A13)"""
    if user.has_perm("registry.keep_class", school_class) or user.has_perm("registry.change_enrollment"):
        return None
    return _("Phiếu kích hoạt của lớp này do giáo viên chủ nhiệm hoặc quản trị hệ thống in.")


def read_adoption_denial(user: User) -> str | None:
    """Whoever keeps a class, leaders and IT staff"""
    if user.has_perm("registry.keep_class") or user.has_perm("registry.order_import"):
        return None
    return _("Trang này dành cho giáo viên chủ nhiệm, lãnh đạo và quản trị hệ thống.")


def visible_rosters(user: User) -> QuerySet[SchoolClass]:
    """The classes whose pupils' records one reads: one's homeroom class, or by a grant of office, IT or leadership."""
    return SchoolClass.objects.filter(held_over("registry.view_families", user))


def kept_classes(user: User) -> QuerySet[SchoolClass]:
    """The classes of which this person is the homeroom teacher today."""
    return SchoolClass.objects.filter(pk__in=assignments_in_force(user).classes)


def read_records_denial(user: User, school_class: SchoolClass) -> str | None:
    """Families and policy categories are for those who need them (R1), not for everybody who sees the class."""
    if user.has_perm("registry.view_families", school_class):
        return None
    return _("Hồ sơ học sinh của lớp dành cho giáo viên chủ nhiệm, văn phòng, quản trị hệ thống và lãnh đạo.")


def mend_records_denial(user: User, school_class: SchoolClass) -> str | None:
    """The homeroom teacher checks and mends (R3), or IT staff; a closed year stays as it is."""
    if reason := closed_year(school_class):
        return reason
    if user.has_perm("registry.mend_records", school_class):
        return None
    return _("Hồ sơ học sinh do giáo viên chủ nhiệm của lớp hoặc quản trị hệ thống sửa.")


def review_roster_denial(user: User, school_class: SchoolClass) -> str | None:
    """Only the one who keeps the class says that its list has been looked over (R2)."""
    if reason := closed_year(school_class):
        return reason
    if school_class.pk in assignments_in_force(user).classes:
        return None
    return _("Chỉ giáo viên chủ nhiệm của lớp xác nhận đã rà soát danh sách.")


def record_movement_denial(user: User, school_class: SchoolClass) -> str | None:
    """IT staff by order of the principal, or leaders; homeroom teachers and the office where the school says so (R4)."""
    if reason := closed_year(school_class):
        return reason
    if user.has_perm("registry.record_movements", school_class):
        return None
    if user.has_perm("registry.report_movements", school_class) and movements_by_class():
        return None
    return _("Biến động của học sinh do quản trị hệ thống ghi theo phân công của hiệu trưởng.")
