"""Who may enter, see, close and open grade books. Each rule answers with the reason why not, or None."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.backends import behalf_of, powers_in_force
from accounts.models import ScopeKind, User
from accounts.permissions import people_with, two_people_denial
from gradebook import policies
from gradebook.models import CorrectionRequest, Gradebook, LockException, LockRule
from registry.backends import assignments_in_force
from registry.models import TeachingAssignment
from schoolops.lib.clock import local_day


def enter_denial(user: User, gradebook: Gradebook) -> str | None:
    """Only a teacher assigned to the class-subject today enters its scores, themselves (G1)."""
    if user.has_perm("gradebook.enter_scores", gradebook):
        return None
    names = ", ".join(str(teacher) for teacher in teachers_of(gradebook))
    if not names:
        return _("Lớp – môn này chưa có giáo viên được phân công.")
    return _("Điểm của sổ này do %(teachers)s nhập, theo phân công giảng dạy.") % {"teachers": names}


def teachers_of(gradebook: Gradebook, day: date | None = None) -> QuerySet[User]:
    """The teachers assigned to the class-subject on the day (today)."""
    day = day or local_day(timezone.now())
    assigned = TeachingAssignment.objects.in_force(day).filter(class_subject_id=gradebook.class_subject_id)
    return User.objects.filter(pk__in=assigned.values("teacher"))


def can_see(user: User, gradebook: Gradebook) -> bool:
    """Whether this book is among `visible_gradebooks`; a test holds the two together."""
    return user.has_perm("gradebook.view_gradebook", gradebook)


def visible_gradebooks(user: User) -> QuerySet[Gradebook]:
    """The books that a person may read: their own, their homeroom class's, and those in the scope of a grant."""
    mine = assignments_in_force(user)
    seen = Q(class_subject__in=mine.class_subjects) | Q(class_subject__school_class__in=mine.classes)
    for power in powers_in_force(user):
        if "gradebook.view_gradebook" in power.permissions:
            seen |= _in_scope(power.scope_kind, power.scope_id)
    return Gradebook.objects.filter(seen)


def _in_scope(kind: str, scope_id: int) -> Q:
    """The books that a grant of this scope reaches; the same scopes as ClassSubject.scope_refs."""
    return {
        ScopeKind.SCHOOL: ~Q(pk=None),
        ScopeKind.GRADE: Q(class_subject__school_class__grade=scope_id),
        ScopeKind.CLASS: Q(class_subject__school_class=scope_id),
        ScopeKind.CLASS_SUBJECT: Q(class_subject=scope_id),
        ScopeKind.DEPARTMENT: Q(class_subject__item__subject__department=scope_id),
    }.get(ScopeKind(kind), Q(pk=None))


# --- the lock calendar --------------------------------------------------------------------------
def read_calendar_denial(user: User) -> str | None:
    """Everyone who works here"""
    if user.has_perm("accounts.work_here"):
        return None
    return _("Lịch khóa sổ dành cho cán bộ, giáo viên của trường.")


def open_books_denial(user: User) -> str | None:
    """Leaders, or IT staff by their order"""
    if user.has_perm("gradebook.set_locks") or user.has_perm("registry.order_import"):
        return None
    return _("Sổ điểm do lãnh đạo hoặc quản trị hệ thống mở.")


def set_locks_denial(user: User, rule: LockRule | None = None) -> str | None:
    """A vice-principal or the principal, or whoever acts for them"""
    if user.has_perm("gradebook.set_locks", rule):
        return None
    if user.has_perm("gradebook.set_locks"):
        return _("Mốc này vượt phạm vi được ủy quyền.")
    return _("Lịch khóa sổ do Phó Hiệu trưởng hoặc Hiệu trưởng đặt.")


