"""Sign-in with the school's mail accounts: an identity opens an account that the school has opened, and no other (A1, A8)."""

import base64
import hashlib
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from accounts.models import SecurityEvent, User
from schoolops.lib import env
from schoolops.lib.models import OutboxMessage
from tests.accounts import mail_provider
from tests.accounts.mail_provider import DOMAIN, asked_of

Kind = SecurityEvent.Kind
BEGIN, RETURN = (reverse(f"openid_connect_{name}", args=["oidc1"]) for name in ("login", "callback"))
LAN = {"sub": "g-1", "email": f"lan.tt@{DOMAIN}", "email_verified": True, "hd": DOMAIN}


@pytest.fixture(scope="module")
def running():
    with mail_provider.running() as provider:
        yield provider


@pytest.fixture
def provider(running, cast, settings):
    """The provider, configured; the teacher's address is the one that the school wrote on the account."""
    running.signer, running.algorithm, running.is_away = running.key, "RS256", False
    running.people, running.asked = {}, []
    settings.IDENTITY_PROVIDERS = [running.settings]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [running.settings]}}
    User.objects.filter(pk=cast.teacher.pk).update(email=f"Lan.TT@{DOMAIN}")
    return running


def come(client, provider, claims=LAN, *, nonce="", state="", **begin):
    """To the provider and back, as the browser goes."""
    sent = asked_of(client.post(BEGIN, {"remember": "true", **begin}))
    provider.people["code-1"] = {"nonce": nonce or sent["nonce"], **claims}
    return client.get(RETURN, {"state": state or sent["state"], "code": "code-1"})


def is_in(client):
    return client.get(reverse("profile")).status_code == 200


def told(client):
    page = client.get(reverse("account_login"))
    return re.sub(r"<[^>]+>", " ", page.content.decode())


def kinds(user):
    return list(SecurityEvent.objects.filter(person=user).order_by("pk").values_list("kind", flat=True))


# --- off unless configured ----------------------------------------------------------------------------------
def test_without_a_provider_there_is_no_button_and_no_address(client, cast):
    assert "formaction" not in client.get("/login/").content.decode()
    assert [client.post(BEGIN).status_code, client.get(RETURN).status_code] == [404, 404]


def test_the_button_stands_on_the_sign_in_page(client, provider):
    page = client.get("/login/").content.decode()
    assert f'formaction="{BEGIN}"' in page
    assert "Đăng nhập bằng Thư của trường" in page
    assert mail_provider.SECRET not in page


def test_environment_names_providers(monkeypatch):
    assert env.identity_providers("NOT_THERE") == []
    for name, value in {
        "NAME": "Google",
        "SERVER_URL": "https://accounts.google.com/",
        "CLIENT_ID": "c",
        "SECRET": "s",
    }.items():
        monkeypatch.setenv(f"SO_1_{name}", value)
    with pytest.raises(ImproperlyConfigured, match="SO_1_DOMAIN"):
        env.identity_providers("SO")
    monkeypatch.setenv("SO_1_DOMAIN", "Truong.edu.vn")
    [found] = env.identity_providers("SO")
    assert found["settings"] == {"server_url": "https://accounts.google.com", "domain": "truong.edu.vn"}
    assert env.origins([found]) == ["https://accounts.google.com"]
    for name, bad in (("DOMAIN", "@truong"), ("SERVER_URL", "http://accounts.google.com")):
        with monkeypatch.context() as patched:
            patched.setenv(f"SO_1_{name}", bad)
            with pytest.raises(ImproperlyConfigured, match=name):
                env.identity_providers("SO")


# --- coming in --------------------------------------------------------------------------------------------------
def test_a_teacher_comes_in(client, cast, provider):
    """A7: the first time it is noted that the two belong together."""
    assert come(client, provider).url == reverse("today")
    assert is_in(client)
    assert kinds(cast.teacher) == [Kind.IDENTITY_LINKED, Kind.SIGNED_IN]
    own, leaders = OutboxMessage.objects.filter(kind="account.identity_linked").order_by("pk")
    assert (own.recipients, leaders.recipients) == ([cast.teacher.pk], [cast.principal.pk])
    client.post("/logout/")
    come(client, provider)
    assert OutboxMessage.objects.filter(kind="account.identity_linked").count() == 2, "told once"
    assert kinds(cast.teacher) == [Kind.IDENTITY_LINKED, Kind.SIGNED_IN, Kind.SIGNED_IN]
    assert client.session["limits"]["idle"] == 15 * 60


