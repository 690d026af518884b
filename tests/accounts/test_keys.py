"""Passkeys: a key signs in alone and counts as two factors; all that holds at the door holds for it, too (A1, A7, P0-16)."""

import json
import os
import re
from pathlib import Path

import pytest
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Device, SecurityEvent, User
from accounts.services import sign_in
from schoolops.lib.models import OutboxMessage
from tests.accounts.soft_key import HOST, SoftKey, key_of

PASSWORD = "mat-khau-dai"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
Kind = SecurityEvent.Kind
LOGIN, ADD = reverse("mfa_login_webauthn"), reverse("mfa_add_webauthn")
REFUSED = "Chưa dùng được khóa truy cập"


def browser(**more):
    """Keys belong to a host name, so these browsers ask for one."""
    return Client(HTTP_HOST=HOST, **more)


@pytest.fixture
def door():
    return browser()


@pytest.fixture
def key(cast):
    """A key of the teacher."""
    made = SoftKey()
    key_of(cast.teacher, made)
    return made


def asked(client):
    """What the sign-in page's script fetches."""
    return client.get(LOGIN, headers={"accept": "application/json"}).json()["request_options"]


def on_page(response):
    """What a page says that the browser should ask the key."""
    return json.loads(re.search(r'id="passkey-options" type="application/json">(.+?)</script>', said(response))[1])


def said(response):
    return response.content.decode()


def told(response):
    """What people read on the page: the words that scripts keep ready stand in attributes."""
    return re.sub(r"<[^>]+>", " ", said(response))


def knock(client, key, **wrong):
    """Sign in with the key alone."""
    return client.post(LOGIN, {"credential": key.get(asked(client), **wrong), "remember": "true"})


def enter(client, login="teacher", **more):
    return client.post("/login/", {"login": login, "password": PASSWORD, "remember": "true", **more})


def confirm(client, password=PASSWORD):
    """Give the password again, as before an act of weight."""
    return client.post(reverse("account_reauthenticate"), {"password": password})


def is_in(client):
    return client.get(reverse("profile")).status_code == 200


def kinds(user):
    return list(SecurityEvent.objects.filter(person=user).order_by("pk").values_list("kind", flat=True))


# --- signing in with the key alone ----------------------------------------------------------------------
def test_a_key_alone_signs_in(door, cast, key):
    """No password, no second step: the key was opened by its holder."""
    assert knock(door, key).url == reverse("today")
    assert is_in(door)
    assert Authenticator.objects.get().last_used_at


def test_options_for_strangers_name_nobody(door, cast, key):
    """Nothing tells who has an account, or a key."""
    options = asked(door)["publicKey"]
    assert not options.get("allowCredentials")
    assert (options["userVerification"], options["rpId"]) == ("required", HOST)
    assert browser().get(LOGIN).url == reverse("account_login")


def test_keys_belong_to_a_name_of_ours_and_open_no_account_by_themselves(cast, settings):
    """A8: no sign-up, no origin excused; a host name that the portal does not have is answered to nobody."""
    assert (app_settings.PASSKEY_SIGNUP_ENABLED, app_settings.WEBAUTHN_ALLOW_INSECURE_ORIGIN) == (False, False)
    for path in (Path(settings.BASE_DIR) / "schoolops/settings").glob("*.py"):
        assert "ALLOW_INSECURE_ORIGIN" not in path.read_text(encoding="utf-8")
    stranger = Client(HTTP_HOST="portal.example.com")
    assert stranger.get(LOGIN, headers={"accept": "application/json"}).status_code == 400


def test_sign_in_by_key_leads_on(door, cast, key):
    goal = reverse("accounts:session_list")
    answer = door.post(LOGIN, {"credential": key.get(asked(door)), "remember": "true", "next": goal})
    assert answer.url == goal


@pytest.mark.parametrize(
    "wrong",
    [
        {"opened": False},
        {"origin": "https://schoolops.example.com"},
        {"origin": "http://127.0.0.1"},
        {"holder": b"999999999"},
        {"holder": b"\xff"},
    ],
    ids=lambda wrong: "-".join(map(str, wrong.items())),
)
def test_a_key_that_does_not_match_opens_nothing(door, cast, key, wrong):
    """Unopened, lured elsewhere (A1: phishing), or of nobody: the same words, and back to where one was going."""
    goal = reverse("profile")
    answer = door.post(LOGIN, {"credential": key.get(asked(door), **wrong), "next": goal}, follow=True)
    assert REFUSED in told(answer)
    assert f'name="next" value="{goal}"' in said(answer)
    assert not is_in(door)


