"""Who may do what, by which decision: everybody's powers from all apps, and what has changed since the last review (A7)."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import AccessReview, Grant, ScopeKind, User
from accounts.powers import PowerLine, ScopeNames
from accounts.selectors import powers as of_accounts
from accounts.selectors.passwords import interval
from registry.selectors import powers as of_registry
from schoolops.lib.clock import local_day
from schoolops.lib.moments import vn_date

SCOPE_NAMES: dict[str, ScopeNames] = {
    ScopeKind.DEPARTMENT: of_accounts.department_names,
    ScopeKind.GRADE: of_accounts.grade_names,
    ScopeKind.CLASS: of_registry.class_names,
    ScopeKind.CLASS_SUBJECT: of_registry.class_subject_names,
}
ENDS_SOON_DAYS = 14
STALE_AFTER = timedelta(days=90)


def lines_of(people: Collection[int], at: datetime) -> dict[int, list[PowerLine]]:
    """Every power in force at this moment by person; the same few queries for any number of people."""
    found: dict[int, list[PowerLine]] = defaultdict(list)
    for lines in (
        of_accounts.grant_lines(people, at, SCOPE_NAMES),
        of_accounts.delegation_lines(people, at),
        of_registry.homeroom_lines(people, at),
        of_registry.teaching_lines(people, at),
        of_registry.access_lines(people, at),
    ):
        for line in lines:
            found[line.person_id].append(line)
    return dict(found)


# --- people -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Person:
    """A person with their powers and how the account is kept."""

    user: User
    lines: list[PowerLine]
    has_factor: bool
    is_stale: bool
    ends_soon: bool
    has_old_password: bool

    @property
    def labels(self) -> list[str]:
        """Each duty once, with how often, in the order of the lines."""
        counted: dict[str, int] = defaultdict(int)
        for line in self.lines:
            counted[line.label] += 1
        return [f"{label} × {number}" if number > 1 else label for label, number in counted.items()]


def with_powers(people: Collection[User], at: datetime) -> list[Person]:
    """These people, from `staff_accounts`, with what they may do."""
    lines = lines_of([person.pk for person in people], at)
    longest = interval()
    old = at - longest if longest else None
    return [_person(person, lines.get(person.pk, []), at, old) for person in people]


def _person(user: User, lines: list[PowerLine], at: datetime, old: datetime | None) -> Person:
    today, password_set_at = local_day(at), getattr(user, "password_set_at", None)
    return Person(
        user=user,
        lines=lines,
        has_factor=bool(getattr(user, "has_factor", False)),
        is_stale=user.is_active and (user.last_login is None or at - user.last_login > STALE_AFTER),
        ends_soon=any(line.ends_within(ENDS_SOON_DAYS, today) for line in lines),
        has_old_password=bool(
            old and password_set_at and password_set_at < old and user.is_active and user.has_usable_password()
        ),
    )


@dataclass(frozen=True)
class Effective:
    """The page of one person."""

    person: Person
    others: list[Grant]


def effective(user: User, at: datetime) -> Effective:
    """What this person may do now, and the grants that give nothing now."""
    found = of_accounts.staff_accounts().filter(pk=user.pk)
    [person] = with_powers(list(found) or [user], at)
    return Effective(person, of_accounts.other_grants(user, local_day(at)))


# --- the review -------------------------------------------------------------------------------------
ReviewLine = tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """Everybody's powers of a moment as they are signed; each line is name, duty, scope, decision, from, until, note."""

    lines: list[list[str]]
    sha256: str
    changes: "Changes"


def review(at: datetime) -> Review:
    """What there is to sign now, and how it differs from what was signed last. In Vietnamese, whoever reads it."""
    with translation.override("vi"):
        lines = _snapshot(at)
    return Review(lines, digest_of(lines), _changes(AccessReview.objects.first(), lines))


def _snapshot(at: datetime) -> list[list[str]]:
    people = list(of_accounts.staff_accounts().filter(is_active=True))
    powers = lines_of([person.pk for person in people], at)
    return [
        [
            str(person.pk),
            person.full_name,
            line.label,
            line.scope,
            line.decision,
            vn_date(line.valid_from),
            vn_date(line.valid_until),
            line.note,
        ]
        for person in people
        for line in powers.get(person.pk, [])
    ]


def digest_of(lines: list[list[str]]) -> str:
    """The hash of these lines, as a review stores them."""
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Changes:
    """Against the review before: lines that are new, and lines that are gone. Without one before there is nothing to compare."""

    before: AccessReview | None
    added: list[ReviewLine]
    gone: list[ReviewLine]


def _changes(before: AccessReview | None, lines: list[list[str]]) -> Changes:
    """A person is the same under another name."""
    if before is None:
        return Changes(None, [], [])
    old, new = ({(line[0], *line[2:]): tuple(line) for line in each} for each in (before.lines, lines))
    return Changes(
        before,
        added=[line for key, line in new.items() if key not in old],
        gone=[line for key, line in old.items() if key not in new],
    )


def changes_of(review: AccessReview) -> Changes:
    """What a signed review changed against the one before it."""
    return _changes(AccessReview.objects.filter(pk__lt=review.pk).first(), review.lines)


def kinds_of(user: User) -> set[str]:
    """Which chapters of the help concern this person."""
    chapters = {
        "teacher": "gradebook.enter_scores",
        "leader": "gradebook.set_locks",
        "it": "accounts.use_admin",
        "import": "registry.order_import",
        "records": "registry.view_families",
        "register": "registry.keep_register",
        "reports": "registry.make_reports",
    }
    return {name for name, permission in chapters.items() if user.has_perm(permission)}


def in_words(user: User) -> list[str]:
    """One line per power, for one's own page."""
    return [
        _("%(role)s (%(scope)s), theo quyết định %(decision)s%(until)s")
        % {
            "role": f"{line.label}, {line.note}" if line.note else line.label,
            "scope": line.scope,
            "decision": line.decision,
            "until": _(", đến hết ngày %(date)s") % {"date": f"{line.valid_until:%d/%m/%Y}"}
            if line.valid_until
            else "",
        }
        for line in lines_of([user.pk], timezone.now()).get(user.pk, [])
    ]
