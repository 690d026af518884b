"""Petitions: asked for with evidence, decided by a second person, written once, exactly (G7, G8, G9)."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import PolicyVersion, StaffProfile
from gradebook import services
from gradebook.models import CorrectionRequest, Evidence, LedgerEvent, Score, ScoreColumn
from gradebook.services import GuardCode, act_as, guard_code
from registry.models import TeachingAssignment
from schoolops.lib import files
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.gradebook.test_guard import close, type_into
from tests.support import acting, again, column, delegation, forget_actor, fresh, pupils_of

State = CorrectionRequest.State
GB = GuardCode


def refused(statement):
    """The guard's code for what `statement` tries, in a savepoint of its own."""
    try:
        with transaction.atomic():
            statement()
    except DatabaseError as error:
        return guard_code(error) or str(error)
    return None


@pytest.fixture
def closed(maths, cast):
    """The mid-term column of maths 7A1, filled with 5,7 for everybody and closed."""
    for number in range(len(pupils_of(maths))):
        type_into(maths, "GK", "5,7", cast.teacher, pupil=number)
    return close(maths, "GK", by=cast.vice_principal)


def draft(book, by, text="7,5", pupils=(0,), code="GK", evidence=True):
    """A petition as a teacher leaves it before sending."""
    cells = [(column(book, code).pk, pupils_of(book)[number].pk) for number in pupils]
    made = services.start_correction(gradebook=book, cells=cells, by=by)
    errors = services.save_correction(
        correction=made,
        values={item.pk: text for item in made.items.all()},
        by=by,
        reason="typo",
        explanation="Bài ghi 7,5, nhập nhầm 5,7.",
        addressed_to=None,
    )
    assert errors == {}
    if evidence:
        act_as(by)
        Evidence.objects.create(
            request=made, file=files.store(b"photo", name="bai.jpg", media_type="image/jpeg", by=by)
        )
    forget_actor()
    return made


def sent(book, by, **more):
    found = services.submit_correction(correction=draft(book, by, **more), by=by)
    forget_actor()
    return found


def code_of(book, number=0):
    return Score.objects.get(column=column(book, "GK"), student=pupils_of(book)[number]).code


def events(book, prefix="CORR"):
    payloads = LedgerEvent.objects.filter(gradebook=book).order_by("seq").values_list("payload", flat=True)
    return [event for payload in payloads if (event := json.loads(payload))["op"].startswith(prefix)]


# --- the way through ----------------------------------------------------------------------------------
def test_approval_writes_exactly_what_was_asked(maths, cast, closed):
    """G7, G8, G9: old value, new value, the moment, both persons, and nothing else."""
    asked = sent(maths, cast.teacher)
    before = dict(Score.objects.exclude(student=pupils_of(maths)[0]).values_list("pk", "code"))
    done = services.approve_correction(correction=asked, revision=1, by=cast.vice_principal, device="Firefox")
    assert (done.state, done.number, done.decided_by, done.confirmed_by) == (
        State.APPLIED,
        1,
        cast.vice_principal,
        None,
    )
    assert code_of(maths) == "7.5"
    assert dict(Score.objects.exclude(student=pupils_of(maths)[0]).values_list("pk", "code")) == before
    assert [event["op"] for event in events(maths)] == ["CORR_REQ", "CORR_OK", "CORRECT", "CORR_DONE"]
    [change] = events(maths, "CORRECT")
    assert (change["old"], change["new"], change["corr"], change["by"]) == (
        "5.7",
        "7.5",
        asked.pk,
        cast.vice_principal.pk,
    )
    steps = list(asked.transitions.values_list("step", "by", "device"))
    assert steps == [
        ("submit", cast.teacher.pk, ""),
        ("approve", cast.vice_principal.pk, "Firefox"),
        ("apply", cast.vice_principal.pk, "Firefox"),
    ]
    assert done.items.get().applied_at == done.applied_at


def test_numbers_of_a_year_have_no_gap(maths, books, cast, closed):
    first = sent(maths, cast.teacher)
    discarded = draft(maths, cast.teacher, pupils=(1,))
    services.discard_correction(correction=discarded, by=cast.teacher)
    second = sent(maths, cast.teacher, pupils=(2,))
    assert (first.number, second.number) == (1, 2)


