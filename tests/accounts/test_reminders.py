"""Grants that end soon are told two weeks ahead, once for each end, however often beat runs (A4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import Grant
from accounts.roles import Role
from schoolops.lib import jobs
from schoolops.lib.models import JobItem, OutboxMessage
from tests.support import grant


@pytest.fixture
def ending(cast, school):
    """The clerk's grant, which ends in ten days."""
    found = grant(cast.stranger, Role.CLERK, school.decision, by=cast.it_staff)
    found.valid_until = timezone.localdate() + timedelta(days=10)
    found.save()
    return found


def run_all():
    for pk in JobItem.objects.filter(state=JobItem.State.WAITING).values_list("pk", flat=True):
        jobs.run(pk)


def told():
    return [
        (sorted(message.recipients), message.context["role"])
        for message in OutboxMessage.objects.filter(kind="grant.ending").order_by("pk")
    ]


def test_person_it_staff_and_principal_are_told_once(cast, ending):
    assert [services.start_ending_reminders(at=timezone.now()) for _ in range(3)] == [1, 0, 0]
    run_all()
    role = "Văn thư – lưu trữ"
    assert told() == [([cast.stranger.pk], role), (sorted([cast.it_staff.pk, cast.principal.pk]), role)]


def test_what_ends_later_or_is_over_is_not_told(cast, ending):
    Grant.objects.filter(pk=ending.pk).update(valid_until=timezone.localdate() + timedelta(days=15))
    assert services.start_ending_reminders(at=timezone.now()) == 0
    Grant.objects.filter(pk=ending.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert services.start_ending_reminders(at=timezone.now()) == 0


def test_a_prolonged_grant_is_told_again_before_its_new_end(cast, ending):
    services.start_ending_reminders(at=timezone.now())
    Grant.objects.filter(pk=ending.pk).update(valid_until=timezone.localdate() + timedelta(days=12))
    assert services.start_ending_reminders(at=timezone.now()) == 1


def test_a_grant_revoked_meanwhile_is_not_told(cast, ending):
    services.start_ending_reminders(at=timezone.now())
    services.revoke_grant(grant=ending, by=cast.it_staff)
    run_all()
    assert told() == []
