"""Chính sách: typed, explained, changed by decision, never rewritten; what the documents lay down (A4, A6)."""

import re
import threading
from contextlib import closing

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from accounts import permissions, services
from accounts.models import Decision, PolicyVersion
from accounts.policies import IDLE_MINUTES, value_of
from accounts.selectors import policies
from gradebook.policies import CORRECTIONS_BY_HAND, corrections_by_hand
from registry.policies import MOVEMENTS_BY_CLASS, ROSTER_WEEK, STAFF_CHANGE_DAYS
from schoolops.lib.models import OutboxMessage
from schoolops.lib.policies import POLICIES, REGULATIONS
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, build_school, committed_database, password_given, until, waiting_for_locks

IDLE = "/policies/accounts.idle_minutes/"
NEW = {"known": "", "number": "51/QĐ-THCS", "issued_on": "20/11/2026", "signer": "Đỗ Thị Mai"}


def signed_in(user, minutes=0):
    """The password given again so many minutes ago; None: not yet."""
    client = Client()
    client.force_login(again(user), "accounts.backends.SignInBackend")
    if minutes is not None:
        password_given(client, user, minutes)
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def decide(school, by, values, seen=None):
    seen = policies.newest_version(values) if seen is None else seen
    return services.set_policies(values=values, seen=seen, decision=school.decision, by=by)


# --- what is declared -----------------------------------------------------------------------------------
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_every_policy_is_typed_explained_and_says_its_values(policy):
    assert policy.label
    assert policy.help
    assert policy.clause
    for value in (policy.default, *policy.laid_down.values()):
        assert policy.read(policy.written(value)) == value
        assert policy.in_words(value)
    assert {clause.split()[0] for clause in policy.laid_down} <= set(REGULATIONS)


def test_words_of_a_switch_and_of_a_number():
    assert (CORRECTIONS_BY_HAND.in_words(True), CORRECTIONS_BY_HAND.in_words(False)) == ("Có", "Không")
    assert IDLE_MINUTES.in_words(15) == "15 phút"
    assert ROSTER_WEEK.in_words(2) == "tuần 2"


# --- changing -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["principal", "vice_principal", "it_staff"])
def test_leaders_and_it_staff_record_a_change(school, cast, who):
    [made] = decide(school, getattr(cast, who), {"accounts.idle_minutes": 20})
    assert value_of(IDLE_MINUTES) == 20
    assert (made.decision, made.set_by) == (school.decision, getattr(cast, who))


def test_leaders_read_of_a_change_that_somebody_else_has_recorded(school, cast):
    decide(school, cast.it_staff, {"accounts.idle_minutes": 20})
    decide(school, cast.principal, {"accounts.idle_minutes": 25, "registry.roster_week": 3})
    one, two = OutboxMessage.objects.filter(kind="policy.changed").order_by("pk")
    assert set(one.recipients) == {cast.principal.pk, cast.vice_principal.pk}
    assert (one.url, one.context["count"]) == (IDLE, 1)
    assert two.recipients == [cast.vice_principal.pk]
    assert (two.url, two.context["count"]) == ("/policies/", 2)


@pytest.mark.parametrize("who", ["teacher", "subject_head", "homeroom_teacher", "parent"])
def test_others_change_nothing(school, cast, who):
    with pytest.raises(TransitionDenied, match="lãnh đạo"):
        decide(school, getattr(cast, who), {"accounts.idle_minutes": 20})


def test_it_staff_do_not_give_themselves_a_part(school, cast):
    """A6: who confirms corrections is not decided by those who would."""
    with pytest.raises(TransitionDenied, match="chính việc của quản trị"):
        decide(school, cast.it_staff, {"gradebook.corrections_by_hand": True})
    decide(school, cast.vice_principal, {"gradebook.corrections_by_hand": True})
    assert corrections_by_hand()
    assert permissions.set_policy_denial(again(cast.it_staff), CORRECTIONS_BY_HAND)


def test_what_was_on_the_page_is_what_is_changed(school, cast):
    decide(school, cast.principal, {"accounts.idle_minutes": 20})
    with pytest.raises(TransitionDenied, match="vừa đổi"):
        decide(school, cast.it_staff, {"accounts.idle_minutes": 30}, seen=0)
    assert value_of(IDLE_MINUTES) == 20