def test_several_pupils_with_one_reason(maths, cast, closed):
    asked = sent(maths, cast.teacher, pupils=(0, 1, 3))
    services.approve_correction(correction=asked, revision=1, by=cast.principal)
    assert [code_of(maths, number) for number in range(5)] == ["7.5", "7.5", "5.7", "7.5", "5.7"]


def test_an_empty_cell_and_a_filled_one_in_one_petition(maths, cast):
    """One statement inserts and updates: the guard sees both parts."""
    type_into(maths, "GK", "5,7", cast.teacher)
    close(maths, "GK", by=cast.vice_principal)
    asked = sent(maths, cast.teacher, pupils=(0, 1))
    services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    assert [code_of(maths, number) for number in (0, 1)] == ["7.5", "7.5"]


def test_comment_subject(books, cast):
    book = fresh(books["GDTC 7A1"])
    type_into(book, "GK", "c", cast.teacher)
    close(book, "GK", by=cast.vice_principal)
    asked = sent(book, cast.teacher, text="đ")
    services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    assert code_of(book) == "D"


def test_value_in_place_of_an_absence_is_that_of_the_makeup_test(maths, cast):
    type_into(maths, "GK", "v", cast.teacher)
    close(maths, "GK", by=cast.vice_principal)
    asked = sent(maths, cast.teacher)
    services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    assert Score.objects.get(column=column(maths, "GK")).is_makeup


# --- asking ----------------------------------------------------------------------------------------------
def test_only_the_assigned_teacher_asks(maths, cast, closed):
    for who in ("other_teacher", "homeroom_teacher", "vice_principal", "it_staff", "parent"):
        with pytest.raises(PermissionDenied):
            draft(maths, getattr(cast, who))


def test_open_column_is_corrected_directly(maths, cast):
    with pytest.raises(ValidationError, match="đang mở"):
        draft(maths, cast.teacher)


def test_cell_of_another_book_or_class_is_refused(maths, books, cast, closed):
    stranger = pupils_of(fresh(books["TOAN 7A2"]))[0]
    for cell in ((closed.pk, stranger.pk), (column(books["NV 7A1"], "GK").pk, pupils_of(maths)[0].pk)):
        with pytest.raises(ValidationError, match="không thuộc sổ"):
            services.start_correction(gradebook=maths, cells=[cell], by=cast.teacher)


def test_a_cell_that_is_asked_for_is_not_asked_for_twice(maths, cast, closed):
    first = draft(maths, cast.teacher)
    assert draft(maths, cast.teacher) == first
    services.submit_correction(correction=first, by=cast.teacher)
    with pytest.raises(ValidationError, match="#1"):
        draft(maths, cast.teacher)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"explanation": "  "}, "explanation"),
        ({"values": None}, "cells"),
        ({"evidence": False}, "evidence"),
    ],
)
def test_incomplete_petition_says_what_is_missing(maths, cast, closed, change, field):
    made = draft(maths, cast.teacher, evidence=change.get("evidence", True))
    values = {} if "values" not in change else {made.items.get().pk: "5,7"}
    services.save_correction(
        correction=made,
        values=values,
        by=cast.teacher,
        reason=change.get("reason", "typo"),
        explanation=change.get("explanation", "Nhập nhầm."),
        addressed_to=None,
    )
    with pytest.raises(ValidationError) as error:
        services.submit_correction(correction=made, by=cast.teacher)
    assert list(error.value.message_dict) == [field]
    assert CorrectionRequest.objects.get().state == State.DRAFT


@pytest.mark.parametrize(("text", "words"), [("11", "từ 0 đến 10"), ("7,25", "một chữ số"), ("abc", "Chưa đọc")])
def test_bad_value_is_named_and_the_rest_is_kept(maths, cast, closed, text, words):
    made = draft(maths, cast.teacher, pupils=(0, 1))
    first, second = made.items.all()
    errors = services.save_correction(
        correction=made,
        values={first.pk: text, second.pk: "8"},
        by=cast.teacher,
        reason="review",
        explanation="Phúc khảo.",
        addressed_to=None,
    )
    assert words in errors[first.pk]
    assert list(made.items.values_list("new_code", flat=True)) == ["7.5", "8"]


