"""The lock calendar: what a rule closes, who may set it, what is told to whom (G5, G6, G11)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from gradebook import services
from gradebook.models import LockRule, ScoreColumn
from gradebook.selectors import calendar as calendars
from gradebook.services import CellStatus
from gradebook.tasks import remind_of_closing_columns
from gradebook.windows import Column, Rule, winning_rule
from schoolops.lib import jobs, outbox
from schoolops.lib.models import JobItem, OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.gradebook.test_services import save
from tests.support import column

AT = datetime(2026, 11, 1, tzinfo=UTC)
COLUMN = Column(id=1, grade=7, school_class=71, subject=5, kind="TX", ordinal=2)


def rule(number, published_days=0, **parts):
    return Rule(id=number, published_at=AT + timedelta(days=published_days), opens_at=None, closes_at=AT, **parts)


@pytest.mark.parametrize(
    ("rules", "winner"),
    [
        ([rule(1), rule(2, grade=7)], 2),
        ([rule(1, grade=7), rule(2, school_class=71)], 2),
        ([rule(1, grade=7, subject=5), rule(2, school_class=71)], 2),
        ([rule(1, subject=5), rule(2, kind="TX", ordinal=2)], 1),
        ([rule(1, kind="TX"), rule(2, kind="TX", ordinal=2)], 2),
        ([rule(1, published_days=2), rule(2, published_days=1)], 1),
        ([rule(1), rule(2)], 2),
        ([rule(1, grade=8), rule(2, kind="GK")], None),
        ([], None),
    ],
)
def test_most_specific_rule_wins_then_the_newest(rules, winner):
    found = winning_rule(COLUMN, rules)
    assert (found.id if found else None) == winner
    assert winning_rule(COLUMN, reversed(rules)) == found


def draft(school, by, **parts):
    closes = parts.pop("closes_at", timezone.now() + timedelta(days=2))
    return services.draft_rule(rule=LockRule(term=school.term, closes_at=closes, **parts), by=by)


def test_draft_closes_nothing_and_publishing_writes_the_window(school, maths, cast):
    made = draft(school, cast.vice_principal, grade=7, kind="GK", closes_at=timezone.now() - timedelta(minutes=1))
    assert save(maths, cast.teacher, "GK", "7")[0].status == CellStatus.SAVED
    changed = services.publish_rules(rules=[made], by=cast.vice_principal)
    assert {c.kind for c in changed} == {"GK"}
    assert column(maths, "GK").rule_id == made.pk
    assert save(maths, cast.teacher, "GK", "8", version=1)[0].status == CellStatus.LOCKED
    assert save(maths, cast.teacher, "CK", "8")[0].status == CellStatus.SAVED


def test_withdrawing_falls_back_to_the_next_rule(school, maths, cast):
    general = draft(school, cast.vice_principal, kind="GK", closes_at=timezone.now() + timedelta(days=9))
    special = draft(school, cast.vice_principal, grade=7, kind="GK", closes_at=timezone.now() - timedelta(days=1))
    services.publish_rules(rules=[general, special], by=cast.vice_principal)
    assert column(maths, "GK").rule_id == special.pk
    services.withdraw_rule(rule=special, by=cast.principal, reason="nhầm ngày")
    assert column(maths, "GK").rule_id == general.pk
    assert special.transitions.get(step="withdraw").comment == "nhầm ngày"
    services.withdraw_rule(rule=general, by=cast.principal, reason="nhầm ngày")
    assert column(maths, "GK").closes_at is None


def test_publishing_twice_is_refused(school, maths, cast):
    made = draft(school, cast.vice_principal)
    services.publish_rules(rules=[made], by=cast.vice_principal)
    with pytest.raises(TransitionDenied, match="Đã công bố"):
        services.publish_rules(rules=[made], by=cast.vice_principal)


@pytest.mark.parametrize("who", ["teacher", "homeroom_teacher", "subject_head", "it_staff", "parent"])
def test_only_leaders_set_locks(school, maths, cast, who):
    with pytest.raises(PermissionDenied, match="Phó Hiệu trưởng"):
        draft(school, getattr(cast, who))
    made = draft(school, cast.vice_principal)
    with pytest.raises(TransitionDenied):
        services.publish_rules(rules=[made], by=getattr(cast, who))


def test_teachers_concerned_are_told_and_nobody_else(school, maths, cast):
    made = draft(school, cast.vice_principal, school_class=school.classes["7A2"], kind="GK")
    services.publish_rules(rules=[made], by=cast.vice_principal)
    message = OutboxMessage.objects.get(kind="locks.published")
    assert message.recipients == [cast.other_teacher.pk]


def test_books_opened_later_follow_the_calendar(school, cast):
    made = draft(school, cast.vice_principal, kind="GK")
    services.publish_rules(rules=[made], by=cast.vice_principal)
    services.open_gradebooks(class_subjects=school.class_subjects.values(), term=school.term, by=cast.it_staff)
    windows = ScoreColumn.objects.filter(kind="GK").values_list("closes_at", flat=True)
    assert set(windows) == {made.closes_at}


def test_impact_counts_what_is_still_missing(school, maths, cast):
    save(maths, cast.teacher, "GK", "7", "8", "9")
    made = draft(
        school,
        cast.vice_principal,
        school_class=school.classes["7A1"],
        kind="GK",
        subject=maths.class_subject.item.subject,
    )
    impact = calendars.impacts(services.columns_under([made], school.term, timezone.now()))[made.pk]
    assert (impact.columns, impact.missing) == (1, 2)
    assert impact.incomplete[0].pk == column(maths, "GK").pk


def test_impact_of_drafts_is_that_of_publishing_them_together(school, books, cast):
    """A draft for the whole school leaves out what a draft for one class takes."""
    everyone = draft(school, cast.vice_principal, kind="GK")
    one_class = draft(school, cast.vice_principal, kind="GK", school_class=school.classes["7A1"])
    foreseen = services.columns_under([everyone, one_class], school.term, timezone.now())
    services.publish_rules(rules=[everyone, one_class], by=cast.vice_principal)
    for rule in (everyone, one_class):
        governed = set(ScoreColumn.objects.filter(rule=rule))
        assert governed
        assert set(foreseen[rule.pk]) == governed


def test_exception_of_a_leader_lasts_a_day_at_most(school, maths, cast):
    now = timezone.now()
    with pytest.raises(ValidationError, match="24 giờ"):
        services.open_exception(
            column=column(maths, "GK"), until=now + timedelta(hours=25), reason="ốm", by=cast.vice_principal
        )
    with pytest.raises(ValidationError):
        services.open_exception(column=column(maths, "GK"), until=now, reason="ốm", by=cast.vice_principal)
    opened = services.open_exception(
        column=column(maths, "GK"), until=now + timedelta(hours=2), reason="ốm", by=cast.vice_principal
    )
    assert OutboxMessage.objects.get(kind="locks.exception").recipients == [cast.teacher.pk]
    assert services.end_exception(exception=opened, by=cast.principal).ended_by == cast.principal
    with pytest.raises(TransitionDenied):
        services.end_exception(exception=opened, by=cast.principal)


def test_nobody_opens_their_own_book(school, books, cast):
    """A vice-principal who teaches asks another leader."""
    from registry.models import TeachingAssignment

    TeachingAssignment.objects.create(
        teacher=cast.vice_principal,
        class_subject=school.class_subjects["NV 7A2"],
        decision=school.decision,
        valid_from=school.year.starts_on,
    )
    own = column(books["NV 7A2"], "GK")
    with pytest.raises(PermissionDenied, match="không tự mở sổ của mình"):
        services.open_exception(
            column=own, until=timezone.now() + timedelta(hours=1), reason="bận", by=cast.vice_principal
        )


def test_reminder_is_sent_once_a_day_and_only_for_what_is_missing(school, maths, cast, monkeypatch):
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    services.publish_rules(rules=[draft(school, cast.vice_principal, kind="GK")], by=cast.vice_principal)
    for code, texts in (("GK", ["7", "8", "9", "6", "5"]),):
        save(maths, cast.teacher, code, *texts)
    remind_of_closing_columns()
    remind_of_closing_columns()
    items = JobItem.objects.filter(job__kind="gradebook.closing_columns")
    assert column(maths, "GK").pk not in {item.payload["column"] for item in items}
    for item in items:
        jobs.run(item.pk)
        jobs.run(item.pk)
    assert set(items.values_list("state", flat=True)) == {"done"}
    told = OutboxMessage.objects.filter(kind="locks.closing")
    assert sorted(message.recipients[0] for message in told) == sorted(
        [cast.teacher.pk, cast.other_teacher.pk, cast.other_teacher.pk]
    )
