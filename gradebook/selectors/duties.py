"""Duties of the grade book as set queries: who must fill which column until when, and what is done. Read by everyone who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from gradebook.models import LockRule, ScoreColumn, ScoreColumnQuerySet
from gradebook.selectors.windows import missing_cells
from registry.backends import assignments_in_force
from registry.models import TeachingAssignment
from schoolops.lib.clock import local_day


@dataclass(frozen=True)
class Duty:
    """Something that somebody owes: `missing` tells how much is left."""

    kind: str
    holders: tuple[int, ...]
    gradebook_id: int
    column: ScoreColumn
    title: str
    due_at: datetime
    done_at: datetime | None
    missing: int
    total: int

    def is_late(self, at: datetime) -> bool:
        return self.done_at is None and self.due_at <= at


def score_entry(columns: ScoreColumnQuerySet, at: datetime) -> list[Duty]:
    """NV6 and NV7: fill each dated column of scores or remarks before it closes. Two queries, whatever the number of columns."""
    dated = columns.filter(Q(opens_at__isnull=True) | Q(opens_at__lte=at), closes_at__isnull=False)
    found = list(
        missing_cells(dated.demanded())
        .select_related("gradebook__class_subject__school_class", "gradebook__class_subject__item__subject")
        .order_by("closes_at", "gradebook_id", "position")
    )
    holders = _holders({column.gradebook.class_subject_id for column in found}, at)
    return [
        Duty(
            kind="score_entry",
            holders=holders.get(column.gradebook.class_subject_id, ()),
            gradebook_id=column.gradebook_id,
            column=column,
            title=f"{column.gradebook.class_subject} – {column.label}",
            due_at=column.closes_at or at,
            done_at=column.confirmed_at or column.closes_at if column.filled >= column.class_size else None,
            missing=max(column.class_size - column.filled, 0),
            total=column.class_size,
        )
        for column in found
    ]


def _holders(class_subject_ids: Iterable[int], at: datetime) -> dict[int, tuple[int, ...]]:
    held: dict[int, tuple[int, ...]] = {}
    assigned = TeachingAssignment.objects.in_force(local_day(at)).filter(class_subject__in=class_subject_ids)
    for class_subject_id, teacher_id in assigned.values_list("class_subject_id", "teacher_id"):
        held[class_subject_id] = (*held.get(class_subject_id, ()), teacher_id)
    return held


def score_entry_of(user: User, at: datetime) -> list[Duty]:
    """What this teacher still owes: open and overdue columns of this term with scores missing."""
    mine = ScoreColumn.objects.filter(
        gradebook__class_subject__in=assignments_in_force(user).class_subjects,
        gradebook__term__starts_on__lte=local_day(at),
        gradebook__term__ends_on__gte=local_day(at) - timedelta(days=30),
    )
    return [duty for duty in score_entry(mine, at) if duty.done_at is None]


@dataclass(frozen=True)
class EntryState:
    """The school's score entry at a glance, for leaders."""

    overdue: int
    due_soon: int
    done: int
    late: tuple[Duty, ...]


def entry_state(columns: ScoreColumnQuerySet, at: datetime, *, soon: timedelta = timedelta(days=3)) -> EntryState:
    """Counts of the term's dated columns, and the overdue ones, longest overdue first."""
    duties = score_entry(columns, at)
    late = [duty for duty in duties if duty.is_late(at)]
    due_soon = [duty for duty in duties if duty.done_at is None and at < duty.due_at <= at + soon]
    done = sum(duty.done_at is not None for duty in duties)
    return EntryState(overdue=len(late), due_soon=len(due_soon), done=done, late=tuple(late))


def unpublished_rules() -> QuerySet[LockRule]:
    """Drafts of the lock calendar that wait for a leader to publish them."""
    return LockRule.objects.filter(state=LockRule.State.DRAFT, closes_at__gt=timezone.now())


__all__ = ["Duty", "EntryState", "entry_state", "score_entry", "score_entry_of", "unpublished_rules"]