def test_a_teacher_whose_assignment_ended_sends_nothing(maths, cast, closed):
    made = draft(maths, cast.teacher)
    TeachingAssignment.objects.filter(teacher=cast.teacher).update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(TransitionDenied, match="phân công"):
        services.submit_correction(correction=made, by=again(cast.teacher))


def test_withdrawn_stays_visible_with_its_reason(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    with pytest.raises(ValidationError):
        services.withdraw_correction(correction=asked, by=cast.teacher, comment=" ")
    services.withdraw_correction(correction=asked, by=cast.teacher, comment="Đã tìm thấy bài gốc.")
    forget_actor()
    assert CorrectionRequest.objects.get().state == State.WITHDRAWN
    assert events(maths)[-1]["op"] == "CORR_OFF"
    with pytest.raises(TransitionDenied):
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)


def test_what_was_sent_is_never_deleted(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    services.edit_correction(correction=asked, by=cast.teacher)
    asked.refresh_from_db()
    with pytest.raises(TransitionDenied, match="không xóa được"):
        services.discard_correction(correction=asked, by=cast.teacher)
    act_as(cast.teacher)
    assert refused(lambda: execute("DELETE FROM gradebook_correctionrequest WHERE id = %s", asked.pk)) is not None


# --- two persons -----------------------------------------------------------------------------------------
def test_nobody_approves_their_own(maths, school, cast, closed):
    """G8: also a leader who teaches."""
    TeachingAssignment.objects.create(
        teacher=cast.vice_principal,
        class_subject=maths.class_subject,
        decision=school.decision,
        valid_from=school.year.starts_on,
    )
    leader = again(cast.vice_principal)
    asked = sent(maths, leader)
    for step in (services.approve_correction, services.return_correction, services.reject_correction):
        with pytest.raises(TransitionDenied, match="không thể tự duyệt"):
            step(correction=asked, revision=1, by=leader, comment="được")
    assert code_of(maths) == "5.7"
    services.approve_correction(correction=asked, revision=1, by=cast.principal)
    assert code_of(maths) == "7.5"


def test_nobody_approves_for_the_person_who_asks(maths, cast, school, closed):
    """G8: a leader who teaches asks, and their own delegate would approve."""
    TeachingAssignment.objects.filter(class_subject=maths.class_subject).update(teacher=cast.principal)
    principal = again(cast.principal)
    asked = sent(maths, principal)
    delegate = acting(cast.other_teacher, delegation(principal, cast.other_teacher, school.decision))
    with pytest.raises(TransitionDenied, match="ủy quyền"):
        services.approve_correction(correction=asked, revision=1, by=delegate)
    assert code_of(maths) == "5.7"


def test_a_delegate_approves_and_both_names_stand(maths, cast, school, closed):
    """A5: what a delegate does shows both names, in the history, in the ledger, on the petition."""
    asked = sent(maths, cast.teacher)
    delegate = acting(cast.other_teacher, delegation(cast.principal, cast.other_teacher, school.decision))
    services.approve_correction(correction=asked, revision=1, by=delegate)
    assert code_of(maths) == "7.5"
    asked.refresh_from_db()
    assert (asked.decided_by, asked.decided_for) == (cast.other_teacher, cast.principal)
    step = asked.transitions.get(step="approve")
    assert (step.by, step.on_behalf_of) == (cast.other_teacher, cast.principal)
    [told] = [event for event in events(maths) if event["op"] == "CORR_OK"]
    assert (told["by"], told["for"]) == (cast.other_teacher.pk, cast.principal.pk)


def test_a_delegate_without_the_mode_decides_nothing(maths, cast, school, closed):
    asked = sent(maths, cast.teacher)
    delegation(cast.principal, cast.other_teacher, school.decision)
    with pytest.raises(TransitionDenied, match="Phó Hiệu trưởng hoặc Hiệu trưởng"):
        services.approve_correction(correction=asked, revision=1, by=again(cast.other_teacher))


def test_second_account_of_the_same_person_is_refused(maths, cast, closed):
    """One personal number stands for one natural person; an account without one decides nothing."""
    asked = sent(maths, cast.teacher)
    StaffProfile.objects.filter(user=cast.vice_principal).update(personal_number=None)
    with pytest.raises(TransitionDenied, match="số định danh"):
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)


