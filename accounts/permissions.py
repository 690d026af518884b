"""Who may do what with accounts, grants, delegations and incidents; each rule answers with the reason why not."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.backends import GrantBackend, grants_in_force
from accounts.models import Delegation, Grant, Incident, ScopeKind, StaffProfile, User
from accounts.roles import CONFIRMED, GRANTABLE_BY_IT, PERMISSIONS, Role
from schoolops.lib.clock import local_day
from schoolops.lib.policies import Policy


def is_staff_member(user: Any) -> bool:
    """Works at the school: holds any duty there, by grant or by assignment."""
    return bool(user.is_authenticated and user.has_perm("accounts.work_here"))


def people_with(perm: str) -> QuerySet[User]:
    """The people who hold this permission by a grant in force today."""
    people: QuerySet[User] = GrantBackend().with_perm(perm)
    return people


def two_people_denial(user: User, asked_by: int) -> str | None:
    """Who decides is another natural person than who asked, proved by two personal numbers."""
    if asked_by == user.pk:
        return _("Thầy/cô là người đề nghị nên không thể tự duyệt. Chuyển cho lãnh đạo khác duyệt.")
    numbered = StaffProfile.objects.filter(user__in=[user.pk, asked_by]).exclude(personal_number=None)
    if numbered.count() < 2:
        return _(
            "Hồ sơ cán bộ của người đề nghị hoặc người duyệt chưa có số định danh cá nhân, nên chưa xác nhận được đây là hai người."
        )
    return None


# --- grants -------------------------------------------------------------------------------------
def grant_denial(user: User, grant: Grant) -> str | None:
    """IT staff, never to themselves, only duties of the allow-list."""
    if not user.has_perm("accounts.add_grant"):
        return _("Chỉ quản trị hệ thống được cấp quyền, theo quyết định của hiệu trưởng.")
    if grant.person_id == user.pk:
        return _("Không ai tự cấp quyền cho chính mình.")
    if grant.role not in GRANTABLE_BY_IT:
        return _("Nhiệm vụ này không cấp được ở đây.")
    return None


def principals() -> dict[int, int]:
    """Grants of the principal's duty that hold today, by id, and whose active account each is."""
    held = Grant.objects.in_force(local_day(timezone.now())).filter(role=Role.PRINCIPAL, person__is_active=True)
    return dict(held.values_list("pk", "person"))


def revoke_grant_denial(user: User, grant: Grant, leading: dict[int, int] | None = None) -> str | None:
    """IT staff on the principal's order, or the principal; `leading` is `principals()` for who asks about many"""
    if not (user.has_perm("accounts.change_grant") or user.has_perm("accounts.confirm_grant")):
        return _("Quyền do quản trị hệ thống hoặc hiệu trưởng thu hồi.")
    if grant.role == Role.PRINCIPAL and set(principals() if leading is None else leading) == {grant.pk}:
        return _("Đây là hiệu trưởng duy nhất. Cấp và xác nhận quyền của người mới trước.")
    return None


def close_account_denial(user: User, person: User, leading: dict[int, int] | None = None) -> str | None:
    """IT staff, for others, but never for the only principal"""
    if not user.has_perm("accounts.change_user"):
        return _("Chỉ quản trị hệ thống ngừng sử dụng tài khoản.")
    if person.pk == user.pk:
        return _("Không ai ngừng sử dụng tài khoản của chính mình.")
    if not person.is_active:
        return _("Tài khoản này đã ngừng sử dụng.")
    if set((principals() if leading is None else leading).values()) == {person.pk}:
        return _("Đây là hiệu trưởng duy nhất. Cấp và xác nhận quyền của người mới trước.")
    return None


def grants_to_confirm(user: User) -> QuerySet[Grant]:
    """Leadership grants that wait for this person's confirmation."""
    if not user.has_perm("accounts.confirm_grant"):
        return Grant.objects.none()
    waiting = Grant.objects.filter(role__in=CONFIRMED, confirmed_at__isnull=True, revoked_at__isnull=True)
    return waiting.exclude(person=user).exclude(granted_by=user)


def confirm_grant_denial(user: User, grant: Grant) -> str | None:
    """The principal, when it is neither their own grant nor one that they gave."""
    if not user.has_perm("accounts.confirm_grant"):
        return _("Quyền lãnh đạo do hiệu trưởng xác nhận.")
    if user.pk in {grant.person_id, grant.granted_by_id}:
        return _("Người xác nhận phải khác người cấp và người được giao.")
    return None


def view_powers_denial(user: User) -> str | None:
    """Leaders and IT staff (A7)"""
    if user.has_perm("accounts.view_powers"):
        return None
    return _("Trang này dành cho lãnh đạo và quản trị hệ thống.")


def sign_review_denial(user: User) -> str | None:
    """The principal, in person: it is not delegated"""
    if GrantBackend().has_perm(user, "accounts.sign_review"):
        return None
    return _("Rà soát quyền do hiệu trưởng ký.")


def staff_accounts_of(user: User) -> QuerySet[User]:
    """Open accounts of people who work here, for those who keep accounts."""
    if not user.has_perm("accounts.change_user"):
        return User.objects.none()
    profiles = StaffProfile.objects.filter(left_on=None).values("user")
    return User.objects.filter(is_active=True, pk__in=profiles)


