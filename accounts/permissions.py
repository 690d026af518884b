"""Who may do what with accounts, grants and incidents; each rule answers with the reason why not."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.backends import GrantBackend
from accounts.models import Grant, Incident, User
from accounts.roles import GRANTABLE_BY_IT, LEADERSHIP


def is_staff_member(user: Any) -> bool:
    """Works at the school: holds any duty there, by grant or by assignment."""
    return bool(user.is_authenticated and user.has_perm("accounts.work_here"))


def people_with(perm: str) -> QuerySet[User]:
    """The people who hold this permission by a grant in force today."""
    people: QuerySet[User] = GrantBackend().with_perm(perm)
    return people


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


def revoke_grant_denial(user: User, grant: Grant) -> str | None:
    """IT staff on the principal's order, or the principal"""
    if user.has_perm("accounts.change_grant") or user.has_perm("accounts.confirm_grant"):
        return None
    return _("Quyền do quản trị hệ thống hoặc hiệu trưởng thu hồi.")


def grants_to_confirm(user: User) -> QuerySet[Grant]:
    """Leadership grants that wait for this person's confirmation."""
    if not user.has_perm("accounts.confirm_grant"):
        return Grant.objects.none()
    waiting = Grant.objects.filter(role__in=LEADERSHIP, confirmed_at__isnull=True, revoked_at__isnull=True)
    return waiting.exclude(person=user).exclude(granted_by=user)


def confirm_grant_denial(user: User, grant: Grant) -> str | None:
    """The principal, when it is neither their own grant nor one that they gave."""
    if not user.has_perm("accounts.confirm_grant"):
        return _("Quyền lãnh đạo do hiệu trưởng xác nhận.")
    if user.pk in {grant.person_id, grant.granted_by_id}:
        return _("Người xác nhận phải khác người cấp và người được giao.")
    return None


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
