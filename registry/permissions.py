"""Who may load initial data and who sees which classes. Each rule answers with the reason why not, or None."""

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.backends import GrantBackend, grants_in_force
from accounts.models import ScopeKind, User
from accounts.roles import PERMISSIONS
from registry.backends import HOMEROOM, assignments_in_force
from registry.models import (
    ClassAccess,
    Enrollment,
    Guardianship,
    ImportBatch,
    SchoolClass,
    SchoolYear,
    Student,
    Submission,
)
from registry.policies import movements_by_class
from registry.reporting import form_named
from schoolops.lib.clock import local_day


# --- initial data -------------------------------------------------------------------------------
def import_denial(user: User, batch: ImportBatch | None = None) -> str | None:
    """IT staff by order of the principal, or leaders; a closed year takes no more data (A9)."""
    if not _holds_for_the_school(user, "registry.order_import"):
        return _("Nhập dữ liệu ban đầu do quản trị hệ thống làm theo phân công của hiệu trưởng.")
    if batch is not None and batch.school_year.closed_at is not None:
        return _("Năm học %(year)s đã khóa nên không nhập thêm dữ liệu.") % {"year": batch.school_year.code}
    return None


def setup_denial(user: User, year: SchoolYear | None = None) -> str | None:
    """Whoever loads initial data also sets up the year: IT staff by order of the principal, or leaders (A9)."""
    if not _holds_for_the_school(user, "registry.order_import"):
        return _("Năm học mới do quản trị hệ thống lập theo phân công của hiệu trưởng.")
    if year is not None and year.closed_at is not None:
        return _("Năm học %(year)s đã khóa nên không sửa được nữa.") % {"year": year.code}
    return None


def visible_batches(user: User) -> QuerySet[ImportBatch]:
    """Those who may load data see every file that was loaded; nobody else sees any."""
    return ImportBatch.objects.none() if import_denial(user) else ImportBatch.objects.of_initial_data()


def visible_comparisons(user: User) -> QuerySet[ImportBatch]:
    """Lists of the sector are compared by those who load data: IT staff by order of the principal, or leaders (R8).

    GT 8 gives initial data and its changes to IT staff as the principal assigns them; the office makes reports, and does not
    write into the register by file.
    """
    return ImportBatch.objects.none() if import_denial(user) else ImportBatch.objects.of_sector()


def _holds_for_the_school(user: User, perm: str) -> bool:
    """A grant for one grade or class does not reach the whole register."""
    return user.is_active and any(
        grant.scope_kind == ScopeKind.SCHOOL and perm in PERMISSIONS[grant.role] for grant in grants_in_force(user)
    )


# --- classes ------------------------------------------------------------------------------------
def visible_classes(user: User) -> QuerySet[SchoolClass]:
    """One's homeroom class, the classes in the scope of a grant, and those opened by hand, by decision, for a time."""
    by_hand = Q(pk__in=_opened_by_hand(user).values("content_object"))
    return SchoolClass.objects.filter(_held("registry.view_schoolclass", user) | by_hand)


def _held(perm: str, user: User) -> Q:
    """The classes over which this person holds a right, by homeroom duty or by grant."""
    held = Q(pk__in=assignments_in_force(user).classes if perm in HOMEROOM else ())
    for grant in grants_in_force(user):
        if perm in PERMISSIONS[grant.role]:
            held |= _in_scope(grant.scope_kind, grant.scope_id)
    return held


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


def _opened_by_hand(user: User) -> QuerySet[ClassAccess]:
    today = local_day(timezone.now())
    return ClassAccess.objects.filter(
        user=user,
        permission__codename="view_schoolclass",
        permission__content_type__app_label="registry",
        valid_from__lte=today,
        valid_until__gte=today,
    )


def _in_scope(kind: str, scope_id: int) -> Q:
    """The classes that a grant of this scope reaches; the same scopes as SchoolClass.scope_refs."""
    return {
        ScopeKind.SCHOOL: ~Q(pk=None),
        ScopeKind.GRADE: Q(grade=scope_id),
        ScopeKind.CLASS: Q(pk=scope_id),
    }.get(ScopeKind(kind), Q(pk=None))


# --- the class list -----------------------------------------------------------------------------
def visible_rosters(user: User) -> QuerySet[SchoolClass]:
    """The classes whose pupils' records one reads: one's homeroom class, or by a grant of office, IT or leadership."""
    return SchoolClass.objects.filter(_held("registry.view_families", user))


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
    if reason := _closed_year(school_class):
        return reason
    if user.has_perm("registry.mend_records", school_class):
        return None
    return _("Hồ sơ học sinh do giáo viên chủ nhiệm của lớp hoặc quản trị hệ thống sửa.")


def review_roster_denial(user: User, school_class: SchoolClass) -> str | None:
    """Only the one who keeps the class says that its list has been looked over (R2)."""
    if reason := _closed_year(school_class):
        return reason
    if school_class.pk in assignments_in_force(user).classes:
        return None
    return _("Chỉ giáo viên chủ nhiệm của lớp xác nhận đã rà soát danh sách.")


def record_movement_denial(user: User, school_class: SchoolClass) -> str | None:
    """IT staff by order of the principal, or leaders; homeroom teachers and the office where the school says so (R4)."""
    if reason := _closed_year(school_class):
        return reason
    if user.has_perm("registry.record_movements", school_class):
        return None
    if user.has_perm("registry.report_movements", school_class) and movements_by_class():
        return None
    return _("Biến động của học sinh do quản trị hệ thống ghi theo phân công của hiệu trưởng.")


def _closed_year(school_class: SchoolClass) -> str | None:
    if school_class.school_year.closed_at is None:
        return None
    return _("Năm học %(year)s đã khóa nên hồ sơ chỉ xem.") % {"year": school_class.school_year.code}


