"""Who keeps the register book and the records of staff."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import people_with
from registry.permissions.scopes import holds_for_the_school


def read_register_denial(user: User) -> str | None:
    """The whole book lies open to those who keep it and to leaders (R5)."""
    if holds_for_the_school(user, "registry.view_register"):
        return None
    return _("Sổ đăng bộ dành cho văn thư, quản trị hệ thống và lãnh đạo.")


def keep_register_denial(user: User) -> str | None:
    """Numbers are given by the office or IT staff."""
    if holds_for_the_school(user, "registry.keep_register"):
        return None
    return _("Sổ đăng bộ do văn thư hoặc quản trị hệ thống ghi.")


def read_staff_changes_denial(user: User) -> str | None:
    """Leaders, the office and IT staff see what is overdue (A12)."""
    if holds_for_the_school(user, "registry.view_staff_changes"):
        return None
    return _("Thay đổi nhân sự dành cho lãnh đạo, văn phòng và quản trị hệ thống.")


def note_staff_change_denial(user: User) -> str | None:
    """Whoever gets the decision on their desk notes it."""
    if holds_for_the_school(user, "registry.note_staff_changes"):
        return None
    return _("Thay đổi nhân sự do lãnh đạo, văn phòng hoặc quản trị hệ thống ghi nhận.")


def record_staff_change_denial(user: User) -> str | None:
    """The records are kept by the office and IT staff."""
    if holds_for_the_school(user, "registry.record_staff_changes"):
        return None
    return _("Hồ sơ cán bộ do văn phòng hoặc quản trị hệ thống cập nhật.")


def recorders_of_staff_changes() -> QuerySet[User]:
    """Those whose duty it is."""
    return people_with("registry.record_staff_changes")
