"""Who loads, publishes and reads timetables (W7, C9)."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from registry.backends import assignments_in_force
from registry.models import SchoolClass, Timetable
from registry.permissions.classes import visible_classes
from registry.permissions.pupils import children_of
from registry.permissions.scopes import holds_for_the_school


def load_timetable_denial(user: User, timetable: Timetable | None = None) -> str | None:
    """IT staff, who load the school's data, or leaders, whose order it is (GT 17.4, C9); a closed year takes none."""
    if not holds_for_the_school(user, "registry.load_timetable"):
        return _("Thời khóa biểu do quản trị hệ thống hoặc phó hiệu trưởng tải lên.")
    if timetable is not None and timetable.school_year.closed_at is not None:
        return _("Năm học %(year)s đã khóa nên thời khóa biểu chỉ xem.") % {"year": timetable.school_year.code}
    return None


def publish_timetable_denial(user: User, timetable: Timetable | None = None) -> str | None:
    """A vice-principal or the principal: it orders everybody's work, and IT staff put nothing before the public (A6, PH 1.2a)"""
    if not holds_for_the_school(user, "registry.publish_timetable"):
        return _("Thời khóa biểu do hiệu trưởng hoặc phó hiệu trưởng công bố.")
    return load_timetable_denial(user, timetable)


def read_timetables_denial(user: User) -> str | None:
    """Whoever works here reads the list of versions and what they changed for them."""
    if user.has_perm("accounts.work_here"):
        return None
    return _("Trang này dành cho cán bộ, giáo viên. Phụ huynh xem thời khóa biểu của con ở Trang chính.")


def visible_timetables(user: User) -> QuerySet[Timetable]:
    """Staff see what was published; what is being prepared is seen by those who prepare it."""
    if read_timetables_denial(user):
        return Timetable.objects.none()
    return Timetable.objects.all() if load_timetable_denial(user) is None else Timetable.objects.published()


def timetable_classes(user: User) -> QuerySet[SchoolClass]:
    """The classes whose timetable concerns one: those one sees, teaches or has a child in, and all for leaders and IT staff."""
    if holds_for_the_school(user, "registry.view_timetables"):
        return SchoolClass.objects.all()
    taught = Q(class_subjects__in=assignments_in_force(user).class_subjects)
    of_children = Q(enrollments__left_on=None, enrollments__student__in=children_of(user))
    concerned = SchoolClass.objects.filter(taught | of_children).values("pk")
    return SchoolClass.objects.filter(Q(pk__in=concerned) | Q(pk__in=visible_classes(user).values("pk")))


def timetable_teachers(user: User) -> QuerySet[User]:
    """Everybody reads their own timetable; leaders, and IT staff who load it, that of any member of staff."""
    if holds_for_the_school(user, "registry.view_timetables"):
        return User.objects.filter(staff_profile__isnull=False)
    return User.objects.filter(pk=user.pk)


def reads_every_timetable(user: User) -> bool:
    """Whether the differences of a version are shown for all classes and teachers."""
    return holds_for_the_school(user, "registry.view_timetables")
