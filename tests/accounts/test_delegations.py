"""Ủy quyền: by decision, dated, not passed on, gone with the giver's right, both names in every record (A5)."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import permissions, services
from accounts.models import Decision, Delegation, Grant, User
from accounts.roles import DELEGABLE, PERMISSIONS, Role
from gradebook import services as book_services
from gradebook.models import CorrectionRequest, LockRule
from gradebook.permissions import visible_corrections, visible_gradebooks
from messaging.models import Notification
from registry.models import SchoolClass
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.gradebook.test_correction_pages import leader
from tests.gradebook.test_corrections import sent
from tests.gradebook.test_guard import close, type_into
from tests.support import acting, again, column, delegation, forget_actor, grant

DECIDE, LOCKS = "gradebook.decide_correction", "gradebook.set_locks"


def built(cast, **changes):
    """A delegation as its form makes it, and its decision."""
    now = timezone.now()
    values = {
        "person": cast.other_teacher,
        "duties": ["corrections"],
        "starts_at": now,
        "ends_at": now + timedelta(days=3),
    }
    decision = Decision(number="31/QĐ-UQ", issued_on=timezone.localdate(), signer="Hiệu trưởng")
    return Delegation(**(values | changes)), decision


def give(cast, by, **changes):
    delegated, decision = built(cast, **changes)
    return services.give_delegation(delegation=delegated, decision=decision, by=by)


@pytest.fixture
def asked(maths, cast):
    """A petition that waits for a verdict."""
    type_into(maths, "GK", "5,7", cast.teacher)
    close(maths, "GK", by=cast.vice_principal)
    return sent(maths, cast.teacher)


# --- giving -----------------------------------------------------------------------------------------
def test_a_leader_delegates_by_decision(cast):
    given = give(cast, again(cast.principal))
    assert (given.giver, given.decision.number) == (cast.principal, "31/QĐ-UQ")
    assert Decision.history.filter(number="31/QĐ-UQ").get().history_user == cast.principal
    [message] = OutboxMessage.objects.filter(kind="delegation.given")
    assert message.recipients == [cast.other_teacher.pk]


def test_a_known_decision_is_taken(cast, school):
    delegated, _ = built(cast)
    same = Decision(number=school.decision.number, issued_on=school.decision.issued_on, signer="ai khác")
    services.give_delegation(delegation=delegated, decision=same, by=again(cast.principal))
    assert delegated.decision == school.decision


@pytest.mark.parametrize("name", ["teacher", "it_staff", "subject_head", "homeroom_teacher", "parent"])
def test_only_leaders_delegate(cast, name):
    with pytest.raises(TransitionDenied, match="lãnh đạo"):
        give(cast, again(getattr(cast, name)))
    assert not Delegation.objects.exists()


def test_what_was_delegated_is_not_passed_on(cast, school):
    delegate = acting(cast.other_teacher, delegation(cast.principal, cast.other_teacher, school.decision))
    assert delegate.has_perm(DECIDE)
    with pytest.raises(TransitionDenied, match="lãnh đạo"):
        give(cast, delegate, person=cast.subject_head)


def test_nobody_delegates_to_themselves(cast, school):
    with pytest.raises(TransitionDenied, match="chính mình"):
        give(cast, again(cast.principal), person=cast.principal)
    with pytest.raises(IntegrityError), transaction.atomic():
        delegation(cast.principal, cast.principal, school.decision)


def test_only_duties_that_one_holds_over_the_whole_scope(cast, school):
    """A leader of one grade cannot delegate over the school."""
    Grant.objects.filter(person=cast.vice_principal).update(scope_kind="grade", scope_id=7)
    with pytest.raises(TransitionDenied, match="chính mình đang giữ"):
        give(cast, again(cast.vice_principal))
    assert give(cast, again(cast.vice_principal), grade=7).scope_label == "Khối 7"


@pytest.mark.parametrize("name", ["parent", "stranger"])
def test_delegates_work_here_and_are_one_person(cast, name):
    with pytest.raises(TransitionDenied, match="số định danh"):
        give(cast, again(cast.principal), person=getattr(cast, name))


def test_it_staff_act_for_nobody(cast, school):
    """A6: whoever hands out rights does not decide under one, not even when the duty came later."""
    with pytest.raises(TransitionDenied, match="quản trị hệ thống"):
        give(cast, again(cast.principal), person=cast.it_staff)
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    assert acting(cast.other_teacher, given).has_perm(DECIDE)
    grant(cast.other_teacher, Role.IT_STAFF, school.decision, by=cast.it_staff)
    assert not acting(cast.other_teacher, given).has_perm(DECIDE)


def test_dates_are_checked(cast):
    now = timezone.now()
    for bounds in (
        {"ends_at": now - timedelta(minutes=1), "starts_at": now - timedelta(days=1)},
        {"ends_at": now - timedelta(days=2)},
    ):
        with pytest.raises(ValidationError):
            give(cast, again(cast.principal), **bounds)


def test_score_entry_is_never_delegated():
    """G1: a substitute is a dated assignment."""
    held = frozenset().union(*DELEGABLE.values())
    assert "gradebook.enter_scores" not in held
    assert held <= PERMISSIONS[Role.PRINCIPAL]
    assert not {"accounts.delegate", "accounts.confirm_grant"} & held


# --- what it gives ----------------------------------------------------------------------------------
def test_it_gives_nothing_until_one_acts_under_it(cast, school):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    assert not again(cast.other_teacher).has_perm(DECIDE)
    delegate = acting(cast.other_teacher, given)
    assert delegate.has_perm(DECIDE)
    assert not delegate.has_perm(LOCKS)
    assert not delegate.has_perm("accounts.confirm_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": timedelta(minutes=1), "ends_at": timedelta(days=1)},
        {"starts_at": timedelta(days=-2), "ends_at": timedelta(seconds=-1)},
    ],
    ids=["before", "after"],
)
def test_it_holds_between_its_moments_only(cast, school, changes):
    now = timezone.now()
    given = delegation(
        cast.principal, cast.other_teacher, school.decision, **{key: now + offset for key, offset in changes.items()}
    )
    assert not acting(cast.other_teacher, given).has_perm(DECIDE)


def test_it_dies_with_the_givers_right(cast, school):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    Grant.objects.filter(person=cast.principal).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert not acting(cast.other_teacher, given).has_perm(DECIDE)


def test_it_dies_with_the_givers_account(cast, school):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    User.objects.filter(pk=cast.principal.pk).update(is_active=False)
    delegate = acting(cast.other_teacher, given)
    assert not delegate.has_perm(DECIDE)
    assert not visible_corrections(delegate).exists()


def test_another_person_cannot_act_under_it(cast, school):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    assert not acting(cast.teacher, given).has_perm(DECIDE)


def test_scope_limits_objects_and_lists(cast, school, maths, asked):
    """A grade is a grade: another grade's petitions are neither seen nor decided."""
    given = delegation(cast.principal, cast.subject_head, school.decision, grade=6)
    Grant.objects.filter(person=cast.subject_head).update(valid_until=timezone.localdate() - timedelta(days=1))
    delegate = acting(cast.subject_head, given)
    assert not visible_corrections(delegate).exists()
    assert not visible_gradebooks(delegate).exists()
    with pytest.raises(TransitionDenied):
        book_services.approve_correction(correction=asked, revision=1, by=delegate)
    Delegation.objects.update(grade=7)
    delegate = acting(cast.subject_head, given)
    assert visible_corrections(delegate).get() == asked
    assert book_services.approve_correction(correction=asked, revision=1, by=delegate).state == "applied"


