"""P0-7, ASVS 15.3.3: fields that no form asks for change nothing, however they are sent; every form and serializer of the matrix."""

import json
import os
from collections import Counter
from datetime import date

import pytest
from django import forms
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from registry.forms.families import GuardianForm
from schoolops.lib import outbox
from tests.support import forget_actor
from tests.test_access import (
    ROLES,
    ROWS,
    arguments,
    body_of,
    in_groups,
    objects,  # noqa: F401 - a fixture
)

APPS = ("accounts", "registry", "gradebook", "messaging", "lib")
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]
POSTS = [row for row in ROWS if row["method"] == "POST" and "allow" in [row[role] for role in ROLES[1:]]]
DRILL = os.environ.get("SCHOOLOPS_DRILL") == "1"
pytestmark = [pytest.mark.drill] if DRILL else []
# Every third form at each run, all of them in the drill.
TRIED = POSTS if DRILL else POSTS[::3]
# Signing in and out, downloads and what has no body are not here: they write no row by a form.
MOMENTS = (models.DateTimeField, models.UUIDField, models.BinaryField, models.JSONField, models.FileField)
# Numbers and random names of new rows, alone or in an address.
NUMBERS = {"id", "path", "history_id", "seq", "about_id", "object_id", "url", "size"}
SECRETS = ("hash", "salt", "token", "password", "name", "sha256", "payload", "code", "address")


def asked_by_forms() -> set[str]:
    """The names that some form of the portal declares; a field of that name is that form's to read."""
    found, waiting = set(), [forms.BaseForm]
    while waiting:
        form = waiting.pop()
        waiting.extend(form.__subclasses__())
        found |= set(getattr(form, "base_fields", ()))
    return found


def forbidden() -> dict[str, str]:
    """Every field of every table that no form declares, with a value that it would take."""
    asked = asked_by_forms()
    found: dict[str, str] = {}
    for model in MODELS:
        for field in model._meta.concrete_fields:
            for name in {field.name, field.attname} - asked:
                found.setdefault(name, value_for(field))
    return found


def value_for(field) -> str:
    if field.choices:
        return str(list(field.flatchoices)[-1][0])
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateField):
        return "2001-02-03T04:05:06+07:00" if isinstance(field, models.DateTimeField) else "2001-02-03"
    if field.is_relation and field.related_model is User:
        return str(User.objects.get(username="stranger").pk)
    return "7777" if field.is_relation or isinstance(field, models.IntegerField) else "Chèn vào"


def with_more(body: dict, more: dict[str, str]) -> dict:
    """The same body with the fields that nobody asked for; in each item where it is a list of cells."""
    if "content_type" not in body:
        return {"data": {**more, **body["data"]}}
    data = json.loads(body["data"])
    cells = data["cells"] if isinstance(data, dict) else data
    for cell in cells:
        cell |= {name: value for name, value in more.items() if name not in cell}
    return {**body, "data": json.dumps(data)}


def state(known: dict[type, set]) -> dict[str, Counter]:
    """What every table holds, without what differs from one time to the next: moments, random values, new numbers."""
    found = {}
    for model in MODELS:
        fields = [
            field
            for field in model._meta.concrete_fields
            if not isinstance(field, MOMENTS) and not field.primary_key and not field.name.endswith(SECRETS)
        ]
        rows = model._base_manager.order_by().values_list(*[field.attname for field in fields])
        found[model._meta.label] = Counter(
            tuple(shown(field, value, known) for field, value in zip(fields, row, strict=True)) for row in rows
        )
    return found


def shown(field, value, known):
    if field.is_relation and value is not None:
        return value if value in known.get(field.related_model, ()) else "new"
    if isinstance(value, date | list):
        return str(value)
    return "number" if field.name in NUMBERS else value


def done(row, objects, cast, role, body) -> tuple[int, dict[str, Counter]]:  # noqa: F811
    """The answer and what the portal holds afterwards; undone."""
    known = {model: set(model._base_manager.values_list("pk", flat=True)) for model in MODELS}
    sid = transaction.savepoint()
    forget_actor()
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=getattr(cast, role).pk), "accounts.backends.SignInBackend")
    response = client.post(reverse(row["url"], kwargs=arguments(row["url"], objects[row["object"]])), **body)
    result = response.status_code, state(known)
    transaction.savepoint_rollback(sid)
    return result


@in_groups(TRIED)
def test_fields_that_nobody_asked_for_change_nothing(rows, objects, cast, monkeypatch):  # noqa: F811
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    more = forbidden()
    for row in rows:
        role = next(role for role in ROLES[1:] if row[role] == "allow")
        body = body_of(row["url"], objects[row["object"]])
        plain = done(row, objects, cast, role, body)
        stuffed = done(row, objects, cast, role, with_more(body, more))
        assert stuffed[0] == plain[0], row
        assert {label: held for label, held in stuffed[1].items() if held != plain[1][label]} == {}, row


def test_something_is_sent(cast):
    """The list is long, and holds what would hurt the most."""
    names = forbidden()
    assert {"confirmed_by", "granted_by", "recorded_by", "user_id", "settled_at", "published_by"} <= set(names)
    assert len(names) > 100


def test_a_form_that_takes_everything_is_noticed(objects, cast, monkeypatch):  # noqa: F811
    """Twin: a form that hands on what it was not asked for turns its row red."""
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    person = GuardianForm.person
    monkeypatch.setattr(
        GuardianForm, "person", lambda form: person(form) | {"user_id": form.data.get("user_id") or None}
    )
    [row] = [row for row in POSTS if row["url"] == "registry:guardian_new"]
    body = body_of(row["url"], objects[row["object"]])
    role = next(role for role in ROLES[1:] if row[role] == "allow")
    plain = done(row, objects, cast, role, body)
    stuffed = done(row, objects, cast, role, with_more(body, forbidden()))
    assert stuffed != plain
