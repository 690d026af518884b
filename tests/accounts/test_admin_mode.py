"""Chế độ quản trị: entered with the password, ends by itself, logged; what its pages let nobody do (A6, A8)."""

import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import admin_mode
from accounts.models import Grant, SecurityEvent, User
from accounts.roles import Role
from tests.support import again, client_of, enter_admin, grant, person

PASSWORD = "mat-khau-dai"


@pytest.fixture
def it(cast):
    client = Client()
    client.force_login(again(cast.it_staff), "accounts.backends.SignInBackend")
    return client


def logged(person) -> list[str]:
    kinds = [SecurityEvent.Kind.ADMIN_ENTERED, SecurityEvent.Kind.ADMIN_LEFT]
    found = SecurityEvent.objects.filter(person=person, kind__in=kinds).order_by("id")
    return list(found.values_list("kind", flat=True))


def answer(client, url="/admin/"):
    """What the person does when asked."""
    asked = client.get(url)
    assert asked.url.startswith("/reauthenticate/?next=")
    return client.post(asked.url, {"password": PASSWORD})


@pytest.fixture
def clock(monkeypatch):
    """Minutes that pass."""
    begun = admin_mode.now()
    passed = {"minutes": 0.0}
    monkeypatch.setattr(admin_mode, "now", lambda: begun + passed["minutes"] * 60)
    return passed


# --- entering and ending ----------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/admin/", "/admin/accounts/user/", "/admin/accounts/grant/add/", "/admin/jsi18n/"])
def test_every_page_asks_for_the_password_first(it, url):
    assert it.get(url).url.startswith("/reauthenticate/?next=")
    enter_admin(it)
    assert it.get(url).status_code == 200


def test_entered_with_the_password_and_logged(it, cast):
    assert answer(it, "/admin/accounts/user/").url == "/admin/accounts/user/"
    page = it.get("/admin/accounts/user/").content.decode()
    assert "Chế độ quản trị, kết thúc sau 15 phút không thao tác" in page
    assert logged(cast.it_staff) == ["admin_entered"]


def test_a_wrong_password_opens_nothing(it, cast):
    asked = it.get("/admin/")
    it.post(asked.url, {"password": "khong-phai"})
    assert it.get("/admin/").status_code == 302
    assert logged(cast.it_staff) == []


def test_a_password_given_for_something_else_does_not_enter(it, cast):
    """The mode is entered on purpose: an answer from before it was asked counts for nothing."""
    it.post("/reauthenticate/", {"password": PASSWORD})
    assert it.get("/admin/").url.startswith("/reauthenticate/")


def test_setting_up_a_year_is_a_page_of_the_portal(it):
    assert it.get("/admin/setup/").status_code == 200


def test_others_are_told_before_they_are_asked(cast):
    client = Client()
    client.force_login(again(cast.principal), "accounts.backends.SignInBackend")
    assert client.get("/admin/").status_code == 403


def test_ends_after_fifteen_idle_minutes(it, cast, clock):
    answer(it)
    assert it.get("/admin/").status_code == 200
    clock["minutes"] = 14.9
    assert it.get("/admin/").status_code == 200
    clock["minutes"] = 29.7
    assert it.get("/admin/").status_code == 200
    clock["minutes"] = 44.8
    assert it.get("/admin/").status_code == 302
    assert logged(cast.it_staff) == ["admin_entered", "admin_left"]


def test_what_was_typed_is_carried_out_after_the_password(it, cast):
    enter_admin(it, since=16 * 60)
    url = reverse("admin:accounts_department_add")
    asked = it.post(url, {"name": "Tổ mới"})
    assert asked.url.startswith("/reauthenticate/")
    it.post(asked.url, {"password": PASSWORD})
    assert "Tổ mới" in it.get(reverse("admin:accounts_department_changelist")).content.decode()