def test_locks_under_delegation_keep_to_the_grade(cast, school, maths):
    given = delegation(cast.principal, cast.other_teacher, school.decision, "locks", grade=7)
    delegate = acting(cast.other_teacher, given)
    window = {"term": maths.term, "kind": "GK", "closes_at": timezone.now() + timedelta(days=1)}
    with pytest.raises(PermissionDenied, match="phạm vi"):
        book_services.draft_rule(rule=LockRule(**window), by=delegate)
    rule = book_services.draft_rule(rule=LockRule(**window, grade=7), by=delegate)
    book_services.publish_rules(rules=[rule], by=delegate)
    forget_actor()
    step = rule.transitions.get()
    assert (step.by, step.on_behalf_of) == (cast.other_teacher, cast.principal)
    of_a_class = LockRule(**window, school_class=SchoolClass.objects.get(name="7A1"))
    assert book_services.draft_rule(rule=of_a_class, by=delegate).pk


def test_an_exception_under_delegation_is_not_for_ones_own_book(cast, school, maths):
    close(maths, "GK", by=cast.vice_principal)
    delegate = acting(cast.teacher, delegation(cast.principal, cast.teacher, school.decision, "locks"))
    with pytest.raises(PermissionDenied, match="sổ của mình"):
        book_services.open_exception(
            column=column(maths, "GK"), until=timezone.now() + timedelta(hours=1), reason="ốm", by=delegate
        )


def test_requester_and_delegate_are_two_people_in_the_database(cast, school, asked):
    """Two-person rule: acting for a leader, the person who asked still cannot approve."""
    delegate = acting(cast.teacher, delegation(cast.principal, cast.teacher, school.decision))
    with pytest.raises(TransitionDenied, match="tự duyệt"):
        book_services.approve_correction(correction=asked, revision=1, by=delegate)


# --- ending -----------------------------------------------------------------------------------------
def test_giver_and_principal_end_it(cast, school):
    for by in (cast.vice_principal, cast.principal):
        given = delegation(cast.vice_principal, cast.other_teacher, school.decision)
        services.end_delegation(delegation=given, by=again(by))
        given.refresh_from_db()
        assert given.ended_by == by
        assert not acting(cast.other_teacher, given).has_perm(DECIDE)
        with pytest.raises(TransitionDenied, match="đã kết thúc"):
            services.end_delegation(delegation=given, by=again(by))