def test_a_key_of_another_site_or_account_opens_nothing(door, cast, key):
    elsewhere = SoftKey("portal.example.com")
    key_of(cast.other_teacher, elsewhere)
    knock(door, elsewhere)
    assert not is_in(door)
    theirs = SoftKey()
    key_of(cast.other_teacher, theirs)
    knock(door, theirs, holder=key.holder)
    assert not is_in(door)
    assert kinds(cast.teacher) == [Kind.FACTOR_FAILED]


def test_an_answer_serves_once(door, cast, key):
    """Neither again in the same browser nor in another: the challenge is the session's."""
    answer = key.get(asked(door))
    other = browser()
    asked(other)
    other.post(LOGIN, {"credential": answer})
    assert not is_in(other)
    door.post(LOGIN, {"credential": answer})
    assert is_in(door)
    door.post("/logout/")
    door.post(LOGIN, {"credential": answer})
    assert not is_in(door)


@pytest.mark.parametrize(
    "sent",
    ["", "5", "[]", "{}", "null", "không phải json", '{"response": []}', '{"response": {"userHandle": 5}}'],
)
def test_what_is_no_answer_at_all_is_refused(door, cast, key, sent):
    asked(door)
    assert door.post(LOGIN, {"credential": sent}).url == reverse("account_login")


@pytest.mark.parametrize("field", ["authenticatorData", "clientDataJSON", "signature", "userHandle"])
def test_an_answer_that_was_tampered_with_is_refused(door, cast, key, field):
    """Random bytes, none, and something that is not text at all: refused in words, never an error."""
    for bad in (os.urandom(40).hex(), "", "a", 5, None, {}):
        answer = json.loads(key.get(asked(door)))
        answer["response"][field] = bad
        assert door.post(LOGIN, {"credential": json.dumps(answer)}).status_code == 302
        assert not is_in(door)


def test_a_closed_account_is_refused(door, cast, key):
    """P0-16: whoever left has a key that opens nothing."""
    User.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    assert knock(door, key).url == reverse("account_inactive")
    assert not is_in(door)
    assert Kind.SIGNED_IN not in kinds(cast.teacher)


def test_another_key_of_the_list_works_when_one_is_removed(door, cast, key):
    spare = SoftKey()
    key_of(cast.teacher, spare)
    Authenticator.objects.order_by("pk").first().delete()
    knock(door, key)
    assert not is_in(door)
    knock(door, spare)
    assert is_in(door)


def test_many_sign_in_behind_one_address(cast, key):
    """A school has one address: the library's ten a minute would stop the staff room in the morning."""
    for _ in range(30):
        client = browser(REMOTE_ADDR="203.0.113.7")
        knock(client, key)
        assert is_in(client)


def test_a_flood_from_one_address_is_stopped(door, cast):
    answers = [door.post(LOGIN, {"credential": "{}"}).status_code for _ in range(105)]
    assert answers[-1] == 429


# --- the log, devices, sessions --------------------------------------------------------------------------
def test_sign_ins_by_key_are_logged_and_news_is_told(cast, key):
    """A7: the same lines as for a password, the same message about a device that was not known."""
    first, second = browser(), browser(HTTP_USER_AGENT=CHROME)
    knock(first, key)
    knock(second, key)
    assert kinds(cast.teacher) == [Kind.SIGNED_IN, Kind.NEW_DEVICE]
    [message] = OutboxMessage.objects.filter(kind="account.new_device")
    assert message.recipients == [cast.teacher.pk]
    second.post("/logout/")
    knock(second, key)
    assert kinds(cast.teacher)[-1] == Kind.SIGNED_IN, "now it is known"
    assert first.session["limits"]["idle"] == 15 * 60


def test_a_shared_machine_is_not_remembered(door, cast, key):
    door.post(LOGIN, {"credential": key.get(asked(door)), "remember": "false"})
    assert is_in(door)
    assert not Device.objects.exists()
    assert door.session.get_expire_at_browser_close()


def test_a_failed_key_is_logged_for_whom_it_claims(door, cast, key):
    """A7: leaders read it beside wrong passwords; it uses up none of the person's tries."""
    for _ in range(sign_in.TRIES + 1):
        knock(door, key, opened=False)
    assert kinds(cast.teacher) == [Kind.FACTOR_FAILED] * (sign_in.TRIES + 1)
    enter(browser(), "principal")
    leader = browser()
    leader.force_login(cast.principal, "accounts.backends.SignInBackend")
    assert "mã hoặc khóa truy cập chưa khớp" in said(leader.get(reverse("sign_in_list")))
    knock(door, key)
    assert is_in(door)


def test_a_flood_of_failed_keys_does_not_fill_the_log(cast, monkeypatch):
    monkeypatch.setattr(sign_in, "KEPT_OF_A_PERSON", 3)
    for person in (cast.teacher, None):
        for _ in range(5):
            services.record_failed_factor(person=person, visit=services.Visit("", "", "127.0.0.1"))
        assert SecurityEvent.objects.filter(person=person).count() == 3


