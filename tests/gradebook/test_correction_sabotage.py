"""Twins of the tests of petitions: take one part of their guard away, and the test of that part must turn red."""

import pytest
from django.utils import timezone

from accounts.models import StaffProfile
from gradebook import services
from gradebook.models import CorrectionRequest, Evidence, Score
from gradebook.services import act_as
from schoolops.lib import files
from tests.gradebook.test_corrections import events, execute, refused
from tests.gradebook.test_guard import close, type_into
from tests.gradebook.test_sabotage import cut, dropped, stage, without  # noqa: F401
from tests.support import column, forget_actor, pupils_of

WRITTEN = "gradebook_correction_written()"
USE = "gradebook_use_correction(bigint, gradebook_cell_change[], timestamp with time zone)"
PART = "gradebook_correction_part()"
ITEM = "gradebook_correction_item_written()"
CELLS = "gradebook_cells_changed(gradebook_cell_change[])"


# --- a petition in each state -------------------------------------------------------------------------
def draft(maths, cast, code="7,5"):
    type_into(maths, "GK", "5", cast.teacher)
    type_into(maths, "GK", "6", cast.teacher, pupil=1)
    closed = close(maths, "GK", by=cast.vice_principal)
    made = services.start_correction(gradebook=maths, cells=[(closed.pk, pupils_of(maths)[0].pk)], by=cast.teacher)
    services.save_correction(
        correction=made,
        values={made.items.get().pk: code},
        by=cast.teacher,
        reason="typo",
        explanation="nhầm",
        addressed_to=None,
    )
    act_as(cast.teacher)
    Evidence.objects.create(
        request=made, file=files.store(b"x", name="a.jpg", media_type="image/jpeg", by=cast.teacher)
    )
    return made


def sent(maths, cast):
    made = services.submit_correction(correction=draft(maths, cast), by=cast.teacher)
    forget_actor()
    return made


def approved(maths, cast):
    made = sent(maths, cast)
    act_as(cast.principal)
    verdict(made, cast.principal)
    made.refresh_from_db()
    return made


def verdict(asked, by, **more):
    values = {"decided_by": by, "decided_at": timezone.now(), "decided_revision": asked.revision, **more}
    CorrectionRequest.objects.filter(pk=asked.pk).update(state="approved", **values)


def raw_write(asked, by, code, pupil=None):
    act_as(by, correction=asked.pk)
    item = asked.items.get()
    cells = Score.objects.filter(column=item.column_id, student=pupil or item.student_id)
    return refused(lambda: cells.update(code=code))


# --- bodies ---------------------------------------------------------------------------------------------
def only_an_approved_petition_opens_the_lock(maths, cast):
    assert raw_write(sent(maths, cast), cast.teacher, "7.5") == "GB008"


def only_what_was_approved_is_written(maths, cast):
    asked = approved(maths, cast)
    assert raw_write(asked, cast.principal, "10") == "GB008"
    assert raw_write(asked, cast.principal, "7.5", pupil=pupils_of(maths)[1].pk) == "GB008"


def an_approval_is_used_once(maths, cast):
    asked = approved(maths, cast)
    assert raw_write(asked, cast.principal, "7.5") is None
    # Whoever could set the cell back would use the approval a second time.
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET LOCAL ROLE schoolops_owner")
    execute("ALTER TABLE gradebook_score DISABLE TRIGGER guard_update")
    Score.objects.filter(column=column(maths, "GK"), student=pupils_of(maths)[0]).update(code="5")
    execute("ALTER TABLE gradebook_score ENABLE TRIGGER guard_update")
    execute("SET LOCAL ROLE schoolops_app")
    assert raw_write(asked, cast.principal, "7.5") == "GB008"


def an_account_without_a_person_decides_nothing(maths, cast):
    asked = sent(maths, cast)
    StaffProfile.objects.filter(user=cast.principal).update(personal_number=None)
    act_as(cast.principal)
    assert refused(lambda: verdict(asked, cast.principal)) == "GB009"


def a_verdict_names_who_gives_it(maths, cast):
    asked = sent(maths, cast)
    act_as(cast.other_teacher)
    assert refused(lambda: verdict(asked, cast.principal)) == "GB009"


def nobody_decides_for_the_person_who_asks(maths, cast):
    asked = sent(maths, cast)
    act_as(cast.principal, on_behalf_of=cast.teacher)
    assert refused(lambda: verdict(asked, cast.principal, decided_for=cast.teacher)) is not None


def only_the_person_who_asks_takes_it_back(maths, cast):
    asked = sent(maths, cast)
    act_as(cast.principal)
    assert refused(lambda: CorrectionRequest.objects.filter(pk=asked.pk).update(state="withdrawn")) == "GB009"


def no_step_is_skipped(maths, cast):
    made = draft(maths, cast)
    act_as(cast.principal)
    values = {"decided_by": cast.principal, "decided_at": timezone.now(), "decided_revision": 1, "number": 1}
    values |= {"submitted_at": timezone.now()}
    asked = CorrectionRequest.objects.filter(pk=made.pk)
    assert refused(lambda: asked.update(state="rejected", **values)) == "GB009"


def sent_words_stay(maths, cast):
    asked = sent(maths, cast)
    act_as(cast.teacher)
    assert refused(lambda: CorrectionRequest.objects.filter(pk=asked.pk).update(explanation="x")) == "GB010"


def sent_values_stay(maths, cast):
    asked = sent(maths, cast)
    act_as(cast.teacher)
    assert refused(lambda: asked.items.update(new_code="10")) == "GB010"
    assert refused(lambda: asked.items.all()._raw_delete(using="default")) == "GB010"


