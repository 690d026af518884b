"""Where rights come from: signing in proves who it is; grants say, at this moment, what the person may do."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.utils import timezone

from accounts.models import Grant, User
from accounts.roles import PERMISSIONS
from schoolops.lib.clock import local_day


class SignInBackend(AuthenticationBackend):
    """User name or phone number with the password. It gives no permission: groups and flags of Django mean nothing here."""

    def authenticate(self, request: Any, **credentials: Any) -> User | None:
        name = str(credentials.get("username") or "").strip()
        if name.startswith("0") and name.replace(" ", "").replace(".", "").isdigit():
            digits = name.replace(" ", "").replace(".", "")
            known = User.objects.filter(phone=digits).values_list("username", flat=True).first()
            credentials["username"] = known or name
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
