"""Hôm nay, sign-in, health: what people meet first."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts import services as account_services
from gradebook import services
from gradebook.models import LockRule
from schoolops.lib.models import Heartbeat
from tests.gradebook.test_services import save
from tests.support import column

BACKEND = "accounts.backends.SignInBackend"


def page_of(client, user, url="/today/"):
    client.force_login(user, BACKEND)
    return client.get(url).content.decode()


@pytest.fixture
def closing(school, maths, cast):
    """The mid-term of grade 7 closes in two days."""
    rule = LockRule(term=school.term, grade=7, kind="GK", closes_at=timezone.now() + timedelta(days=2))
    services.publish_rules(rules=[services.draft_rule(rule=rule, by=cast.vice_principal)], by=cast.vice_principal)
    return column(maths, "GK")


def test_teacher_sees_what_is_due_with_the_exact_place(client, cast, maths, closing):
    page = page_of(client, cast.teacher)
    assert "Thiếu 5/5 điểm" in page
    assert f"{reverse('gradebook:gradebook_detail', args=[maths.pk])}?column={closing.pk}" in page
    assert "Ngữ văn" not in page


def test_done_is_quiet(client, cast, maths, closing, books):
    for book in (maths, books["GDTC 7A1"]):
        texts = ["đ"] * 5 if book != maths else ["7", "8", "V", "9", "K"]
        save(book, cast.teacher, "GK", *texts)
    assert "Hôm nay không có việc đến hạn." in page_of(client, cast.teacher)


def test_leader_sees_figures_drafts_and_the_late(client, cast, school, maths, closing):
    late = LockRule(term=school.term, grade=7, kind="TX", ordinal=1, closes_at=timezone.now() - timedelta(days=2))
    services.publish_rules(rules=[services.draft_rule(rule=late, by=cast.principal)], by=cast.principal)
    services.draft_rule(
        rule=LockRule(term=school.term, closes_at=timezone.now() + timedelta(days=9)), by=cast.vice_principal
    )
    page = page_of(client, cast.vice_principal)
    assert "1 mốc nháp chưa công bố" in page
    assert "Quá hạn lâu nhất" in page
    assert "thiếu 5/5 điểm" in page


def test_it_sees_new_incidents_and_unopened_books(client, cast, school):
    account_services.report_incident(text="Máy chậm", page="", device="", by=cast.teacher)
    page = page_of(client, cast.it_staff)
    assert "1 sự cố chưa có người nhận" in page
    assert "6 lớp – môn chưa có sổ" in page


def test_stranger_has_an_empty_day_and_no_menu_of_others(client, cast, maths, closing):
    page = page_of(client, cast.stranger)
    assert "Hôm nay không có việc đến hạn." in page
    assert "/admin/" not in page
    assert reverse("gradebook:lock_calendar") not in page


@pytest.mark.parametrize("login", ["teacher", "0900000001", "0900 000 001", "0900.000.001"])
def test_sign_in_by_name_or_phone(client, cast, login):
    cache.clear()
    cast.teacher.phone = "0900000001"
    cast.teacher.save()
    response = client.post("/login/", {"login": login, "password": "mat-khau-dai"})
    assert response.status_code == 302
    assert response.url == "/today/"


@pytest.mark.parametrize(("login", "password"), [("teacher", "sai"), ("khong-co", "mat-khau-dai"), ("0900000009", "x")])
def test_unknown_and_wrong_read_the_same(client, cast, login, password):
    cache.clear()
    page = client.post("/login/", {"login": login, "password": password}).content.decode()
    assert "chưa khớp" in page or "không" in page
    cache.clear()
    other = client.post("/login/", {"login": "teacher", "password": "khac"}).content.decode()
    assert len(page) - len(login) == pytest.approx(len(other) - len("teacher"), abs=200)


def test_closed_account_does_not_sign_in(client, cast):
    cache.clear()
    cast.teacher.is_active = False
    cast.teacher.save()
    client.post("/login/", {"login": "teacher", "password": "mat-khau-dai"})
    assert client.get("/today/").status_code == 302


def test_nobody_signs_up(client, db):
    assert client.get("/signup/").status_code == 404


def test_private_pages_are_kept_by_no_cache(client, cast):
    client.force_login(cast.teacher, BACKEND)
    response = client.get("/today/")
    assert "no-store" in response["Cache-Control"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Content-Security-Policy"].count("default-src 'none'") == 1


def test_ready_says_what_is_missing(client, db, settings):
    state = client.get("/readyz").json()
    assert state["database"]
    assert state["storage"]
    assert not state["worker"]
    Heartbeat.objects.create(name="worker", seen_at=timezone.now())
    assert client.get("/readyz").json()["worker"]
    assert client.get("/healthz").content == b"ok"


def test_language_of_the_account_wins(client, cast):
    cast.teacher.language = "en"
    cast.teacher.save()
    assert '<html lang="en">' in page_of(client, cast.teacher)
    client.post("/me/", {"language": "vi", "quick_entry": "on"})
    assert '<html lang="vi">' in client.get("/today/").content.decode()


def test_powers_in_words_name_the_decision(client, cast):
    page = page_of(client, cast.teacher, "/me/")
    assert "Nhập điểm (Toán – 7A1), theo quyết định 12/QĐ-THCS" in page