def test_others_do_not_end_it(cast, school):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    for name in ("teacher", "it_staff", "vice_principal", "other_teacher"):
        with pytest.raises(TransitionDenied):
            services.end_delegation(delegation=given, by=again(getattr(cast, name)))


# --- in the browser's session -----------------------------------------------------------------------
@pytest.fixture
def delegate_client(cast):
    client = Client()
    client.login(username="other_teacher", password="mat-khau-dai")
    return client


def start(client, given):
    """Begin to act; the password is asked first."""
    asked = client.post(reverse("accounts:delegation_act", args=[given.pk]))
    assert asked.url.startswith("/reauthenticate/")
    return client.post(asked.url, {"password": "mat-khau-dai"}, follow=True)


def test_acting_shows_a_banner_and_ends_at_its_minute(cast, school, delegate_client, asked):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    start(delegate_client, given)
    page = delegate_client.get("/today/").content.decode()
    assert "Đang thực hiện thay Đỗ Thị Mai" in page
    assert "12/QĐ-THCS" in page
    address = reverse("gradebook:correction_detail", args=[asked.pk])
    assert delegate_client.get(address).status_code == 200
    # No worker, no beat: the next request asks the clock.
    Delegation.objects.update(starts_at=timezone.now() - timedelta(days=2), ends_at=timezone.now())
    assert delegate_client.get(address).status_code == 404
    assert "Đang thực hiện thay" not in delegate_client.get("/today/").content.decode()


def test_leaving_gives_the_duties_back(cast, school, delegate_client):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    start(delegate_client, given)
    delegate_client.post(reverse("accounts:delegation_leave"))
    page = delegate_client.get("/today/").content.decode()
    assert "Đang thực hiện thay" not in page
    assert "Được ủy quyền thay cô Mai" in page


def test_what_is_over_is_not_begun(cast, school, delegate_client):
    given = delegation(cast.principal, cast.other_teacher, school.decision)
    services.end_delegation(delegation=given, by=again(cast.principal))
    page = start(delegate_client, given).content.decode()
    assert "Ủy quyền này không còn hoặc chưa có hiệu lực." in page
    assert "Đang thực hiện thay" not in delegate_client.get("/today/").content.decode()


def test_the_form_gives_and_says_what_is_wrong(cast, school):
    client = leader(Client(), cast.principal)
    url = reverse("accounts:delegation_new")
    body = {
        "person": cast.other_teacher.pk,
        "duties": ["corrections", "locks"],
        "starts_at": "21/11/2026 07:00",
        "ends_at": f"{timezone.localtime() + timedelta(days=5):%d/%m/%Y %H:%M}",
        "number": "31/QĐ-UQ",
        "issued_on": "05/09/2026",
        "signer": "Đỗ Thị Mai",
    }
    wrong = client.post(url, body | {"ends_at": "20/11/2026 07:00", "duties": []})
    shown = wrong.content.decode()
    assert wrong.status_code == 422
    assert "Giờ kết thúc phải sau giờ bắt đầu." in shown
    assert "Chọn ít nhất một nhiệm vụ." in shown
    assert client.post(url, body).status_code == 302
    given = Delegation.objects.get()
    # 05/09 is the fifth of September.
    assert (given.duties, given.decision.issued_on.isoformat()) == (["corrections", "locks"], "2026-09-05")


def test_a_leader_acts_for_another_leader_and_the_paper_says_so(cast, school, asked):
    delegate = acting(cast.vice_principal, delegation(cast.principal, cast.vice_principal, school.decision))
    book_services.approve_correction(correction=asked, revision=1, by=delegate)
    decided = CorrectionRequest.objects.get(pk=asked.pk)
    assert (decided.decided_by, decided.decided_for) == (cast.vice_principal, cast.principal)


def test_principal_sees_all_and_others_their_own(cast, school):
    given = delegation(cast.vice_principal, cast.other_teacher, school.decision)
    seen = {
        name: permissions.visible_delegations(again(getattr(cast, name))).filter(pk=given.pk).exists()
        for name in ("principal", "vice_principal", "other_teacher", "teacher", "it_staff")
    }
    assert seen == {
        "principal": True,
        "vice_principal": True,
        "other_teacher": True,
        "teacher": False,
        "it_staff": False,
    }
    assert not Notification.objects.exists()


def test_grants_of_a_role_are_as_before(cast, school):
    """The twin: without a delegation nobody holds more than their grants."""
    assert not again(cast.other_teacher).has_perm(DECIDE)
    grant(cast.other_teacher, Role.VICE_PRINCIPAL, school.decision, by=cast.it_staff, confirmer=cast.principal)
    assert again(cast.other_teacher).has_perm(DECIDE)