def test_the_button_ends_it(it, cast):
    answer(it)
    it.get("/admin/")
    assert it.get(reverse("admin:leave")).status_code == 405
    assert it.post(reverse("admin:leave")).url == "/today/"
    assert it.get("/admin/").status_code == 302
    assert logged(cast.it_staff) == ["admin_entered", "admin_left"]


@pytest.mark.parametrize("way_out", ["/logout/", "/admin/logout/"])
def test_signing_out_ends_it(it, cast, way_out):
    answer(it)
    it.get("/admin/")
    it.post(way_out)
    assert logged(cast.it_staff) == ["admin_entered", "admin_left"]


def test_signing_out_is_not_asked_for_a_password(it, cast):
    it.post("/admin/logout/")
    assert "_auth_user_id" not in it.session


def test_leaving_what_was_not_entered_is_not_logged(it, cast):
    """The password was given, the mode is off: nothing to end."""
    enter_admin(it)
    it.post(reverse("admin:leave"))
    it.post("/logout/")
    assert logged(cast.it_staff) == ["admin_left"]


# --- passwords --------------------------------------------------------------------------------------
def test_an_account_opens_without_a_password(it, cast):
    """A8: IT staff never know how another gets in."""
    enter_admin(it)
    add = reverse("admin:accounts_user_add")
    assert 'type="password"' not in it.get(add).content.decode()
    typed = {"username": "moi.nguoi", "full_name": "Lê Thị Mới", "salutation": "cô", "phone": ""}
    response = it.post(add, typed | {"password1": "mot-mat-khau-dai", "password2": "mot-mat-khau-dai"})
    assert response.status_code == 302
    made = User.objects.get(username="moi.nguoi")
    assert not made.has_usable_password()
    assert made.history.get().history_user == cast.it_staff


def test_nobody_sets_the_password_of_another(it, cast):
    enter_admin(it)
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[cast.teacher.pk])
    change = reverse("admin:accounts_user_change", args=[cast.teacher.pk])
    before = again(cast.teacher).password
    page = it.get(change).content.decode()
    assert f'href="/powers/slips/?person={cast.teacher.pk}"' in page
    assert not re.search(r'name="(usable_)?password', page)
    it.post(f"/admin/accounts/user/{cast.teacher.pk}/password/", {"password1": "x" * 12, "password2": "x" * 12})
    it.post(change, {"username": "teacher", "full_name": "Trần Thị Lan", "salutation": "cô", "password": "x" * 12})
    assert again(cast.teacher).password == before


@pytest.mark.parametrize("page", ["password_change/", "password_change/done/"])
def test_the_portal_has_one_page_to_change_ones_own(it, page):
    enter_admin(it)
    assert it.get(f"/admin/{page}").status_code == 404


# --- acts on many rows ------------------------------------------------------------------------------
def sent_act(client, model, action, rows, **more):
    body = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(reverse(f"admin:accounts_{model}_changelist"), body)


def test_closing_accounts_shows_names_and_reasons_first(it, cast):
    """A8: nothing happens on the way to the page that asks; one's own account and the only principal stay."""
    enter_admin(it)
    chosen = [cast.teacher, cast.stranger, cast.it_staff, cast.principal]
    page = sent_act(it, "user", "stop_using", chosen).content.decode()
    assert User.objects.filter(pk__in=[one.pk for one in chosen], is_active=True).count() == 4
    assert "Sẽ làm với 2 dòng" in page
    assert "Không ai ngừng sử dụng tài khoản của chính mình." in page
    assert "Đây là hiệu trưởng duy nhất." in page
    doable = re.findall(r'name="_selected_action" value="(\d+)"', page)
    assert set(doable) == {str(cast.teacher.pk), str(cast.stranger.pk)}


def test_confirmed_closing_keeps_who_did_it_and_refuses_what_it_must(it, cast):
    """The second post is not believed: each row is asked about again."""
    enter_admin(it)
    chosen = [cast.stranger, cast.it_staff, cast.principal]
    sent_act(it, "user", "stop_using", chosen, confirmed="1")
    assert list(User.objects.filter(pk__in=[one.pk for one in chosen], is_active=False)) == [cast.stranger]
    assert cast.stranger.history.latest().history_user == cast.it_staff


