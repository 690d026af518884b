"""A second step that is lost is taken off by a leader, never by those who print slips (A6, A7, P0-16)."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Device, SecurityEvent
from accounts.selectors.passwords import SignInDuty, duty_after_sign_in
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.accounts.soft_key import key_of
from tests.accounts.test_passwords import enter, said, with_factor
from tests.support import acting, again, client_of, delegation

NOTE = "Cô đến phòng tôi, điện thoại bị mất."


def address(who):
    return reverse("accounts:factors_remove", args=[who.pk])


@pytest.fixture
def locked_out(cast):
    with_factor(cast.teacher)
    key_of(cast.teacher)
    return cast.teacher


@pytest.fixture
def at_home(cast):
    """A browser in which the teacher has signed in, before there was a second step."""
    client = Client()
    enter(client, "teacher")
    return client


def sent_after_password(client, url, data):
    """The form goes through once the password was given again, with what was written in it."""
    asked = client.post(url, data)
    assert asked.url.startswith("/reauthenticate/")
    return client.post(asked.url, {"password": "mat-khau-dai"}, follow=True)


def test_a_leader_takes_it_off_and_it_is_told(at_home, locked_out, cast):
    device = services.remember_device(person=locked_out, token="0" * 32, browser="Chrome · Android")
    desk = Client()
    enter(desk, "vice_principal")
    done = sent_after_password(desk, address(locked_out), {"note": NOTE})
    assert "cài lại bước thứ hai" in said(done)
    assert NOTE in said(done), "the log says how the person was recognised"
    assert not Authenticator.objects.filter(user=locked_out).exists()
    assert at_home.get(reverse("profile")).status_code == 302
    assert Device.objects.get(pk=device.pk).forgotten_at is not None
    event = SecurityEvent.objects.get(person=locked_out, kind=SecurityEvent.Kind.FACTOR_REMOVED)
    assert (event.by, event.note) == (cast.vice_principal, NOTE)
    own, leaders = OutboxMessage.objects.filter(kind="account.factors_removed").order_by("pk")
    assert (own.recipients, leaders.recipients) == ([locked_out.pk], [cast.principal.pk])


def test_the_next_sign_in_needs_a_new_one(locked_out, cast):
    assert duty_after_sign_in(locked_out, timezone.now()) is None
    services.remove_factors(person=locked_out, note=NOTE, by=again(cast.principal))
    assert duty_after_sign_in(locked_out, timezone.now()) is SignInDuty.FACTOR


@pytest.mark.parametrize("name", ["it_staff", "teacher", "subject_head", "homeroom_teacher", "parent"])
def test_nobody_else(locked_out, cast, name):
    """A6: whoever sets passwords with slips does not open the second door, too."""
    who = again(getattr(cast, name))
    assert client_of(who).get(address(cast.other_teacher)).status_code == 403
    with pytest.raises(TransitionDenied):
        services.remove_factors(person=locked_out, note=NOTE, by=who)
    assert Authenticator.objects.filter(user=locked_out).exists()


def test_not_for_oneself(cast):
    with_factor(cast.principal)
    with pytest.raises(TransitionDenied, match="tự gỡ"):
        services.remove_factors(person=cast.principal, note=NOTE, by=again(cast.principal))


def test_a_delegate_does_not_inherit_it(locked_out, cast, school):
    delegate = acting(cast.other_teacher, delegation(cast.principal, cast.other_teacher, school.decision))
    with pytest.raises(TransitionDenied):
        services.remove_factors(person=locked_out, note=NOTE, by=delegate)


def test_how_they_were_recognised_is_said(locked_out, cast):
    desk = Client()
    enter(desk, "principal")
    assert "Khóa truy cập" in said(desk.get(address(locked_out)))
    page = sent_after_password(desk, address(locked_out), {"note": "  "})
    assert page.status_code == 422
    assert Authenticator.objects.filter(user=locked_out).exists()


def test_nothing_to_take_off(cast):
    desk = client_of(cast.principal)
    assert "chưa cài bước thứ hai" in said(desk.get(address(cast.teacher)))
    with pytest.raises(TransitionDenied, match="không còn"):
        services.remove_factors(person=cast.teacher, note=NOTE, by=again(cast.principal))