# --- the second step -------------------------------------------------------------------------------------
def test_a_key_is_asked_after_the_password(door, cast, key):
    assert enter(door).url == reverse("mfa_authenticate")
    assert not is_in(door)
    page = door.get(reverse("mfa_authenticate"))
    assert "Dùng khóa truy cập" in said(page)
    assert 'name="code"' not in said(page), "this person has no code to type"
    options = on_page(page)["request_options"]
    assert len(options["publicKey"]["allowCredentials"]) == 1
    again = door.post(reverse("mfa_authenticate"), {"credential": key.get(options, opened=False)})
    assert REFUSED in told(again)
    assert kinds(cast.teacher) == [Kind.FACTOR_FAILED]
    options = on_page(again)["request_options"]
    door.post(reverse("mfa_authenticate"), {"credential": key.get(options)})
    assert is_in(door)
    assert kinds(cast.teacher)[-1] == Kind.SIGNED_IN


def test_anothers_key_is_no_second_step(door, cast, key):
    theirs = SoftKey()
    key_of(cast.other_teacher, theirs)
    enter(door)
    options = on_page(door.get(reverse("mfa_authenticate")))["request_options"]
    door.post(reverse("mfa_authenticate"), {"credential": theirs.get(options)})
    assert not is_in(door)


def test_keys_at_the_second_step_are_counted(door, cast, key):
    """Five in a quarter of an hour, as codes are: after the password it is known who is asked."""
    enter(door)
    for _ in range(6):
        options = on_page(door.get(reverse("mfa_authenticate")))["request_options"]
        page = door.post(reverse("mfa_authenticate"), {"credential": key.get(options, opened=False)})
    assert kinds(cast.teacher).count(Kind.FACTOR_FAILED) == 5
    assert "Đã thử quá nhiều lần" in told(page)
    options = on_page(page)["request_options"]
    door.post(reverse("mfa_authenticate"), {"credential": key.get(options)})
    assert not is_in(door), "not even with the right one"


def test_a_wrong_code_is_logged(door, cast):
    """A7: the password was right, so it is news."""
    Authenticator.objects.create(user=cast.teacher, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    enter(door)
    page = door.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Mã chưa khớp" in said(page)
    assert "Dùng khóa truy cập" not in said(page), "nobody is offered what they do not have"
    assert kinds(cast.teacher) == [Kind.FACTOR_FAILED]


# --- the duty of staff -----------------------------------------------------------------------------------
def test_a_key_is_the_second_factor_that_staff_owe(door, cast, settings):
    """P0-16: the way to it is open, and with it the portal."""
    settings.SIGN_IN_DUTIES = True
    enter(door)
    assert door.get(reverse("today")).url == reverse("accounts:duty")
    assert ADD in said(door.get(reverse("accounts:duty")))
    add(door, SoftKey())
    assert door.get(reverse("today")).status_code == 200


def test_families_may_and_are_not_asked(door, cast, settings):
    settings.SIGN_IN_DUTIES = True
    enter(door, "parent")
    assert door.get(reverse("profile")).status_code == 200
    assert reverse("mfa_add_webauthn") not in said(door.get("/home/"))
    key = SoftKey()
    add(door, key)
    door.post("/logout/")
    knock(door, key)
    assert is_in(door)


# --- keeping keys ----------------------------------------------------------------------------------------
def add(client, key, name="Máy của tôi", **wrong):
    confirm(client)
    options = on_page(client.get(ADD))["creation_options"]
    return client.post(ADD, {"name": name, "credential": key.create(options, **wrong)})


@pytest.fixture
def desk(door, cast):
    """The teacher, signed in with the password."""
    enter(door)
    return door


def test_a_key_is_added_with_codes_for_a_day_without_it(desk, cast):
    assert add(desk, SoftKey()).url == reverse("mfa_view_recovery_codes")
    assert Kind.FACTOR_ADDED in kinds(cast.teacher)
    page = said(desk.get(reverse("mfa_index")))
    assert "Máy của tôi" in page
    assert "chưa dùng lần nào" in page


def test_adding_asks_for_the_password_first(desk, cast):
    """A machine left open gives nobody a key to the account."""
    assert desk.get(ADD).url.startswith(reverse("account_reauthenticate"))
    assert desk.post(ADD, {"name": "x", "credential": "{}"}).url.startswith(reverse("account_reauthenticate"))
    assert not Authenticator.objects.exists()


def test_a_new_key_must_be_opened_by_its_holder(desk, cast):
    page = add(desk, SoftKey(), opened=False)
    assert REFUSED in told(page)
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "sent", ["", "5", "[]", "{}", '{"response": {}}', '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}']
)
def test_what_is_no_key_at_all_is_refused(desk, cast, sent):
    confirm(desk)
    desk.get(ADD)
    assert desk.post(ADD, {"name": "Máy", "credential": sent}).status_code == 200
    assert not Authenticator.objects.exists()


