"""What is known of the pupils beside their names: policy categories, and who has looked a class list over."""

import random
from collections.abc import Iterator
from datetime import date

from simple_history.utils import bulk_create_with_history

from accounts.models import User
from registry.models import HomeroomAssignment, PolicyStatus, RosterReview, SchoolYear, Student
from registry.selectors import completeness
from schoolops.home.demo.invented import COMMUNE
from schoolops.home.demo.plan import Plan

Category = PolicyStatus.Category
# How often: the rest was asked and belongs to none.
NOT_ASKED, POOR, NEAR_POOR, OTHER = 0.05, 0.08, 0.06, 0.03
OTHERS = (Category.INVALID, Category.NO_FATHER, Category.NO_MOTHER, Category.TOXIC, Category.SMALL_PEOPLE)
# One list in so many is not looked over yet.
UNREVIEWED_EVERY = 7


def answer(plan: Plan, lists: dict[int, list[Student]], by: User) -> None:
    """Ask the families of most pupils for their policy category; poverty is certified for a year."""
    rng = plan.rng("policies")
    statuses = [row for pupils in lists.values() for pupil in pupils for row in _statuses(rng, plan, pupil)]
    bulk_create_with_history(statuses, PolicyStatus, default_user=by)


def _statuses(rng: random.Random, plan: Plan, pupil: Student) -> Iterator[PolicyStatus]:
    chance = rng.random()
    ends = date(plan.first_year, 12, 31)
    if chance < NOT_ASKED:
        return
    if chance < NOT_ASKED + POOR + NEAR_POOR:
        category = Category.POOR if chance < NOT_ASKED + POOR else Category.NEAR_POOR
        paper = f"Giấy chứng nhận số {rng.randrange(10, 400)}/GCN-HN của UBND {COMMUNE}"
        yield PolicyStatus(student=pupil, category=category, valid_from=plan.starts_on, valid_until=ends, paper=paper)
    elif chance < NOT_ASKED + POOR + NEAR_POOR + OTHER:
        yield PolicyStatus(student=pupil, category=rng.choice(OTHERS), valid_from=plan.starts_on)
    else:
        yield PolicyStatus(student=pupil, category=Category.NONE, valid_from=plan.starts_on)


def review(plan: Plan, year: SchoolYear) -> None:
    """Most homeroom teachers looked their lists over in the second week, with the gaps that are still there today."""
    kept = HomeroomAssignment.objects.filter(school_class__school_year=year).select_related("school_class", "teacher")
    assignments = list(kept.order_by("school_class__sort_key", "pk"))
    states = completeness.of_classes([row.school_class for row in assignments], plan.today)
    rng, opening = plan.rng("roster reviews"), (plan.starts_on - plan.today).days
    RosterReview.objects.bulk_create(
        RosterReview(
            school_class=row.school_class,
            reviewed_by=row.teacher,
            reviewed_at=plan.moment(opening + 9 + rng.randrange(5), 16, number),
            pupils=states[row.school_class_id].total,
            incomplete=states[row.school_class_id].incomplete,
        )
        for number, row in enumerate(assignments)
        if number % UNREVIEWED_EVERY != UNREVIEWED_EVERY - 1
    )
