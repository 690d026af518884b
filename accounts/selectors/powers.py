"""Powers by grant and delegation, and how the accounts of people are kept (A7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Delegation, Department, Grant, ScopeKind, User
from accounts.powers import PowerLine, ScopeNames
from accounts.selectors.passwords import password_set_at
from schoolops.lib.clock import local_day
from schoolops.lib.names import fold


def grant_lines(people: Collection[int], at: datetime, names: Mapping[str, ScopeNames]) -> Iterator[PowerLine]:
    """Grants in force; `names` knows what the scopes are called."""
    grants = Grant.objects.in_force(local_day(at)).filter(person__in=people).select_related("decision")
    held = list(grants.order_by("person_id", "role", "valid_from"))
    called = _called(((grant.scope_kind, grant.scope_id) for grant in held), names)
    for grant in held:
        yield PowerLine(
            person_id=grant.person_id,
            label=str(grant.get_role_display()),
            scope=called[grant.scope_kind, grant.scope_id],
            decision=grant.decision.number,
            valid_from=grant.valid_from,
            valid_until=grant.valid_until,
        )


def delegation_lines(people: Collection[int], at: datetime) -> Iterator[PowerLine]:
    """Delegations in force, a line for each duty."""
    held = Delegation.objects.in_force(at).filter(person__in=people).select_related("decision", "giver")
    for delegation in held.order_by("person_id", "starts_at"):
        for duty in delegation.duty_labels:
            yield PowerLine(
                person_id=delegation.person_id,
                label=duty,
                scope=delegation.scope_label,
                decision=delegation.decision.number,
                valid_from=timezone.localdate(delegation.starts_at),
                valid_until=timezone.localdate(delegation.ends_at),
                note=_("ủy quyền của %(who)s") % {"who": delegation.giver},
            )


def department_names(ids: Collection[int]) -> dict[int, str]:
    return dict(Department.objects.filter(pk__in=ids).values_list("pk", "name"))


def grade_names(ids: Collection[int]) -> dict[int, str]:
    return {grade: _("Khối %(grade)s") % {"grade": grade} for grade in ids}


def _called(scopes: Iterable[tuple[str, int]], names: Mapping[str, ScopeNames]) -> dict[tuple[str, int], str]:
    """What these scopes are called; one query for each kind. What nobody knows keeps its kind and number."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for kind, number in scopes:
        by_kind[kind].add(number)
    found = {(ScopeKind.SCHOOL.value, 0): _("Toàn trường")}
    for kind, numbers in by_kind.items():
        known = names[kind](numbers) if kind in names else {}
        for number in numbers:
            found.setdefault((kind, number), known.get(number) or f"{ScopeKind(kind).label} {number}")
    return found


def staff_accounts(query: str = "") -> QuerySet[User]:
    """Accounts of everybody who works or has worked here, closed ones last; found by name, with or without marks.

    With `has_factor`: a second factor is set up; and `password_set_at`.
    """
    found = User.objects.filter(Q(staff_profile__isnull=False) | Q(grants__isnull=False)).distinct()
    if query:
        found = found.filter(Q(search_key__contains=fold(query)) | Q(username__icontains=query))
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return found.annotate(has_factor=Exists(factors), password_set_at=password_set_at()).order_by(
        "-is_active", "sort_key", "pk"
    )


def other_grants(person: User, today: date) -> list[Grant]:
    """Grants that are over, revoked, or wait: the newest first."""
    held = {grant.pk for grant in Grant.objects.in_force(today).filter(person=person)}
    rows = Grant.objects.filter(person=person).select_related("decision", "granted_by", "revoked_by")
    return [grant for grant in rows.order_by("-valid_from", "-pk") if grant.pk not in held]