# --- pupils -------------------------------------------------------------------------------------
def visible_students(user: User) -> QuerySet[Student]:
    """Whoever is or was in a class that one sees, and one's own children; those who left stay readable."""
    of_my_classes = Enrollment.objects.filter(school_class__in=visible_classes(user)).values("student")
    return Student.objects.filter(Q(pk__in=of_my_classes) | Q(pk__in=_ties_of(user).values("student")))


def children_of(user: User) -> QuerySet[Student]:
    """The pupils for whom this person answers today."""
    return Student.objects.filter(pk__in=_ties_of(user).values("student"))


def _ties_of(user: User) -> QuerySet[Guardianship]:
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


def mend_student_denial(user: User, student: Student) -> str | None:
    """As for the class list; the record of a pupil who has left is read-only."""
    place = student.enrollments.present().select_related("school_class__school_year").order_by("-enrolled_on").first()
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
    return _holds_for_the_school(user, "registry.view_identifiers")


# --- health (R6) --------------------------------------------------------------------------------
def health_classes(user: User) -> QuerySet[SchoolClass]:
    """The classes whose check-ups one reads: medical staff, leaders, and whoever keeps the class."""
    return SchoolClass.objects.filter(_held("registry.view_health", user))


def read_health_denial(user: User, school_class: SchoolClass | None = None) -> str | None:
    """Seeing a class is not enough: IT staff and the office see no health data, nor do subject teachers."""
    if user.has_perm("registry.view_health", school_class):
        return None
    return _("Sức khỏe học sinh dành cho nhân viên y tế, giáo viên chủ nhiệm của lớp và lãnh đạo.")


def record_health_denial(user: User, school_class: SchoolClass) -> str | None:
    """Only medical staff; a closed year stays as it is."""
    if reason := _closed_year(school_class):
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


# --- the register book --------------------------------------------------------------------------
def read_register_denial(user: User) -> str | None:
    """The whole book lies open to those who keep it and to leaders (R5)."""
    if _holds_for_the_school(user, "registry.view_register"):
        return None
    return _("Sổ đăng bộ dành cho văn thư, quản trị hệ thống và lãnh đạo.")


def keep_register_denial(user: User) -> str | None:
    """Numbers are given by the office or IT staff."""
    if _holds_for_the_school(user, "registry.keep_register"):
        return None
    return _("Sổ đăng bộ do văn thư hoặc quản trị hệ thống ghi.")


# --- staff records ------------------------------------------------------------------------------
def read_staff_changes_denial(user: User) -> str | None:
    """Leaders, the office and IT staff see what is overdue (A12)."""
    if _holds_for_the_school(user, "registry.view_staff_changes"):
        return None
    return _("Thay đổi nhân sự dành cho lãnh đạo, văn phòng và quản trị hệ thống.")


def note_staff_change_denial(user: User) -> str | None:
    """Whoever gets the decision on their desk notes it."""
    if _holds_for_the_school(user, "registry.note_staff_changes"):
        return None
    return _("Thay đổi nhân sự do lãnh đạo, văn phòng hoặc quản trị hệ thống ghi nhận.")


def record_staff_change_denial(user: User) -> str | None:
    """The records are kept by the office and IT staff."""
    if _holds_for_the_school(user, "registry.record_staff_changes"):
        return None
    return _("Hồ sơ cán bộ do văn phòng hoặc quản trị hệ thống cập nhật.")


def recorders_of_staff_changes() -> QuerySet[User]:
    """Those whose duty it is."""
    found: QuerySet[User] = GrantBackend().with_perm("registry.record_staff_changes")
    return found


# --- reports to the sector (R7) -----------------------------------------------------------------
def read_reports_denial(user: User) -> str | None:
    """Leaders and the office, and IT staff, who mend what the preview says is missing."""
    if _holds_for_the_school(user, "registry.read_reports"):
        return None
    return _("Báo cáo gửi ngành dành cho lãnh đạo, văn thư và quản trị hệ thống.")


def visible_submissions(user: User) -> QuerySet[Submission]:
    """All of them, or none: a report speaks of the whole school."""
    return Submission.objects.none() if read_reports_denial(user) else Submission.objects.all()


def keep_reports_denial(user: User, submission: Submission | None = None) -> str | None:
    """A vice-principal or the principal, or the clerk for them

    GT 6 has vice-principals extract and send the data to the office above, PH 1.1a makes the principal answer for them, and
    the clerk sends the school's papers. IT staff make nothing official: PH 1.1a keeps data work from them.
    """
    if _holds_for_the_school(user, "registry.make_reports"):
        return None
    return _("Báo cáo gửi ngành do lãnh đạo hoặc văn thư lập và gửi.")


def make_report_denial(user: User, submission: Submission) -> str | None:
    """As for sending; forms with personal numbers only by those who may read them: the clerk

    A form with masked numbers would be no form, so that it is refused whole.
    """
    form = form_named(submission.form)
    if reason := keep_reports_denial(user, submission):
        return reason
    if not _holds_for_the_school(user, form.permission):
        return _("Biểu này do người được giao riêng lập.")
    if form.holds_identifiers and not reads_identifiers(user):
        return _(
            "Biểu này có mã và số định danh đầy đủ nên do văn thư lập và tải; lãnh đạo xem trước và ghi nhận đã gửi."
        )
    return None


def watchers_of_exports() -> QuerySet[User]:
    """Who is told when personal data of many people leave the portal: leaders, and whoever protects data by decision."""
    found: QuerySet[User] = GrantBackend().with_perm("registry.watch_exports")
    return found


def makers_of_reports() -> QuerySet[User]:
    """Who is reminded of what is due."""
    found: QuerySet[User] = GrantBackend().with_perm("registry.make_reports")
    return found
