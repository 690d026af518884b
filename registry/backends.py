"""Rights that follow from dated assignments, and from exceptional rows given by hand; asked at this moment, every time."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import Value
from django.utils import timezone

from accounts.models import User
from registry.models import ClassAccess, HomeroomAssignment, TeachingAssignment
from schoolops.lib.clock import local_day

TEACHING = frozenset({"accounts.work_here", "gradebook.view_gradebook", "gradebook.enter_scores"})
HOMEROOM = frozenset(
    {
        "accounts.work_here",
        "registry.view_schoolclass",
        "registry.view_families",
        "registry.mend_records",
        "registry.view_health",
        "registry.report_movements",
        "registry.keep_class",
        "registry.take_consents",
        "gradebook.view_gradebook",
    }
)


@dataclass(frozen=True)
class Assignments:
    """The ids of what a person teaches and keeps today."""

    class_subjects: frozenset[int]
    classes: frozenset[int]


def assignments_in_force(user: User) -> Assignments:
    """Today's assignments of this person, read once per request (per user object)."""
    cached: Assignments | None = getattr(user, "_assignments_in_force", None)
    if cached is None:
        today = local_day(timezone.now())
        teaching = TeachingAssignment.objects.in_force(today).filter(teacher_id=user.pk).order_by()
        homeroom = HomeroomAssignment.objects.in_force(today).filter(teacher_id=user.pk).order_by()
        both = teaching.values_list(Value("teaching"), "class_subject_id").union(
            homeroom.values_list(Value("homeroom"), "school_class_id"), all=True
        )
        held = list(both)
        cached = Assignments(
            frozenset(pk for kind, pk in held if kind == "teaching"),
            frozenset(pk for kind, pk in held if kind == "homeroom"),
        )
        user._assignments_in_force = cached  # type: ignore[attr-defined]  # lives as long as the request's user object
    return cached


class AssignmentBackend(BaseBackend):
    """Teachers enter the scores of their own class-subjects; homeroom teachers see their class."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        mine = assignments_in_force(user_obj)
        refs = None if obj is None else obj.scope_refs()
        found: set[str] = set()
        if mine.class_subjects and (refs is None or any(f"class_subject:{pk}" in refs for pk in mine.class_subjects)):
            found |= TEACHING
        if mine.classes and (refs is None or any(f"class:{pk}" in refs for pk in mine.classes)):
            found |= HOMEROOM
        return found


# The one right that is given by hand.
BY_HAND = "registry.view_schoolclass"


class ObjectPermissionBackend(BaseBackend):
    """guardian's rows of ClassAccess, while their dates hold; the generic guardian tables are never read."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if (
            obj is None
            or perm != BY_HAND
            or not user_obj.is_active
            or user_obj.is_anonymous
            or obj._meta.label_lower != "registry.schoolclass"
        ):
            return False
        app_label, _, codename = perm.partition(".")
        today = local_day(timezone.now())
        return ClassAccess.objects.filter(
            user=user_obj,
            content_object=obj,
            permission__codename=codename,
            permission__content_type__app_label=app_label,
            valid_from__lte=today,
            valid_until__gte=today,
        ).exists()

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()