@pytest.mark.parametrize("who", ["teacher", "other_teacher", "homeroom_teacher", "subject_head", "it_staff", "parent"])
def test_only_leaders_decide(maths, cast, closed, who):
    asked = sent(maths, cast.teacher)
    for step in (services.approve_correction, services.return_correction, services.reject_correction):
        with pytest.raises(TransitionDenied):
            step(correction=asked, revision=1, by=getattr(cast, who), comment="được")


# --- the verdict -----------------------------------------------------------------------------------------
def test_verdict_on_an_older_version_is_refused(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    services.edit_correction(correction=asked, by=cast.teacher)
    asked.refresh_from_db()
    services.save_correction(
        correction=asked,
        values={asked.items.get().pk: "9"},
        by=cast.teacher,
        reason="typo",
        explanation="Thật ra là 9.",
        addressed_to=None,
    )
    services.submit_correction(correction=asked, by=cast.teacher)
    with pytest.raises(TransitionDenied, match="đã thay đổi"):
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    services.approve_correction(correction=asked, revision=2, by=cast.vice_principal)
    assert code_of(maths) == "9"


@pytest.mark.parametrize("step", ["return", "reject"])
def test_return_and_reject_need_a_reason(maths, cast, closed, step):
    asked = sent(maths, cast.teacher)
    service = {"return": services.return_correction, "reject": services.reject_correction}[step]
    with pytest.raises(ValidationError):
        service(correction=asked, revision=1, by=cast.vice_principal, comment="")
    decided = service(correction=asked, revision=1, by=cast.vice_principal, comment="Ảnh chưa thấy rõ điểm.")
    assert decided.state == {"return": State.RETURNED, "reject": State.REJECTED}[step]
    assert code_of(maths) == "5.7"
    message = OutboxMessage.objects.get(kind=f"correction.{decided.state}")
    assert (message.recipients, message.context["comment"]) == ([cast.teacher.pk], "Ảnh chưa thấy rõ điểm.")


def test_returned_keeps_its_number_and_is_sent_again(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    services.return_correction(correction=asked, revision=1, by=cast.vice_principal, comment="Ảnh mờ.")
    asked.refresh_from_db()
    again_ = services.submit_correction(correction=asked, by=cast.teacher)
    assert (again_.number, again_.revision, again_.decided_by) == (1, 2, None)
    services.approve_correction(correction=again_, revision=2, by=cast.principal)
    assert code_of(maths) == "7.5"


def test_cell_that_changed_meanwhile_is_not_overwritten(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    services.open_exception(
        column=closed, until=timezone.now() + timedelta(hours=1), reason="ốm", by=cast.vice_principal
    )
    type_into(maths, "GK", "6", cast.teacher, version=1)
    with pytest.raises(TransitionDenied, match="đã đổi"):
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    assert (code_of(maths), CorrectionRequest.objects.get().state) == ("6", State.SUBMITTED)


def test_sending_again_what_was_decided_is_refused_in_words(maths, cast, closed):
    """Also when the cell has changed since: the step is checked before anything of the petition is touched."""
    asked = sent(maths, cast.teacher)
    services.reject_correction(correction=asked, revision=1, by=cast.vice_principal, comment="Bài ghi 5,7.")
    services.open_exception(
        column=closed, until=timezone.now() + timedelta(hours=1), reason="ốm", by=cast.vice_principal
    )
    type_into(maths, "GK", "6", cast.teacher, version=1)
    with pytest.raises(TransitionDenied):
        services.submit_correction(correction=CorrectionRequest.objects.get(), by=cast.teacher)


def test_batch_is_approved_after_its_sample_was_opened(maths, cast, closed, school):
    PolicyVersion.objects.create(
        key="gradebook.correction_sample", value="2", decision=school.decision, set_by=cast.it_staff
    )
    asked = sent(maths, cast.teacher, pupils=(0, 1, 2, 3))
    from gradebook.selectors.corrections import unopened_sample

    drawn = unopened_sample(asked, cast.vice_principal)
    assert len(drawn) == 2
    with pytest.raises(TransitionDenied, match="mở xem"):
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    for item in drawn:
        services.look_at_item(item=item, by=cast.vice_principal)
    services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    assert code_of(maths, 3) == "7.5"


def test_looks_of_another_reviewer_or_version_do_not_count(maths, cast, closed, school):
    PolicyVersion.objects.create(
        key="gradebook.correction_sample", value="1", decision=school.decision, set_by=cast.it_staff
    )
    asked = sent(maths, cast.teacher, pupils=(0, 1))
    for item in asked.items.all():
        services.look_at_item(item=item, by=cast.principal)
    with pytest.raises(TransitionDenied):
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    services.edit_correction(correction=asked, by=cast.teacher)
    asked.refresh_from_db()
    services.submit_correction(correction=asked, by=cast.teacher)
    asked.refresh_from_db()
    with pytest.raises(TransitionDenied, match="mở xem"):
        services.approve_correction(correction=asked, revision=2, by=cast.principal)


# --- by hand ------------------------------------------------------------------------------------------------
@pytest.fixture
def by_hand(school, cast):
    return PolicyVersion.objects.create(
        key="gradebook.corrections_by_hand", value="1", decision=school.decision, set_by=cast.it_staff
    )


def test_administrator_confirms_and_types_nothing(maths, cast, closed, by_hand):
    """G9 by hand: approved is not yet written; the administrator's confirmation writes it."""
    asked = sent(maths, cast.teacher)
    approved = services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    assert (approved.state, code_of(maths)) == (State.APPROVED, "5.7")
    assert OutboxMessage.objects.get(kind="correction.to_confirm").recipients == [cast.it_staff.pk]
    for who in ("teacher", "vice_principal", "principal"):
        with pytest.raises(PermissionDenied):
            services.confirm_correction(correction=approved, by=getattr(cast, who))
    done = services.confirm_correction(correction=approved, by=cast.it_staff)
    assert (done.state, done.confirmed_by, code_of(maths)) == (State.APPLIED, cast.it_staff, "7.5")


def test_editing_after_the_approval_cancels_it(maths, cast, closed, by_hand):
    asked = sent(maths, cast.teacher)
    services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    services.edit_correction(correction=asked, by=cast.teacher)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (State.DRAFT, None)
    with pytest.raises(TransitionDenied):
        services.confirm_correction(correction=asked, by=cast.it_staff)
    assert code_of(maths) == "5.7"


# --- the database itself --------------------------------------------------------------------------------------
def execute(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def write(asked, **change):
    """The change as raw SQL under the petition's name."""
    act_as(asked.decided_by or asked.requested_by, correction=asked.pk)
    item = asked.items.get()
    execute(
        "UPDATE gradebook_score SET code = %s WHERE column_id = %s AND student_id = %s",
        change.get("code", item.new_code),
        item.column_id,
        change.get("student", item.student_id),
    )


@pytest.fixture
def approved(maths, cast, closed, by_hand):
    found = services.approve_correction(correction=sent(maths, cast.teacher), revision=1, by=cast.vice_principal)
    forget_actor()
    found.refresh_from_db()
    return found


def test_raw_write_needs_an_approved_petition(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    assert refused(lambda: write(asked)) == GB.NOT_APPROVED
    assert code_of(maths) == "5.7"


@pytest.mark.parametrize("change", [{"code": "8"}, {"code": ""}, {"student": "other"}])
def test_raw_write_of_anything_else_is_refused(maths, cast, approved, change):
    if change.get("student"):
        change = {"student": pupils_of(maths)[1].pk}
    assert refused(lambda: write(approved, **change)) == GB.NOT_APPROVED


def test_approval_is_used_once(maths, cast, approved):
    assert refused(lambda: write(approved)) is None
    act_as(cast.vice_principal, correction=approved.pk)
    for code in ("5.7", "7.5"):
        assert refused(lambda code=code: write(approved, code=code)) in {GB.NOT_APPROVED, None}
    assert code_of(maths) == "7.5"
    assert len(events(maths, "CORRECT")) == 1


STEPS = {
    "approve without being asked": "UPDATE gradebook_correctionrequest SET state = 'approved', revision = revision + 1 WHERE id = %s",
    "skip the approval": "UPDATE gradebook_correctionrequest SET state = 'applied', applied_at = now() WHERE id = %s",
    "move to another book": "UPDATE gradebook_correctionrequest SET gradebook_id = gradebook_id + 1 WHERE id = %s",
    "another requester": "UPDATE gradebook_correctionrequest SET requested_by_id = decided_by_id + 1 WHERE id = %s",
    "another explanation": "UPDATE gradebook_correctionrequest SET explanation = 'x' WHERE id = %s",
    "another number": "UPDATE gradebook_correctionrequest SET number = 99 WHERE id = %s",
    "another value": "UPDATE gradebook_correctionitem SET new_code = '10' WHERE request_id = %s",
    "used without being written": "UPDATE gradebook_correctionitem SET applied_at = now() WHERE request_id = %s",
    "one more cell": "INSERT INTO gradebook_correctionitem (request_id, column_id, student_id, old_code, old_makeup, new_code,"
    " new_makeup) SELECT request_id, column_id, student_id + 1, '', false, '10', false FROM gradebook_correctionitem"
    " WHERE request_id = %s",
    "without its evidence": "DELETE FROM gradebook_evidence WHERE request_id = %s",
    "deleted": "DELETE FROM gradebook_correctionitem WHERE request_id = %s",
    "its history": "UPDATE gradebook_correctiontransition SET comment = 'x' WHERE request_id = %s",
}


@pytest.mark.parametrize("sql", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_raw_changes_of_a_sent_petition_are_refused(maths, cast, closed, by_hand, sql, state):
    asked = sent(maths, cast.teacher)
    if state == "approved":
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)
    act_as(cast.principal)
    assert refused(lambda: execute(sql, asked.pk)) is not None


def verdict(asked, by, **more):
    """An approval written by hand, with everything that the application would write."""
    values = {"decided_by": by, "decided_at": timezone.now(), "decided_revision": asked.revision, **more}
    CorrectionRequest.objects.filter(pk=asked.pk).update(state="approved", **values)


def test_raw_approval_by_hand_of_the_requester_is_refused(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    act_as(cast.teacher)
    assert refused(lambda: verdict(asked, cast.teacher)) is not None
    # In the name of a leader, by whoever is acting: the row must say who acts.
    assert refused(lambda: verdict(asked, cast.vice_principal)) == GB.WRONG_STEP
    act_as(cast.vice_principal, on_behalf_of=cast.teacher)
    assert refused(lambda: verdict(asked, cast.vice_principal, decided_for=cast.teacher)) is not None


def test_raw_approval_without_a_personal_number_is_refused(maths, cast, closed):
    """A second account has no staff record of its own: the number is unique."""
    asked = sent(maths, cast.teacher)
    StaffProfile.objects.filter(user=cast.principal).delete()
    act_as(cast.principal)
    assert refused(lambda: verdict(asked, cast.principal)) == GB.WRONG_STEP


def test_raw_approval_of_an_older_version_is_refused(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    act_as(cast.principal)
    assert refused(lambda: verdict(asked, cast.principal, decided_revision=7)) is not None


def test_nobody_acts_without_a_name(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    forget_actor()
    assert refused(lambda: verdict(asked, cast.principal)) == GB.NOBODY


def test_closed_year_takes_no_correction(maths, school, cast, closed):
    asked = sent(maths, cast.teacher)
    type(school.year).objects.filter(pk=school.year.pk).update(closed_at=timezone.now(), closed_by=cast.principal)
    with pytest.raises(DatabaseError), transaction.atomic():
        services.approve_correction(correction=asked, revision=1, by=cast.vice_principal)


def test_correction_into_another_column_of_the_book_is_refused(maths, cast, closed, approved):
    act_as(cast.vice_principal, correction=approved.pk)
    other = ScoreColumn.objects.filter(gradebook=maths).exclude(pk=closed.pk).first()
    item = approved.items.get()
    assert (
        refused(
            lambda: Score.objects.create(
                column=other, student=item.student, code="7.5", entered_by=cast.teacher, entered_at=timezone.now()
            )
        )
        == GB.NOT_APPROVED
    )
