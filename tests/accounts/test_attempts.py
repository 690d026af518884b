"""What somebody tries outside their duty is refused and kept: who, where, why, how often; nothing that was typed (A8)."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import DeniedAttempt, Grant
from accounts.services import attempts
from tests.support import acting, client_of, column, delegation, enter_admin, pupils_of

BACKEND = "accounts.backends.SignInBackend"


def kept():
    return list(DeniedAttempt.objects.order_by("pk").values_list("person__username", "method", "path", "times"))


def test_a_page_outside_ones_duty(cast):
    client = client_of(cast.teacher)
    url = reverse("power_list")
    for _ in range(3):
        assert client.get(url).status_code == 403
    [attempt] = DeniedAttempt.objects.all()
    assert (attempt.person, attempt.times) == (cast.teacher, 3)
    assert "lãnh đạo" in attempt.reason
    shown = client_of(cast.principal).get(reverse("denied_list")).content.decode()
    assert url in shown
    assert "Trần Thị Lan" in shown


def test_the_admin_and_the_api_are_watched_alike(cast, maths):
    client_of(cast.teacher).get("/admin/")
    cell = {"column": column(maths, "GK").pk, "student": pupils_of(maths)[0].pk, "text": "10", "version": 0}
    body = json.dumps([cell | {"operation": "00000000-0000-0000-0000-000000000001"}])
    url = reverse("api-gradebook-scores", args=[maths.pk])
    assert client_of(cast.principal).post(url, body, content_type="application/json").status_code == 403
    assert [row[:3] for row in kept()] == [("teacher", "GET", "/admin/"), ("principal", "POST", url)]
    last = DeniedAttempt.objects.latest("pk")
    assert "phân công giảng dạy" in last.reason
    assert "10" not in last.reason


def test_it_staff_who_give_themselves_a_power(cast, school):
    """A6, A8: refused on the form, and kept."""
    client = client_of(cast.it_staff)
    enter_admin(client)
    before = Grant.objects.count()
    body = {
        "person": cast.it_staff.pk,
        "role": "vice_principal",
        "scope_kind": "school",
        "scope_id": 0,
        "decision": school.decision.pk,
        "valid_from": "01/09/2026",
    }
    response = client.post(reverse("admin:accounts_grant_add"), body)
    assert "Không ai tự cấp quyền" in response.content.decode()
    assert Grant.objects.count() == before
    [attempt] = DeniedAttempt.objects.all()
    assert (attempt.person, attempt.path) == (cast.it_staff, reverse("admin:accounts_grant_add"))


def test_strangers_and_missing_tokens_are_not_attempts(cast):
    Client().get(reverse("power_list"))
    client_of(cast.teacher, enforce_csrf_checks=True).post(reverse("accounts:delegation_leave"))
    assert kept() == []


def test_a_flood_fills_no_table(cast, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_A_DAY", 3)
    for number in range(10):
        attempts.record_denied(person=cast.teacher, method="GET", path=f"/x/{number}/", reason="")
    assert DeniedAttempt.objects.count() == 3


def test_both_names_of_a_delegate(cast, school):
    delegate = acting(cast.other_teacher, delegation(cast.principal, cast.other_teacher, school.decision))
    attempts.record_denied(person=delegate, method="POST", path="/grants/1/confirm/", reason="")
    assert DeniedAttempt.objects.get().on_behalf_of == cast.principal


@pytest.mark.parametrize("name", ["principal", "it_staff"])
def test_what_is_allowed_is_no_attempt(cast, name):
    assert client_of(getattr(cast, name)).get(reverse("power_list")).status_code == 200
    assert kept() == []