def test_the_same_value_is_no_change(school, cast):
    with pytest.raises(TransitionDenied, match="đang có hiệu lực"):
        decide(school, cast.principal, {"accounts.idle_minutes": 15})
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_web_neither_rewrites_nor_removes_a_version(school, cast, verb):
    """The database refuses, whatever the code does."""
    decide(school, cast.principal, {"accounts.idle_minutes": 20})
    rows = PolicyVersion.objects.all()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows.update(value="30") if verb == "update" else rows._raw_delete(rows.db)
    assert value_of(IDLE_MINUTES) == 20


def test_two_who_read_the_same_page_do_not_both_decide(worker_name, django_db_blocker):
    """Sabotage twin: without the turn both would write."""
    with committed_database(f"schoolops_policies_{worker_name}", django_db_blocker):
        school = build_school()
        answers: list[str] = []
        written = threading.Event()
        may_commit = threading.Event()

        def change(by, days: int, then=lambda: None) -> None:
            with closing(connection), transaction.atomic():
                try:
                    decide(school, again(by), {"accounts.idle_minutes": days}, seen=0)
                    answers.append("written")
                except TransitionDenied as denied:
                    answers.append(denied.reason)
                then()

        def hold() -> None:
            written.set()
            may_commit.wait(10)

        first = threading.Thread(target=change, args=(school.cast.principal, 20, hold))
        second = threading.Thread(target=change, args=(school.cast.it_staff, 30))
        first.start()
        assert written.wait(10)
        second.start()
        until(waiting_for_locks, seconds=4)
        may_commit.set()
        first.join(timeout=10)
        second.join(timeout=10)
        assert answers[0] == "written"
        assert "vừa đổi" in answers[1]
        assert list(PolicyVersion.objects.values_list("value", flat=True)) == ["20"]


# --- the pages ------------------------------------------------------------------------------------------
def test_the_list_says_value_default_clause_decision_and_who(school, cast):
    decide(school, cast.principal, {"accounts.idle_minutes": 20})
    shown = text(signed_in(cast.vice_principal).get("/policies/"))
    assert "20 phút" in shown
    assert (
        "theo quyết định 12/QĐ-THCS; cô Đỗ Thị Mai ghi" in shown
        or "theo quyết định 12/QĐ-THCS; Đỗ Thị Mai ghi" in shown
    )
    assert "Căn cứ: TCVN 14423:2026. Ban đầu: 15 phút." in shown
    assert shown.count("Giá trị ban đầu, trường chưa đổi.") == len(POLICIES) - 1
    for policy in POLICIES.values():
        assert str(policy.label) in shown


def test_the_list_asks_few_questions(school, cast, django_assert_max_num_queries):
    client = signed_in(cast.principal)
    client.get("/policies/")
    with django_assert_max_num_queries(12):
        client.get("/policies/")


