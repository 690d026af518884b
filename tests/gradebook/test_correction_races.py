"""Petitions decided by several at once: of four approvals or applications exactly one counts (P0-3, P0-4)."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import PolicyVersion
from gradebook import services
from gradebook.models import CorrectionRequest, Evidence, Score, ScoreColumn
from gradebook.selectors.ledger import verify
from schoolops.lib import files, outbox
from schoolops.lib.clock import db_now
from tests.gradebook.test_races import DRILL, SIDES, Tally, arena_in, events_since, pause, seq_of
from tests.support import pupils_of

ROUNDS = 1000 if DRILL else 15
pytestmark = [pytest.mark.drill] if DRILL else []


@pytest.fixture(scope="module")
def arena(django_db_setup, django_db_blocker, worker_name):
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patched,
        arena_in(f"schoolops_petitions_{worker_name}") as arena,
    ):
        patched.setattr(outbox, "ring", lambda task, *args: True)
        with transaction.atomic():
            services.act_as(arena.cast.vice_principal)
            closed = db_now() - timedelta(minutes=1)
            ScoreColumn.objects.filter(pk=arena.column().pk).update(closes_at=closed)
        yield arena
        faults, books, events = verify()
        print(f"\nraces of petitions: {books} books, {events} events verified")
        assert faults == []


@pytest.fixture(scope="module")
def photo(arena, tmp_path_factory):
    from django.test import override_settings

    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        return files.store(b"photo", name="a.jpg", media_type="image/jpeg", by=arena.cast.teacher)


def by_hand(arena, is_on):
    PolicyVersion.objects.create(
        key="gradebook.corrections_by_hand",
        value="1" if is_on else "0",
        decision=arena.school.decision,
        set_by=arena.cast.it_staff,
    )


def held(arena):
    return Score.objects.get(column=arena.column(), student=pupils_of(arena.book)[0]).code


def petition(arena, photo):
    """Sent, asking for another value than the cell holds."""
    cell = (arena.column().pk, pupils_of(arena.book)[0].pk)
    by = arena.cast.teacher
    made = services.start_correction(gradebook=arena.book, cells=[cell], by=by)
    with transaction.atomic():
        services.act_as(by)
        Evidence.objects.create(request=made, file=photo)
    wanted = "8" if held(arena) != "8" else "9"
    services.save_correction(
        correction=made,
        values={made.items.get().pk: wanted},
        by=by,
        reason="typo",
        explanation="nhầm",
        addressed_to=None,
    )
    return services.submit_correction(correction=made, by=by), wanted


def approving(asked, by):
    def approve():
        pause(3)
        services.approve_correction(correction=asked, revision=asked.revision, by=by)
        return "approved"

    return approve


def test_one_of_four_approvals_counts(arena, photo):
    by_hand(arena, False)
    tally = Tally("approve x 4")
    for _ in range(ROUNDS):
        asked, wanted = petition(arena, photo)
        seq = seq_of(arena.book)
        leaders = [arena.cast.vice_principal, arena.cast.principal] * (SIDES // 2)
        answers = arena.race(*[approving(asked, leader) for leader in leaders])
        tally.saw(*answers)
        tally.expect(answers.count("approved") == 1, "approved more or less than once")
        told = events_since(arena.book, seq)
        tally.expect((told["CORR_OK"], told["CORRECT"], told["CORR_DONE"]) == (1, 1, 1), f"events {told}")
        tally.expect(held(arena) == wanted, "the cell is not what was approved")
    tally.verdict(ROUNDS, "approved", "denied")


def test_one_of_four_applications_counts(arena, photo):
    by_hand(arena, True)
    tally = Tally("apply x 4")
    for _ in range(ROUNDS):
        asked, wanted = petition(arena, photo)
        services.approve_correction(correction=asked, revision=asked.revision, by=arena.cast.principal)
        seq = seq_of(arena.book)

        def confirm(asked=asked):
            pause(3)
            services.confirm_correction(correction=CorrectionRequest.objects.get(pk=asked.pk), by=arena.cast.it_staff)
            return "applied"

        answers = arena.race(*[confirm] * SIDES)
        tally.saw(*answers)
        tally.expect(answers.count("applied") == 1, "applied more or less than once")
        tally.expect(events_since(arena.book, seq)["CORRECT"] == 1, "not one change")
        tally.expect(held(arena) == wanted, "the cell is not what was approved")
    tally.verdict(ROUNDS, "applied", "denied")


def test_approval_against_taking_back(arena, photo):
    """Whoever comes first: an approval is never written for a petition that was taken back, and never of another version."""
    by_hand(arena, False)
    tally = Tally("approve | take back")
    for _ in range(ROUNDS // 3):
        asked, wanted = petition(arena, photo)
        before = held(arena)

        def take_back(asked=asked):
            pause(3)
            services.edit_correction(correction=asked, by=arena.cast.teacher)
            return "taken back"

        answers = arena.race(approving(asked, arena.cast.vice_principal), take_back)
        tally.saw(*answers)
        asked.refresh_from_db()
        done = "approved" in answers
        tally.expect(asked.state == ("applied" if done else "draft"), f"state {asked.state} after {answers}")
        tally.expect(held(arena) == (wanted if done else before), "the cell does not fit the verdict")
        if not done:
            services.withdraw_correction(correction=asked, by=arena.cast.teacher, comment="hết vòng")
    tally.verdict(ROUNDS // 3, "approved", "taken back")


def test_numbers_have_no_gap_and_no_double(arena, photo):
    numbers = sorted(CorrectionRequest.objects.exclude(number=None).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_four_send_at_once_and_get_four_numbers(arena, photo):
    tally = Tally("send x 4")
    for _ in range(ROUNDS // 10 or 1):
        made = []
        for pupil in pupils_of(arena.book)[:3]:
            cell = (arena.column().pk, pupil.pk)
            found = services.start_correction(gradebook=arena.book, cells=[cell], by=arena.cast.teacher)
            with transaction.atomic():
                services.act_as(arena.cast.teacher)
                Evidence.objects.create(request=found, file=photo)
            code = Score.objects.get(column=cell[0], student=cell[1]).code
            services.save_correction(
                correction=found,
                values={found.items.get().pk: "8" if code != "8" else "9"},
                by=arena.cast.teacher,
                reason="typo",
                explanation="nhầm",
                addressed_to=None,
            )
            made.append(found)
        answers = arena.race(
            *[
                lambda found=found: services.submit_correction(correction=found, by=arena.cast.teacher).number
                for found in made
            ]
        )
        tally.expect(len(set(answers)) == len(made), f"numbers {answers}")
        tally.saw(*["sent" for answer in answers if isinstance(answer, int)])
        for found in made:
            services.withdraw_correction(
                correction=CorrectionRequest.objects.get(pk=found.pk), by=arena.cast.teacher, comment="hết vòng"
            )
    tally.verdict(ROUNDS // 10 or 1, "sent")