def print_slip_denial(user: User, person: User) -> str | None:
    """IT staff, for others: nobody lets themselves in"""
    if not user.has_perm("accounts.change_user"):
        return _("Phiếu đặt mật khẩu do quản trị hệ thống in.")
    if person.pk == user.pk:
        return _("Không ai tự in phiếu cho chính mình.")
    return None


def release_denial(user: User, person: User) -> str | None:
    """IT staff, for others"""
    if not user.has_perm("accounts.change_user"):
        return _("Chỉ quản trị hệ thống mở lại cho thử đăng nhập.")
    if person.pk == user.pk:
        return _("Không ai tự mở lại cho chính mình.")
    return None


def remove_factors_denial(user: User, person: User) -> str | None:
    """Leaders, for others; never IT staff, who print slips: nobody alone opens another's account"""
    if not user.has_perm("accounts.remove_factors"):
        return _("Bước xác thực thứ hai của người khác do lãnh đạo nhà trường gỡ.")
    if person.pk == user.pk:
        return _("Bước thứ hai của mình thì tự gỡ ở trang Đăng nhập hai bước.")
    return None


# --- policies -----------------------------------------------------------------------------------
def read_policies_denial(user: User) -> str | None:
    """Leaders and IT staff"""
    if user.has_perm("accounts.view_policyversion"):
        return None
    return _("Trang này dành cho lãnh đạo và quản trị hệ thống.")


def set_policy_denial(user: User, policy: Policy[Any] | None = None) -> str | None:
    """Leaders, and IT staff where it is not about their own part in others' work (A6)"""
    if not user.has_perm("accounts.add_policyversion"):
        return _("Chính sách do lãnh đạo hoặc quản trị hệ thống ghi, theo quyết định của trường.")
    if policy is not None and policy.is_about_it_staff and user.has_perm("accounts.use_admin"):
        return _("Chính sách này nói về chính việc của quản trị hệ thống, nên do lãnh đạo ghi.")
    return None


# --- delegations --------------------------------------------------------------------------------
def read_delegations_denial(user: User) -> str | None:
    """Everyone who works here sees their own"""
    if user.has_perm("accounts.work_here"):
        return None
    return _("Trang này dành cho cán bộ, giáo viên của trường.")


def visible_delegations(user: User) -> QuerySet[Delegation]:
    """Those that one has given or received; the principal sees all (A7)."""
    if user.has_perm("accounts.confirm_grant"):
        return Delegation.objects.all()
    return Delegation.objects.filter(Q(giver=user) | Q(person=user))


def give_delegation_denial(user: User, delegation: Delegation | None = None) -> str | None:
    """A leader, duties of their own grants: what was delegated to them is not passed on"""
    own = GrantBackend()
    if not own.has_perm(user, "accounts.delegate"):
        return _("Chỉ lãnh đạo nhà trường ủy quyền được, trong phạm vi quyền của mình.")
    if delegation is None:
        return None
    if delegation.person_id == user.pk:
        return _("Không ai ủy quyền cho chính mình.")
    if not delegation.permissions <= _held_over(user, delegation):
        return _("Thầy/cô chỉ ủy quyền được nhiệm vụ mà chính mình đang giữ theo quyết định.")
    return None


def _held_over(user: User, delegation: Delegation) -> set[str]:
    """What the giver's own grants give over the whole scope of the delegation."""
    scopes = {(ScopeKind.SCHOOL.value, 0), (str(delegation.scope[0]), delegation.scope[1])}
    held: set[str] = set()
    for grant in grants_in_force(user):
        if (grant.scope_kind, grant.scope_id) in scopes:
            held |= PERMISSIONS[grant.role]
    return held


def end_delegation_denial(user: User, delegation: Delegation) -> str | None:
    """The giver, or the principal"""
    if delegation.giver_id == user.pk or user.has_perm("accounts.confirm_grant"):
        return None
    return _("Ủy quyền do người ủy quyền hoặc hiệu trưởng kết thúc.")


def delegates(user: User) -> QuerySet[User]:
    """Whom a leader may choose: people who work here, with a personal number, so that two names are two people.

    IT staff are not among them: they hand out rights and decide nothing (A6).
    """
    staff = StaffProfile.objects.filter(left_on__isnull=True).exclude(personal_number=None)
    keepers = Grant.objects.in_force(local_day(timezone.now())).filter(role=Role.IT_STAFF)
    people = User.objects.filter(is_active=True, pk__in=staff.values("user"))
    return people.exclude(pk__in=keepers.values("person")).exclude(pk=user.pk).order_by("sort_key")


# --- incidents ----------------------------------------------------------------------------------
def visible_incidents(user: User) -> QuerySet[Incident]:
    """One's own reports; IT staff and leaders see all."""
    if user.has_perm("accounts.view_all_incidents"):
        return Incident.objects.all()
    return Incident.objects.filter(reported_by=user)


def handle_incident_denial(user: User, incident: Incident) -> str | None:
    """IT staff"""
    if not user.has_perm("accounts.handle_incidents"):
        return _("Sự cố do quản trị hệ thống xử lý.")
    return None


def handlers_of(incident: Incident) -> QuerySet[User]:
    """Who is told of a new incident: IT staff, and leaders who follow it."""
    return people_with("accounts.view_all_incidents")