def test_a_new_value_by_a_new_decision(school, cast):
    client = signed_in(cast.principal)
    assert client.post(IDLE, NEW | {"value": "20", "seen": "0"}).url == IDLE
    version = PolicyVersion.objects.get()
    assert (version.value, version.decision.number, version.decision.signer) == ("20", "51/QĐ-THCS", "Đỗ Thị Mai")
    assert version.decision.history.get().history_user == cast.principal
    client.post(IDLE, NEW | {"value": "30", "seen": str(version.pk)})
    assert Decision.objects.filter(number="51/QĐ-THCS").count() == 1
    page = text(client.get(IDLE))
    assert "Đổi cũ: 15 phút → mới: 20 phút" in page
    assert "Đổi cũ: 20 phút → mới: 30 phút" in page
    assert "Theo quyết định 51/QĐ-THCS ngày 20/11/2026, người ký: Đỗ Thị Mai." in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": "4"}, "Ghi một số từ 5 đến 120."),
        ({"value": "mười"}, "Ghi một số từ 5 đến 120."),
        ({"value": ""}, "Chọn hoặc ghi giá trị mới."),
        ({"value": "15"}, "đang có hiệu lực rồi"),
        ({"number": "", "issued_on": "", "signer": ""}, "Chọn quyết định đã có, hoặc ghi số"),
        ({"signer": ""}, "Quyết định mới cần đủ số, ngày ký, người ký."),
        ({"issued_on": "hôm qua"}, "Chưa đọc được ngày này."),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field_and_kept(school, cast, changes, words):
    typed = NEW | {"value": "20", "seen": "0"} | changes
    response = signed_in(cast.principal).post(IDLE, typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in text(response)
    for value in (typed["number"], typed["issued_on"], typed["value"]):
        assert not value or f'value="{value}"' in page
    assert not PolicyVersion.objects.exists()


def test_either_a_known_decision_or_a_new_one(school, cast):
    response = signed_in(cast.principal).post(IDLE, NEW | {"known": school.decision.pk, "value": "20", "seen": "0"})
    assert "không cả hai" in text(response)


def test_a_stale_page_shows_what_holds_and_can_then_be_sent(school, cast):
    decide(school, cast.vice_principal, {"accounts.idle_minutes": 30})
    client = signed_in(cast.principal)
    response = client.post(IDLE, NEW | {"value": "20", "seen": "0"})
    assert response.status_code == 422
    assert "vừa đổi" in text(response)
    [seen] = re.findall(r'name="seen" value="(\d+)"', response.content.decode())
    assert client.post(IDLE, NEW | {"value": "20", "seen": seen}).status_code == 302
    assert value_of(IDLE_MINUTES) == 20


def test_a_change_asks_for_the_password(school, cast):
    asked = signed_in(cast.principal, minutes=None).post(IDLE, NEW | {"value": "20", "seen": "0"})
    assert asked.url.startswith("/reauthenticate/")
    assert not PolicyVersion.objects.exists()


def test_it_staff_read_what_a_leader_decides(school, cast):
    page = text(signed_in(cast.it_staff).get("/policies/gradebook.corrections_by_hand/"))
    assert "chính việc của quản trị hệ thống" in page
    assert "Ghi giá trị mới" not in page


@pytest.mark.parametrize("address", ["/policies/gradebook.nothing/", "/policies/by-document/XX/"])
def test_what_is_not_declared_is_not_there(school, cast, address):
    assert signed_in(cast.principal).get(address).status_code == 404


# --- by document ----------------------------------------------------------------------------------------
def test_a_document_is_shown_as_what_differs(school, cast):
    decide(school, cast.principal, {STAFF_CHANGE_DAYS.key: 7})
    found = policies.preset("PH", policies.standings())
    assert {(demand.standing.policy.key, demand.clause) for demand in found.differences} == {
        (STAFF_CHANGE_DAYS.key, "PH 1.1c"),
        (MOVEMENTS_BY_CLASS.key, "PH 1.1a"),
    }
    page = text(signed_in(cast.principal).get("/policies/by-document/PH/"))
    assert "cũ: 7 ngày làm việc → mới: 5 ngày làm việc" in page


def test_a_document_is_taken_over_by_one_decision(school, cast):
    client = signed_in(cast.it_staff)
    old = decide(school, cast.principal, {STAFF_CHANGE_DAYS.key: 7})
    response = client.post("/policies/by-document/PH/", NEW | {"seen": str(old[0].pk)})
    assert response.url == "/policies/"
    assert value_of(STAFF_CHANGE_DAYS) == 5
    assert value_of(MOVEMENTS_BY_CLASS) is True
    made = PolicyVersion.objects.exclude(pk=old[0].pk)
    assert {version.decision.number for version in made} == {"51/QĐ-THCS"}
    assert "Không có gì phải đổi" in text(client.get("/policies/by-document/PH/"))


def test_it_staff_do_not_take_over_what_gives_them_a_part(school, cast):
    client = signed_in(cast.it_staff)
    assert client.post("/policies/by-document/QT/", NEW | {"seen": "0"}).status_code == 403
    assert signed_in(cast.principal).post("/policies/by-document/QT/", NEW | {"seen": "0"}).status_code == 302
    assert corrections_by_hand()


def test_a_stale_document_page_changes_nothing(school, cast):
    decide(school, cast.principal, {STAFF_CHANGE_DAYS.key: 7})
    response = signed_in(cast.principal).post("/policies/by-document/PH/", NEW | {"seen": "0"})
    assert response.status_code == 422
    assert value_of(STAFF_CHANGE_DAYS) == 7


def test_a_document_that_names_no_value_has_nothing_to_take_over(school, cast):
    page = text(signed_in(cast.principal).get("/policies/by-document/CG/"))
    assert "Không có gì phải đổi" in page
