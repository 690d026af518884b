"""Duties of the register as set queries: who must do what until when, and what is done. Read by everyone who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min

from accounts.models import User
from registry import permissions
from registry.models import DataRequest, HomeroomAssignment, RosterReview, SchoolClass, SchoolYear, Submission
from registry.policies import roster_week
from registry.selectors import staff
from registry.selectors.calendar import last_day_of_week
from registry.selectors.reports.agenda import open_lines
from schoolops.lib.clock import end_of, local_day


@dataclass(frozen=True)
class Duty:
    """Something that somebody owes."""

    duty: str
    holders: tuple[int, ...]
    object: Any
    due_at: datetime
    done_at: datetime | None

    def is_late(self, at: datetime) -> bool:
        return self.done_at is None and self.due_at <= at


def roster_reviews(year: SchoolYear, classes: Iterable[SchoolClass], at: datetime) -> list[Duty]:
    """R2: each class list of the year looked over by its homeroom teacher by the end of week 2. Four queries."""
    wanted = {item.pk: item for item in classes}
    done = dict(
        RosterReview.objects.filter(school_class__in=wanted)
        .order_by("school_class")
        .values_list("school_class")
        .annotate(Min("reviewed_at"))
    )
    holders: dict[int, tuple[int, ...]] = {}
    kept = HomeroomAssignment.objects.in_force(local_day(at)).filter(school_class__in=wanted)
    for school_class, teacher in kept.order_by("pk").values_list("school_class_id", "teacher_id"):
        holders[school_class] = (*holders.get(school_class, ()), teacher)
    due_at = roster_due_at(year)
    return [
        Duty("roster_review", holders.get(pk, ()), school_class, due_at, done.get(pk))
        for pk, school_class in wanted.items()
    ]


def roster_reviews_of(user: User, at: datetime) -> list[Duty]:
    """The lists that this homeroom teacher still has to look over; nothing is asked of others."""
    mine = permissions.kept_classes(user).filter(roster_reviews=None, school_year__closed_at=None)
    return [
        Duty("roster_review", (user.pk,), item, roster_due_at(item.school_year), None)
        for item in mine.select_related("school_year")
    ]


def roster_due_at(year: SchoolYear) -> datetime:
    """The last minute of the week by which the lists are looked over."""
    return end_of(last_day_of_week(year, roster_week()))


def staff_changes(at: datetime) -> list[Duty]:
    """A12: each change of staff that the records do not have yet, due 5 working days after its decision. Three queries."""
    holders = permissions.recorders_of_staff_changes().order_by("pk").values_list("pk", flat=True)
    waiting = staff.open_lines(at)
    keepers = tuple(holders) if waiting else ()
    return [Duty("staff_change", keepers, line.change, line.due_at, None) for line in waiting]


def data_requests() -> list[Duty]:
    """P1-21: each open request about data, due when it is to be answered or, once answered, settled. Two queries."""
    found = list(DataRequest.objects.exclude(settled_at__isnull=False).order_by("settle_by"))
    keepers = permissions.keepers_of_data().order_by("pk").values_list("pk", flat=True)
    holders = tuple(keepers) if found else ()
    return [
        Duty("data_request", holders, item, item.settle_by if item.answered_at else item.answer_by, None)
        for item in found
    ]


def reports(at: datetime) -> list[Duty]:
    """R7: each report that the sector waits for, by its last day. Two queries, of which the second only when there is one."""
    waiting = open_lines(Submission.objects.filter(school_year__closed_at=None), at)
    keepers = tuple(permissions.makers_of_reports().order_by("pk").values_list("pk", flat=True)) if waiting else ()
    return [Duty("report", keepers, line, line.due_at, None) for line in waiting]
