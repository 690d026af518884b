"""Where rights come from: signing in proves who it is; grants and delegations say, at this moment, what the person may do."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.utils import timezone

from accounts.models import Delegation, Grant, ScopeKind, User
from accounts.roles import PERMISSIONS, Role
from schoolops.lib.clock import local_day


def account_named(name: str) -> User | None:
    """The account of a user name (in any case) or of a phone number, as people type them."""
    typed = name.strip()
    digits = typed.replace(" ", "").replace(".", "")
    if digits.startswith("0") and digits.isdecimal() and (known := User.objects.filter(phone=digits).first()):
        return known
    return User.objects.filter(username__iexact=typed).order_by("pk").first()


class SignInBackend(AuthenticationBackend):
    """User name or phone number with the password. It gives no permission: groups and flags of Django mean nothing here."""

    def authenticate(self, request: Any, **credentials: Any) -> User | None:
        name = str(credentials.get("username") or "").strip()
        account = account_named(name)
        credentials["username"] = account.username if account else name
        user: User | None = super().authenticate(request, **credentials)
        return user

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False


def grants_in_force(user: User) -> list[Grant]:
    """This person's grants of today, read once per request (per user object)."""
    cached: list[Grant] | None = getattr(user, "_grants_in_force", None)
    if cached is None:
        cached = list(Grant.objects.in_force(local_day(timezone.now())).filter(person_id=user.pk).order_by())
        user._grants_in_force = cached  # type: ignore[attr-defined]  # lives as long as the request's user object
    return cached


class GrantBackend(BaseBackend):
    """A right of a role, when its scope is among the object's; without an object: held anywhere."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        refs = None if obj is None else obj.scope_refs()
        found: set[str] = set()
        for grant in grants_in_force(user_obj):
            if refs is None or grant.scope_ref in refs:
                found |= PERMISSIONS[grant.role]
        return found

    def with_perm(self, perm: str, *_args: Any, **_kwargs: Any) -> Any:
        """The people who hold this permission anywhere today."""
        roles = [role for role, permissions in PERMISSIONS.items() if perm in permissions]
        today = Grant.objects.in_force(local_day(timezone.now())).filter(role__in=roles)
        return User.objects.filter(is_active=True, pk__in=today.values("person"))


class DelegationBackend(BaseBackend):
    """A leader's duty, while somebody acts for them. It never reaches further than the giver's own grants of this moment."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        acting = acting_delegation(user_obj)
        if acting is None or not user_obj.is_active:
            return set()
        if obj is not None and acting.scope_ref not in obj.scope_refs():
            return set()
        # Grants alone: what was delegated to the giver is not passed on.
        return GrantBackend().get_all_permissions(acting.giver, obj) & acting.permissions


def delegation_in_force(pk: int, person_id: int) -> Delegation | None:
    """This delegation to this person, if it holds at this moment. IT staff act for nobody: they hand out rights (A6)."""
    now = timezone.now()
    if Grant.objects.in_force(local_day(now)).filter(person=person_id, role=Role.IT_STAFF).exists():
        return None
    mine = Delegation.objects.in_force(now).filter(pk=pk, person=person_id)
    return mine.select_related("giver", "decision").first()


def act_for(user: User, delegation: Delegation | None) -> None:
    """From now on this user object acts under the delegation; the middleware has checked that it is in force."""
    user._acting_delegation = delegation  # type: ignore[attr-defined]  # lives as long as the request's user object


def acting_delegation(user: Any) -> Delegation | None:
    """The delegation under which this person acts in this request."""
    acting: Delegation | None = getattr(user, "_acting_delegation", None)
    return acting


def behalf_of(user: User, perm: str) -> User | None:
    """For whom this person does what needs `perm`: the giver of the delegation under which they act, or nobody."""
    acting = acting_delegation(user)
    if acting is None or perm not in DelegationBackend().get_all_permissions(user):
        return None
    return acting.giver


class Power(NamedTuple):
    """Permissions over a scope, by a grant or by the delegation under which a person acts."""

    permissions: frozenset[str]
    scope_kind: str
    scope_id: int


def powers_in_force(user: User) -> Iterator[Power]:
    """Everything that this person holds now, for rules that ask which objects."""
    for grant in grants_in_force(user):
        yield Power(PERMISSIONS[grant.role], grant.scope_kind, grant.scope_id)
    acting = acting_delegation(user)
    if acting is None or not acting.giver.is_active:
        return
    for grant in grants_in_force(acting.giver):
        if scope := _narrower(acting.scope, (grant.scope_kind, grant.scope_id)):
            yield Power(PERMISSIONS[grant.role] & acting.permissions, *scope)


def _narrower(one: tuple[str, int], other: tuple[str, int]) -> tuple[str, int] | None:
    """What lies in both scopes, where one of them is the whole school or both are the same."""
    if one[0] == ScopeKind.SCHOOL:
        return other
    return one if other[0] == ScopeKind.SCHOOL or one == other else None