def except_denial(user: User, exception: LockException | None = None) -> str | None:
    """Opening a closed column for a while is a leader's decision, and not for one's own book (G6)."""
    if reason := end_exception_denial(user, exception):
        return reason
    if exception is not None and user.has_perm("gradebook.enter_scores", exception.column.gradebook):
        return _("Thầy/cô dạy lớp – môn này nên không tự mở sổ của mình. Chuyển cho lãnh đạo khác.")
    return None


def end_exception_denial(user: User, exception: LockException | None = None) -> str | None:
    """Whoever sets the locks of this class"""
    if reason := set_locks_denial(user):
        return reason
    if exception is not None and not user.has_perm("gradebook.set_locks", exception.column.gradebook):
        return _("Lớp này ngoài phạm vi được ủy quyền.")
    return None


def people_to_tell(gradebooks: Iterable[int]) -> QuerySet[User]:
    """Teachers assigned today to any of these books (ids)."""
    today = local_day(timezone.now())
    assigned = TeachingAssignment.objects.in_force(today).filter(class_subject__gradebooks__in=list(gradebooks))
    return User.objects.filter(is_active=True, pk__in=assigned.values("teacher"))


# --- corrections --------------------------------------------------------------------------------
Correction = CorrectionRequest.State


def own_correction_denial(user: User, correction: CorrectionRequest) -> str | None:
    """The teacher who asks"""
    if correction.requested_by_id == user.pk:
        return None
    return _("Chỉ người đề nghị mới sửa, gửi hoặc rút được đề nghị này.")


def send_correction_denial(user: User, correction: CorrectionRequest) -> str | None:
    """The teacher who asks, while assigned to the class-subject (G7)"""
    return own_correction_denial(user, correction) or enter_denial(user, correction.gradebook)


def decide_correction_denial(user: User, correction: CorrectionRequest) -> str | None:
    """A vice-principal or the principal, or whoever acts for them, never on their own petition (G8); two natural persons"""
    if not user.has_perm("gradebook.decide_correction", correction):
        return _("Đề nghị điều chỉnh do Phó Hiệu trưởng hoặc Hiệu trưởng duyệt.")
    if (giver := behalf_of(user, "gradebook.decide_correction")) and giver.pk == correction.requested_by_id:
        return _("Người đề nghị không tự duyệt, kể cả qua ủy quyền.")
    return two_people_denial(user, correction.requested_by_id)


def apply_correction_denial(user: User, correction: CorrectionRequest) -> str | None:
    """The system at the approval; by hand where the policy says so: IT staff, not who asked or approved (G9)"""
    if not policies.corrections_by_hand():
        if correction.decided_by_id == user.pk:
            return None
        return _("Hệ thống tự ghi nhận khi lãnh đạo duyệt.")
    if not user.has_perm("gradebook.confirm_correction"):
        return _("Điều chỉnh đã duyệt do quản trị hệ thống ghi nhận.")
    if user.pk in {correction.requested_by_id, correction.decided_by_id, correction.decided_for_id}:
        return _("Người ghi nhận phải khác người đề nghị và người duyệt.")
    return None


def reviewers_of(correction: CorrectionRequest) -> QuerySet[User]:
    """Who may decide on this petition: everyone with the duty but the person who asks."""
    people: QuerySet[User] = people_with("gradebook.decide_correction")
    return people.exclude(pk=correction.requested_by_id)


def visible_corrections(user: User) -> QuerySet[CorrectionRequest]:
    """One's own; those of the books in the scope of a leader's or a team head's grant; IT staff: what was sent (G9).

    A draft is seen by nobody but the person who writes it.
    """
    sent = ~Q(state=Correction.DRAFT) | Q(number__isnull=False)
    seen = Q(pk=None)
    for power in powers_in_force(user):
        if "gradebook.confirm_correction" in power.permissions:
            seen |= sent
        elif "gradebook.view_gradebook" in power.permissions:
            seen |= sent & Q(gradebook__in=Gradebook.objects.filter(_in_scope(power.scope_kind, power.scope_id)))
    return CorrectionRequest.objects.filter(Q(requested_by=user) | seen)
