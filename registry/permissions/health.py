"""Who reads and writes health data (R6)."""

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from registry.models import Enrollment, SchoolClass, Student
from registry.permissions.pupils import children_of
from registry.permissions.scopes import closed_year, held_over


def health_classes(user: User) -> QuerySet[SchoolClass]:
    """The classes whose check-ups one reads: medical staff, leaders, and whoever keeps the class."""
    return SchoolClass.objects.filter(held_over("registry.view_health", user))


def read_health_denial(user: User, school_class: SchoolClass | None = None) -> str | None:
    """Seeing a class is not enough: IT staff and the office see no health data, nor do subject teachers."""
    if user.has_perm("registry.view_health", school_class):
        return None
    return _("Sức khỏe học sinh dành cho nhân viên y tế, giáo viên chủ nhiệm của lớp và lãnh đạo.")


def record_health_denial(user: User, school_class: SchoolClass) -> str | None:
    """Only medical staff; a closed year stays as it is."""
    if reason := closed_year(school_class):
        return reason
    if user.has_perm("registry.record_health", school_class):
        return None
    return _("Số liệu sức khỏe do nhân viên y tế của trường ghi.")


def record_student_health_denial(user: User, student: Student) -> str | None:
    """As for the class where the pupil sits; about one who has left nothing more is written."""
    place = _last_place(student)
    if place is None or place.left_on is not None:
        return _("Em đã rời trường nên hồ sơ chỉ xem.")
    return record_health_denial(user, place.school_class)


def reads_health_notes(user: User, school_class: SchoolClass) -> bool:
    """The homeroom teacher reads the figures, and of the notes only those that are marked for them."""
    return user.has_perm("registry.view_health_notes", school_class)


def read_student_health_denial(user: User, student: Student) -> str | None:
    """Whoever reads the check-ups of the class where this pupil sits, or sat last, and the family itself."""
    place = _last_place(student)
    if place is not None and read_health_denial(user, place.school_class) is None:
        return None
    if children_of(user).filter(pk=student.pk).exists():
        return None
    return _("Sức khỏe của em dành cho nhân viên y tế, giáo viên chủ nhiệm, lãnh đạo và gia đình.")


def reads_student_health_notes(user: User, student: Student) -> bool:
    """The family reads everything about its own child."""
    place = _last_place(student)
    if place is not None and reads_health_notes(user, place.school_class):
        return True
    return children_of(user).filter(pk=student.pk).exists()


def _last_place(student: Student) -> Enrollment | None:
    places = student.enrollments.select_related("school_class__school_year")
    return places.order_by(F("left_on").desc(nulls_first=True), "-enrolled_on", "-pk").first()
