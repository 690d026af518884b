"""What the rules of the register share: a grant for the whole school, the classes that a right reaches, closed years."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.backends import grants_in_force
from accounts.models import ScopeKind, User
from accounts.roles import PERMISSIONS
from registry.backends import HOMEROOM, assignments_in_force
from registry.models import ClassAccess, SchoolClass
from schoolops.lib.clock import local_day


def holds_for_the_school(user: User, perm: str) -> bool:
    """A grant for one grade or class does not reach the whole register."""
    return user.is_active and any(
        grant.scope_kind == ScopeKind.SCHOOL and perm in PERMISSIONS[grant.role] for grant in grants_in_force(user)
    )


def held_over(perm: str, user: User) -> Q:
    """The classes over which this person holds a right, by homeroom duty or by grant."""
    held = Q(pk__in=assignments_in_force(user).classes if perm in HOMEROOM else ())
    for grant in grants_in_force(user):
        if perm in PERMISSIONS[grant.role]:
            held |= _in_scope(grant.scope_kind, grant.scope_id)
    return held


def opened_by_hand(user: User) -> QuerySet[ClassAccess]:
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


def closed_year(school_class: SchoolClass) -> str | None:
    if school_class.school_year.closed_at is None:
        return None
    return _("Năm học %(year)s đã khóa nên hồ sơ chỉ xem.") % {"year": school_class.school_year.code}