def test_the_code_is_bound_to_this_browser(client, cast, provider):
    """PKCE, state and nonce: the verifier that is sent fits the challenge that was shown."""
    sent = asked_of(client.post(BEGIN))
    assert sent["code_challenge_method"] == "S256"
    provider.people["code-1"] = {"nonce": sent["nonce"], **LAN}
    client.get(RETURN, {"state": sent["state"], "code": "code-1"})
    verifier = provider.asked[-1]["code_verifier"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert digest == sent["code_challenge"]


def test_it_leads_on_and_nowhere_else(client, cast, provider):
    goal = reverse("accounts:session_list")
    assert come(client, provider, next=goal).url == goal
    client.post("/logout/")
    assert come(client, provider, next="https://elsewhere.example/").url == reverse("today")


def test_a_shared_machine_is_not_remembered(client, cast, provider):
    come(client, provider, remember="false")
    assert client.session.get_expire_at_browser_close()


def test_the_subject_decides_once_it_is_known(client, cast, provider):
    """An address that another person is given later opens nothing of the first."""
    come(client, provider)
    client.post("/logout/")
    renamed = LAN | {"email": f"lan.moi@{DOMAIN}"}
    come(client, provider, renamed)
    assert is_in(client)
    client.post("/logout/")
    come(client, provider, LAN | {"sub": "g-2"})
    assert not is_in(client)


# --- who does not come in -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "lan.tt@elsewhere.edu.vn"},
        {"email": f"lan.tt@evil-{DOMAIN}"},
        {"email": f"lan.tt@x.{DOMAIN}"},
        {"hd": "elsewhere.edu.vn"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email": f"ai.do@{DOMAIN}"},
        {"email": ""},
        {"email": f"@{DOMAIN}"},
        {"sub": ""},
    ],
    ids=str,
)
def test_a_foreign_unverified_or_unknown_identity_opens_nothing(client, cast, provider, wrong):
    """A8: no account is made, none is linked; the log has a line and the page says whom to ask."""
    people = User.objects.count()
    come(client, provider, LAN | wrong)
    assert not is_in(client)
    assert f"Dùng tài khoản @{DOMAIN} của trường" in told(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (people, 0)
    assert SecurityEvent.objects.filter(kind=Kind.IDENTITY_REFUSED, person=None).count() == 1


def test_microsoft_says_verified_in_its_own_way(client, cast, provider):
    entra = {key: value for key, value in LAN.items() if key not in {"email_verified", "hd"}}
    come(client, provider, entra)
    assert not is_in(client)
    come(client, provider, entra | {"xms_edov": True})
    assert is_in(client)


def test_an_address_on_two_accounts_opens_neither(client, cast, provider):
    User.objects.filter(pk=cast.other_teacher.pk).update(email=LAN["email"])
    come(client, provider)
    assert not is_in(client)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_closed_account_stays_closed(client, cast, provider, is_known):
    """P0-16"""
    if is_known:
        SocialAccount.objects.create(provider="oidc1", uid="g-1", user=cast.teacher)
    User.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    come(client, provider)
    assert not is_in(client)
    assert Kind.SIGNED_IN not in kinds(cast.teacher)


def test_a_known_subject_outside_the_domain_is_out(client, cast, provider):
    """Whoever left takes the mail account along, perhaps, and not the portal."""
    come(client, provider)
    client.post("/logout/")
    come(client, provider, LAN | {"email": "lan.tt@gmail.example"})
    assert not is_in(client)


# --- what was tampered with -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", [{"nonce": "another"}, {"state": "another"}], ids=str)
def test_another_nonce_or_state_is_refused(client, cast, provider, wrong):
    come(client, provider, **wrong)
    assert not is_in(client)
    assert "Chưa đăng nhập được qua Thư của trường" in told(client)


def test_a_return_serves_once_and_in_its_browser(client, cast, provider):
    sent = asked_of(client.post(BEGIN))
    provider.people["code-1"] = {"nonce": sent["nonce"], **LAN}
    back = {"state": sent["state"], "code": "code-1"}
    other = Client()
    other.get(RETURN, back)
    assert not is_in(other)
    client.get(RETURN, back)
    client.post("/logout/")
    client.get(RETURN, back)
    assert not is_in(client)


@pytest.mark.parametrize(
    "claims", [{"aud": "another"}, {"iss": "https://elsewhere.example"}, {"exp": 1_000_000_000}], ids=str
)
def test_a_token_for_others_of_others_or_of_yesterday_is_refused(client, cast, provider, claims):
    come(client, provider, LAN | claims)
    assert not is_in(client)


def test_a_token_that_the_provider_did_not_sign_is_refused(client, cast, provider):
    provider.signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    come(client, provider)
    assert not is_in(client)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_weaker_signature_is_refused(client, cast, provider, algorithm, monkeypatch):
    provider.algorithm = algorithm
    if algorithm == "none":
        encode = mail_provider.jwt.encode
        monkeypatch.setattr(mail_provider.jwt, "encode", lambda data, _key, **more: encode(data, None, **more))
    come(client, provider)
    assert not is_in(client)


def test_a_provider_that_is_away_is_said(client, cast, provider):
    provider.is_away = True
    client.post(BEGIN)
    assert "Chưa nối được với Thư của trường" in told(client)


def test_whoever_changes_their_mind_is_back_at_the_door(client, cast, provider):
    sent = asked_of(client.post(BEGIN))
    client.get(RETURN, {"state": sent["state"], "error": "access_denied"})
    assert "Chưa đăng nhập qua Thư của trường" in told(client)
    assert not SecurityEvent.objects.exists()


# --- the second factor -----------------------------------------------------------------------------------------------
def test_the_second_step_is_asked_all_the_same(client, cast, provider):
    Authenticator.objects.create(user=cast.teacher, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    assert come(client, provider).url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_the_duty_of_staff_holds_unless_the_provider_asked_for_two(cast, provider, settings):
    """P0-16"""
    settings.SIGN_IN_DUTIES = True
    for amr, goal in (([], "accounts:duty"), (["pwd"], "accounts:duty"), (["pwd", "mfa"], None)):
        client = Client()
        come(client, provider, LAN | {"amr": amr})
        answer = client.get(reverse("today"))
        assert answer.status_code == 200 if goal is None else answer.url == reverse(goal)


def test_without_a_password_the_duty_holds(client, cast, provider, settings):
    """Nothing would be left to ask for before an act of weight."""
    settings.SIGN_IN_DUTIES = True
    cast.teacher.set_unusable_password()
    cast.teacher.email = LAN["email"]
    cast.teacher.save()
    come(client, provider, LAN | {"amr": ["mfa"]})
    assert client.get(reverse("today")).url == reverse("accounts:duty")