def sent_evidence_stays(maths, cast):
    asked = sent(maths, cast)
    act_as(cast.teacher)
    assert refused(lambda: asked.evidence.all()._raw_delete(using="default")) == "GB010"


def a_sent_petition_is_never_deleted(maths, cast):
    asked = sent(maths, cast)
    services.edit_correction(correction=asked, by=cast.teacher)
    for children in (asked.items, asked.evidence):
        children.all()._raw_delete(using="default")
    act_as(cast.teacher)
    execute("DELETE FROM gradebook_correctiontransition")
    assert refused(lambda: execute("DELETE FROM gradebook_correctionrequest WHERE id = %s", asked.pk)) == "GB010"


def steps_are_told(maths, cast):
    approved(maths, cast)
    assert [event["op"] for event in events(maths)] == ["CORR_REQ", "CORR_OK"]


def a_petition_is_about_one_book(maths, cast):
    made = draft(maths, cast)
    other = services_other_column(maths)
    act_as(cast.teacher)
    assert refused(lambda: made.items.update(column=other)) == "GB009"


def services_other_column(maths):
    from gradebook.models import ScoreColumn

    return ScoreColumn.objects.exclude(gradebook=maths).order_by("pk").first()


def done_means_written(maths, cast):
    asked = approved(maths, cast)
    act_as(cast.principal)
    change = {"state": "applied", "applied_at": timezone.now()}
    assert refused(lambda: CorrectionRequest.objects.filter(pk=asked.pk).update(**change)) == "GB009"


def the_guard_alone_says_that_a_change_was_made(maths, cast):
    asked = approved(maths, cast)
    act_as(cast.principal)
    assert refused(lambda: asked.items.update(applied_at=timezone.now())) is not None


# Gives the number and looks at nothing else.
NUMBER_ONLY = """
CREATE OR REPLACE FUNCTION gradebook_correction_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'submitted' AND NEW.number IS NULL THEN
        NEW.number := 1;
        NEW.submitted_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$
"""
SABOTAGES = [
    cut("any petition opens", USE, "r.state = 'approved'", "true", only_an_approved_petition_opens_the_lock),
    cut("any value", USE, "used <> cardinality(changes)", "false", only_what_was_approved_is_written),
    cut(
        "used again and again",
        USE,
        "i.request_id = petition AND i.applied_at IS NULL",
        "i.request_id = petition",
        an_approval_is_used_once,
    ),
    cut(
        "the petition is not asked",
        CELLS,
        "PERFORM gradebook_use_correction(petition, changes, now_)",
        "NULL",
        only_an_approved_petition_opens_the_lock,
        only_what_was_approved_is_written,
    ),
    cut(
        "accounts without a person",
        WRITTEN,
        "requester IS NULL OR gradebook_person(actor) IS NULL",
        "requester IS NULL",
        an_account_without_a_person_decides_nothing,
    ),
    cut(
        "in another's name",
        WRITTEN,
        "(NEW.decided_by_id, NEW.decided_for_id) IS DISTINCT FROM (actor, behalf)",
        "false",
        a_verdict_names_who_gives_it,
    ),
    cut(
        "taken back by anybody",
        WRITTEN,
        "NEW.state IN ('submitted', 'withdrawn', 'draft') AND actor <> NEW.requested_by_id",
        "false",
        only_the_person_who_asks_takes_it_back,
    ),
    cut(
        "steps are skipped",
        WRITTEN,
        "('submitted', 'rejected')",
        "('submitted', 'rejected'), ('draft', 'rejected')",
        no_step_is_skipped,
    ),
    cut("words change", WRITTEN, "AND OLD.state NOT IN ('draft', 'returned')", "AND false", sent_words_stay),
    cut(
        "parts change", PART, "held.state NOT IN ('draft', 'returned')", "false", sent_values_stay, sent_evidence_stays
    ),
    cut(
        "another book",
        ITEM,
        "c.id = NEW.column_id AND r.id = NEW.request_id",
        "r.id = NEW.request_id",
        a_petition_is_about_one_book,
    ),
    cut(
        "done without being written",
        WRITTEN,
        "i.request_id = NEW.id AND i.applied_at IS NULL",
        "false",
        done_means_written,
    ),
    without(
        "a guard that gives numbers only",
        NUMBER_ONLY,
        sent_words_stay,
        only_the_person_who_asks_takes_it_back,
        a_verdict_names_who_gives_it,
    ),
    dropped("ledger", "correctionrequest", steps_are_told),
    dropped("guard_delete", "correctionrequest", a_sent_petition_is_never_deleted),
    dropped("guard_part", "correctionitem", sent_values_stay),
    dropped("guard_part", "evidence", sent_evidence_stays),
    dropped("guard_values", "correctionitem", a_petition_is_about_one_book),
    without(
        "granted: say that a change was made",
        "GRANT UPDATE ON gradebook_correctionitem TO schoolops_app; DROP TRIGGER guard_values ON gradebook_correctionitem",
        the_guard_alone_says_that_a_change_was_made,
    ),
    without(
        "own verdict without constraint, trigger and person",
        "ALTER TABLE gradebook_correctionrequest DROP CONSTRAINT correction_second_person;" + NUMBER_ONLY,
        nobody_decides_for_the_person_who_asks,
    ),
]


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_sabotage_turns_its_tests_red(stage, sabotage):  # noqa: F811
    bodies = list(sabotage.bodies)
    assert [body for body in bodies if not stage.is_red(body)] == bodies, "red without any sabotage"
    noticed = [body for body in bodies if stage.is_red(body, sabotage=sabotage)]
    assert noticed == bodies, "a test did not notice what it is there for"


def test_no_step_is_skipped(maths, cast):
    no_step_is_skipped(maths, cast)
