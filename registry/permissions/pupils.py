"""Who sees which pupils, and what of them."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from registry.backends import assignments_in_force
from registry.models import Enrollment, Guardianship, Student
from registry.permissions.classes import mend_records_denial, visible_classes, visible_rosters
from registry.permissions.scopes import holds_for_the_school
from schoolops.lib.clock import local_day


def visible_students(user: User) -> QuerySet[Student]:
    """Whoever is or was in a class that one sees, and one's own children; those who left stay readable."""
    of_my_classes = Enrollment.objects.filter(school_class__in=visible_classes(user)).values("student")
    return Student.objects.filter(Q(pk__in=of_my_classes) | Q(pk__in=ties_of(user).values("student")))


def children_of(user: User) -> QuerySet[Student]:
    """The pupils for whom this person answers today."""
    return Student.objects.filter(pk__in=ties_of(user).values("student"))


def ties_of(user: User) -> QuerySet[Guardianship]:
    return Guardianship.objects.in_force(local_day(timezone.now())).filter(guardian__user=user)


def read_family_denial(user: User, student: Student) -> str | None:
    """Family and policy categories: those who read the records of a class of this pupil, and the family itself."""
    if visible_rosters(user).filter(enrollments__student=student).exists():
        return None
    if children_of(user).filter(pk=student.pk).exists():
        return None
    return _(
        "Gia đình và diện chính sách của em dành cho giáo viên chủ nhiệm, văn phòng, quản trị hệ thống và lãnh đạo."
    )


def keeps_class_of(user: User, student: Student) -> bool:
    """The homeroom teacher of the class in which the pupil sits today."""
    return student.enrollments.present().filter(school_class__in=assignments_in_force(user).classes).exists()


def mend_student_denial(user: User, student: Student) -> str | None:
    """As for the class list; the record of a pupil who has left is read-only."""
    place = student.enrollments.present().select_related("school_class__school_year").order_by("-enrolled_on").first()
    return mend_at_denial(user, place)


def mend_at_denial(user: User, place: Enrollment | None) -> str | None:
    """`mend_student_denial` for who knows where the pupil sits today."""
    if place is None:
        return _("Em đã rời trường nên hồ sơ chỉ xem.")
    return mend_records_denial(user, place.school_class)


def read_identifiers_denial(user: User, student: Student) -> str | None:
    """Personal numbers in full are for those who write them on forms of the sector."""
    if reads_identifiers(user) and visible_students(user).filter(pk=student.pk).exists():
        return None
    return _("Số định danh đầy đủ dành cho văn thư và quản trị hệ thống.")


def reads_identifiers(user: User) -> bool:
    """Whether personal numbers of pupils and staff may stand in full before this person."""
    return holds_for_the_school(user, "registry.view_identifiers")