def test_a_key_of_another_site_is_not_taken(desk, cast):
    add(desk, SoftKey("portal.example.com"))
    assert not Authenticator.objects.exists()


def test_a_key_is_called_otherwise(desk, cast, key):
    confirm(desk)
    url = reverse("mfa_edit_webauthn", args=[Authenticator.objects.get().pk])
    assert "Đặt một tên" in said(desk.post(url, {"name": " "}))
    assert desk.post(url, {"name": "a" * 61}).status_code == 200
    desk.post(url, {"name": "Điện thoại cơ quan"})
    assert Authenticator.objects.get().wrap().name == "Điện thoại cơ quan"


def test_a_long_name_loses_no_key(desk, cast):
    """The browser has made it already: the name is cut, the key kept."""
    add(desk, SoftKey(), name="a" * 200)
    add(desk, SoftKey(), name=" ")
    names = [found.wrap().name for found in Authenticator.objects.filter(type="webauthn").order_by("pk")]
    assert names[0] == "a" * 60
    assert names[1]


def test_a_key_is_removed(desk, cast):
    key = SoftKey()
    add(desk, key)
    url = reverse("mfa_remove_webauthn", args=[Authenticator.objects.get(type="webauthn").pk])
    assert "Máy của tôi" in said(desk.get(url))
    assert desk.post(url).url == reverse("mfa_index")
    assert not Authenticator.objects.exists(), "the codes go with the last key"
    assert Kind.FACTOR_REMOVED in kinds(cast.teacher)
    desk.post("/logout/")
    knock(desk, key)
    assert not is_in(desk)


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_keys_of_others_are_not_there(door, cast, key, name):
    """Said before any password is asked for, and after it alike."""
    url = reverse(name, args=[Authenticator.objects.get().pk])
    enter(door, "other_teacher")
    assert [door.get(url).status_code, door.post(url, {"name": "x"}).status_code] == [404, 404]
    confirm(door)
    assert [door.get(url).status_code, door.post(url, {"name": "x"}).status_code] == [404, 404]
    assert Authenticator.objects.get().wrap().name == "Điện thoại"


def test_changing_keys_asks_for_the_password(door, cast, key):
    pk = Authenticator.objects.get().pk
    knock(door, key)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert door.post(reverse(name, args=[pk]), {"name": "x"}).url.startswith("/reauthenticate/")
    assert Authenticator.objects.get().wrap().name == "Điện thoại"


# --- before an act of weight -------------------------------------------------------------------------------
AGAIN = reverse("mfa_reauthenticate_webauthn")


def test_a_key_confirms_who_is_there(door, cast):
    """The administration opens to it (A6), and only when it was asked for anew."""
    key = SoftKey()
    key_of(cast.it_staff, key)
    knock(door, key)
    assert door.get("/admin/").url.startswith("/reauthenticate/"), "signing in by key is no step-up"
    page = door.get(f"{AGAIN}?next=/admin/")
    assert "Dùng mật khẩu" in said(page)
    options = on_page(page)["request_options"]
    answer = door.post(AGAIN, {"credential": key.get(options), "next": "/admin/"})
    assert answer.url == "/admin/"
    assert door.get("/admin/").status_code == 200
    assert Kind.ADMIN_ENTERED in kinds(cast.it_staff)


def test_a_wrong_key_confirms_nothing_and_is_said_there(door, cast):
    key, theirs = SoftKey(), SoftKey()
    key_of(cast.it_staff, key)
    key_of(cast.teacher, theirs)
    knock(door, key)
    door.get("/admin/")
    for wrong in (lambda options: key.get(options, opened=False), theirs.get):
        options = on_page(door.get(f"{AGAIN}?next=/admin/"))["request_options"]
        page = door.post(AGAIN, {"credential": wrong(options), "next": "/admin/"})
        assert page.status_code == 422
        assert told(page).count(REFUSED) == 1
        assert 'name="next" value="/admin/"' in said(page)
        assert door.get("/admin/").status_code == 302
    assert kinds(cast.it_staff).count(Kind.FACTOR_FAILED) == 2


def test_the_password_page_offers_the_key(desk, cast, key):
    page = said(desk.get(f"{reverse('account_reauthenticate')}?next=/me/"))
    assert f'href="{AGAIN}?next=%2Fme%2F"' in page
    assert "Dùng khóa truy cập" in page