def test_the_box_on_the_form_obeys_alike(it, cast):
    enter_admin(it)
    typed = {"username": "principal", "full_name": "Đỗ Thị Mai", "salutation": "cô", "phone": "", "language": "vi"}
    page = it.post(reverse("admin:accounts_user_change", args=[cast.principal.pk]), typed)
    assert "Đây là hiệu trưởng duy nhất." in page.content.decode()
    assert again(cast.principal).is_active


def test_revoking_grants_shows_them_first(it, cast, school):
    enter_admin(it)
    clerk = grant(cast.stranger, Role.CLERK, school.decision, by=cast.principal)
    [leading] = Grant.objects.filter(role=Role.PRINCIPAL)
    page = sent_act(it, "grant", "revoke", [clerk, leading]).content.decode()
    assert "Sẽ làm với 1 dòng" in page
    assert "Đây là hiệu trưởng duy nhất." in page
    assert not Grant.objects.exclude(revoked_at=None).exists()
    sent_act(it, "grant", "revoke", [clerk, leading], confirmed="1")
    assert list(Grant.objects.exclude(revoked_at=None)) == [clerk]


def test_the_page_that_asks_costs_the_same_for_many(it, cast, django_assert_max_num_queries):
    enter_admin(it)
    chosen = [person(f"nguoi{number}", "Lê Văn Đông") for number in range(20)]
    sent_act(it, "user", "stop_using", chosen[:2])
    with django_assert_max_num_queries(15):
        sent_act(it, "user", "stop_using", chosen)


# --- what was ---------------------------------------------------------------------------------------
def test_history_is_told_in_words_and_shows_no_password(it, cast):
    """Who changed which field from what to what; of a password only that it changed."""
    cast.teacher.full_name, cast.teacher.is_active = "Trần Thị Lan Anh", False
    cast.teacher.set_password("mot-mat-khau-khac")
    cast.teacher._history_user = cast.it_staff
    cast.teacher.save()
    enter_admin(it)
    page = it.get(reverse("admin:accounts_user_history", args=[cast.teacher.pk])).content.decode()
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Lịch sử: Trần Thị Lan Anh" in told
    assert re.search(r"Ngô Quốc Hùng\s+sửa", told)
    assert re.search(r"Họ và tên: +cũ: +Trần Thị Lan +→ +mới: +Trần Thị Lan Anh", told)
    assert re.search(r"cũ: +Có +→ +mới: +Không", told)
    assert "lập bản ghi" in told
    assert "pbkdf2" not in page
    assert "argon2" not in page
    assert cast.teacher.password not in page


def test_history_names_choices_and_days(it, cast, school):
    given = grant(cast.stranger, Role.CLERK, school.decision, by=cast.principal)
    given.role, given.valid_from = Role.EDITOR, school.year.starts_on
    given.save()
    enter_admin(it)
    page = it.get(reverse("admin:accounts_grant_history", args=[given.pk])).content.decode()
    assert "Ban biên tập" in page
    assert f"{school.year.starts_on:%d/%m/%Y}" in page


def test_an_old_version_is_read_and_not_written_back(cast):
    """A8, G7: what the rules of today refuse is not brought back through the history."""
    account = cast.other_teacher
    old = account.full_name
    version = User.history.filter(id=account.pk).latest().pk
    account.full_name = "Tên Mới"
    account.save()
    desk = client_of(cast.it_staff)
    enter_admin(desk)
    address = reverse("admin:accounts_user_simple_history", args=[account.pk, version])
    page = desk.get(address)
    assert page.status_code == 200
    assert old in page.content.decode()
    assert desk.post(address, {"full_name": old, "username": account.username, "language": "vi"}).status_code == 403
    account.refresh_from_db()
    assert account.full_name == "Tên Mới"
