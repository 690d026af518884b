"""The lock calendar: publishing writes each column's window, which the guard obeys with every worker dead (G5, G6)."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.backends import behalf_of
from accounts.models import User
from gradebook import permissions
from gradebook.models import Gradebook, LockException, LockRule, ScoreColumn
from gradebook.services.acting import act_as
from gradebook.windows import Column, Rule, winning_rule
from gradebook.workflow import LOCK_RULE_STEPS
from registry.models import Term
from schoolops.lib import outbox
from schoolops.lib.clock import db_now
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workflow import TransitionDenied, perform

SET_LOCKS = "gradebook.set_locks"


def draft_rule(*, rule: LockRule, by: User) -> LockRule:
    """Save a new rule as a draft; it closes nothing yet."""
    if reason := permissions.set_locks_denial(by, rule):
        raise PermissionDenied(reason)
    rule.created_by, rule.state = by, LockRule.State.DRAFT
    rule.full_clean()
    rule.save()
    return rule


def discard_rule(*, rule: LockRule, by: User) -> None:
    """Remove a draft that was never published; published rules are withdrawn and stay visible."""
    if reason := permissions.set_locks_denial(by, rule):
        raise PermissionDenied(reason)
    LockRule.objects.filter(pk=rule.pk, state=LockRule.State.DRAFT).delete()


@transaction.atomic
def publish_rules(*, rules: Iterable[LockRule], by: User) -> list[ScoreColumn]:
    """Put drafts into force: every matching column gets its window, its teachers are told. Returns the changed columns.

    Raises TransitionDenied when a rule is no draft any more or `by` may not set locks.
    """
    take_turn(Turn.LOCK_CALENDAR)
    terms: dict[int, Term] = {}
    for rule in rules:
        with perform(LOCK_RULE_STEPS, "publish", rule, by=by, on_behalf_of=behalf_of(by, SET_LOCKS)) as locked:
            locked.published_at, locked.published_by = db_now(), by
            terms[locked.term_id] = locked.term
    changed = [column for term in terms.values() for column in apply_calendar(term=term, by=by)]
    _tell_teachers(changed)
    return changed


@transaction.atomic
def withdraw_rule(*, rule: LockRule, by: User, reason: str) -> list[ScoreColumn]:
    """Take a published rule back, with the reason; its columns follow the next rule that matches, or none."""
    take_turn(Turn.LOCK_CALENDAR)
    with perform(
        LOCK_RULE_STEPS, "withdraw", rule, by=by, on_behalf_of=behalf_of(by, SET_LOCKS), comment=reason
    ) as locked:
        term = locked.term
    changed = apply_calendar(term=term, by=by)
    _tell_teachers(changed)
    return changed


def apply_calendar(*, term: Term, by: User) -> list[ScoreColumn]:
    """Write the winning rule's window on every column of the term whose window differs; the caller is in a transaction."""
    rules = [_plain_rule(rule) for rule in LockRule.objects.filter(term=term, state=LockRule.State.PUBLISHED)]
    changed = []
    for column in _columns_in(term):
        rule = winning_rule(_plain_column(column), rules)
        window = (rule.opens_at, rule.closes_at, rule.id) if rule else (None, None, None)
        if window != (column.opens_at, column.closes_at, column.rule_id):
            column.opens_at, column.closes_at, column.rule_id = window
            changed.append(column)
    books = sorted({column.gradebook_id for column in changed})
    # Books first, then columns: the order in which saving scores takes its locks.
    list(Gradebook.objects.select_for_update(of=("self",)).filter(pk__in=books).order_by("pk").values_list("pk"))
    act_as(by, on_behalf_of=behalf_of(by, SET_LOCKS))
    ScoreColumn.objects.bulk_update(changed, ["opens_at", "closes_at", "rule"], batch_size=500)
    return changed


def _tell_teachers(changed: list[ScoreColumn]) -> None:
    books = {column.gradebook_id for column in changed}
    outbox.notify(permissions.people_to_tell(books), "locks.published", url=reverse("gradebook:lock_calendar"))


def _columns_in(term: Term) -> QuerySet[ScoreColumn]:
    return (
        ScoreColumn.objects.filter(gradebook__term=term)
        .select_related("gradebook__class_subject__school_class", "gradebook__class_subject__item__subject")
        .order_by("gradebook_id", "position")
    )


def _plain_rule(rule: LockRule, drafts_at: datetime | None = None) -> Rule:
    published_at = rule.published_at or drafts_at
    if published_at is None:
        raise ValueError(f"lock rule {rule.pk} is not published")
    return Rule(
        id=rule.pk,
        published_at=published_at,
        opens_at=rule.opens_at,
        closes_at=rule.closes_at,
        grade=rule.grade,
        school_class=rule.school_class_id,
        subject=rule.subject_id,
        kind=rule.kind or None,
        ordinal=rule.ordinal,
    )


def _plain_column(column: ScoreColumn) -> Column:
    class_subject = column.gradebook.class_subject
    return Column(
        id=column.pk,
        grade=class_subject.school_class.grade,
        school_class=class_subject.school_class_id,
        subject=class_subject.item.subject_id,
        kind=column.kind,
        ordinal=column.ordinal,
    )


def columns_under(rules: Iterable[LockRule], term: Term, at: datetime) -> dict[int, list[ScoreColumn]]:
    """The columns that each rule of the term would govern if its drafts were published now: the base of the preview."""
    plain = [_plain_rule(rule, drafts_at=at) for rule in rules]
    governed: dict[int, list[ScoreColumn]] = {rule.id: [] for rule in plain}
    for column in _columns_in(term):
        if rule := winning_rule(_plain_column(column), plain):
            governed[rule.id].append(column)
    return governed


@transaction.atomic
def open_exception(*, column: ScoreColumn, until: datetime, reason: str, by: User) -> LockException:
    """Open one closed column now until `until`, 24 hours at most; the guard closes it again by itself.

    Raises PermissionDenied with the reason (not a leader, or one's own book), ValidationError for bounds.
    """
    exception = LockException(column=column, opens_at=db_now(), closes_at=until, reason=reason, created_by=by)
    if denied := permissions.except_denial(by, exception):
        raise PermissionDenied(denied)
    exception.full_clean()
    Gradebook.objects.select_for_update(of=("self",)).get(pk=column.gradebook_id)
    act_as(by, on_behalf_of=behalf_of(by, SET_LOCKS))
    exception.save()
    outbox.notify(
        permissions.teachers_of(column.gradebook),
        "locks.exception",
        {"book": str(column.gradebook.class_subject), "column": column.label, "until": until.isoformat()},
        url=reverse("gradebook:gradebook_detail", args=[column.gradebook_id]),
    )
    return exception


@transaction.atomic
def end_exception(*, exception: LockException, by: User) -> LockException:
    """Close an exceptional opening before its time."""
    locked = (
        LockException.objects.select_for_update(of=("self",))
        .select_related("column__gradebook__class_subject__school_class")
        .get(pk=exception.pk)
    )
    if denied := permissions.end_exception_denial(by, locked):
        raise PermissionDenied(denied)
    if locked.ended_at is not None:
        raise TransitionDenied(str(locked))
    act_as(by, on_behalf_of=behalf_of(by, SET_LOCKS))
    locked.ended_at, locked.ended_by = db_now(), by
    locked.save(update_fields=["ended_at", "ended_by"])
    return locked
