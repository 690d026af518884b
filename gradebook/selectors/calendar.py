"""The lock calendar as leaders read it: rules on a line of days, drafts, exceptions, and what a draft would leave open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from gradebook.models import LockException, LockRule, ScoreColumn
from gradebook.selectors.windows import missing_cells
from registry.models import ClassSubject, SchoolYear, Term
from schoolops.lib.clock import local_day

DAYS_SHOWN = 14
State = LockRule.State


@dataclass(frozen=True)
class Bar:
    """A rule on the line of days: a word per day (before, open, closing, closed)."""

    rule: LockRule
    days: list[str]


@dataclass(frozen=True)
class Calendar:
    term: Term
    days: list[date]
    rules: list[LockRule]
    published: list[Bar]
    drafts: list[LockRule]
    exceptions: list[LockException]
    unopened: int
    at: datetime


def current_year(at: datetime) -> SchoolYear | None:
    return SchoolYear.objects.prefetch_related("terms").current(local_day(at))


def current_term(year: SchoolYear, at: datetime, wanted: str = "") -> Term | None:
    """The term asked for by number, or the one that runs."""
    terms = sorted(year.terms.all(), key=lambda term: term.starts_on)
    if chosen := next((term for term in terms if str(term.number) == wanted), None):
        return chosen
    begun = [term for term in terms if term.starts_on <= local_day(at)]
    return begun[-1] if begun else next(iter(terms), None)


def calendar(term: Term, at: datetime) -> Calendar:
    """Three queries, whatever the number of rules."""
    rules = list(
        LockRule.objects.filter(term=term)
        .exclude(state=State.WITHDRAWN)
        .select_related("school_class", "subject", "published_by", "created_by", "decision")
        .order_by("grade", "school_class__sort_key", "kind", "ordinal", "closes_at")
    )
    first = local_day(at) - timedelta(days=3)
    days = [first + timedelta(days=offset) for offset in range(DAYS_SHOWN)]
    return Calendar(
        term=term,
        days=days,
        rules=rules,
        published=[Bar(rule, [_word(rule, day) for day in days]) for rule in rules if rule.state == State.PUBLISHED],
        drafts=[rule for rule in rules if rule.state == State.DRAFT],
        exceptions=list(
            LockException.objects.filter(column__gradebook__term=term, closes_at__gt=at - timedelta(days=7))
            .select_related(
                "created_by",
                "column__gradebook__class_subject__school_class",
                "column__gradebook__class_subject__item__subject",
            )
            .order_by("-opens_at")[:20]
        ),
        unopened=unopened_books(term),
        at=at,
    )


def _word(rule: LockRule, day: date) -> str:
    closes = timezone.localtime(rule.closes_at).date()
    if rule.opens_at and day < timezone.localtime(rule.opens_at).date():
        return "before"
    if day == closes:
        return "closing"
    return "open" if day < closes else "closed"


def unopened_books(term: Term) -> int:
    """Class-subjects of the year that have no book in this term yet."""
    taught = ClassSubject.objects.filter(school_class__school_year=term.school_year)
    return taught.exclude(gradebooks__term=term).count()


@dataclass(frozen=True)
class Impact:
    """If a rule closed its columns at its minute and nobody typed any more until then."""

    columns: int
    incomplete: list[ScoreColumn]
    missing: int


def impacts(governed: Mapping[int, Collection[ScoreColumn]]) -> dict[int, Impact]:
    """How many scores the columns of each rule still miss, the emptiest first; one query for all rules together."""
    wanted = [column.pk for columns in governed.values() for column in columns]
    counted = {column.pk: column for column in missing_cells(ScoreColumn.objects.demanded().filter(pk__in=wanted))}
    return {rule: _impact(columns, counted) for rule, columns in governed.items()}


def _impact(columns: Collection[ScoreColumn], counted: Mapping[int, ScoreColumn]) -> Impact:
    demanded = [column for column in columns if column.pk in counted]
    for column in demanded:
        column.missing = counted[column.pk].class_size - counted[column.pk].filled
    incomplete = sorted((column for column in demanded if column.missing > 0), key=lambda column: -column.missing)
    return Impact(len(columns), incomplete, sum(column.missing for column in incomplete))
