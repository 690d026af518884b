"""Whatever stands in an address or a form, the portal answers in words: never an error of its own (ux.md §0.4, P0-9)."""

import os
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from schoolops.lib import outbox
from tests.support import client_of, forget_actor
from tests.test_access import (  # noqa: F401
    POSTS,
    ROLES,
    ROWS,
    arguments,
    body_of,
    in_groups,
    objects,
)

ROOT = Path(__file__).parent.parent
APPS = ("accounts", "registry", "gradebook", "messaging", "schoolops")
ODD: dict[str, str | bytes] = {
    "negative": "-1",
    "huge": "9" * 40,
    "null byte": "a\x00b",
    "long": "Nguyễn " * 1500,
    "other digits": "٣",
    "superscript": "²",
    "no such day": "31/02/2026",
    "bytes": "\ud800".encode("utf-8", "surrogatepass"),
    "markup": "<script>alert(1)</script>'\"%s{{7*7}}",
    "marks": "e" + "\u0301" * 200,
}
GETS = [row for row in ROWS if row["method"] == "GET"]
# At each run the fields have odd values together, three times otherwise mixed; in the drill every value is sent in every field.
DRILL = os.environ.get("SCHOOLOPS_DRILL") == "1"
pytestmark = [pytest.mark.drill] if DRILL else []


def mixed(names) -> list[dict]:
    """The names with odd values, as often as every value comes to each name; a NUL, which ends a request early, by itself."""
    values = [value for label, value in ODD.items() if label != "null byte"]
    turns = range(len(values) if DRILL else 3)
    shifted = [
        {name: values[(place + 3 * turn) % len(values)] for place, name in enumerate(sorted(names))} for turn in turns
    ]
    return [dict.fromkeys(names, ODD["null byte"]), *shifted]


def read_names(method: str) -> set[str]:
    """Every name that some view reads by itself from the address or the form."""
    pattern = re.compile(method + r"\.get(?:list)?\(\"(\w+)\"")
    sources = [source for app in APPS for source in (ROOT / app).rglob("*.py")]
    return {name for source in sources for name in pattern.findall(source.read_text(encoding="utf-8"))}


def client_for(row, cast) -> Client:
    """Signed in as the first who may."""
    role = next((role for role in ROLES[1:] if row[role] == "allow"), "principal")
    return client_of(getattr(cast, role))


def answer(row, cast, call) -> int:
    """The status; what the request did is undone."""
    sid = transaction.savepoint()
    forget_actor()
    try:
        return call(client_for(row, cast)).status_code
    finally:
        transaction.savepoint_rollback(sid)


def test_names_are_found():
    assert {"page", "q", "year", "week", "person", "column"} <= read_names("GET")
    assert {"action", "rule", "session", "tie"} <= read_names("POST")


@in_groups(GETS, 20)
def test_odd_questions(rows, objects, cast):  # noqa: F811
    questions = mixed(read_names("GET"))
    for row in rows:
        url = reverse(row["url"], kwargs=arguments(row["url"], objects[row["object"]]))
        for asked in questions:
            found = answer(row, cast, lambda client, url=url, asked=asked: client.get(url, asked))
            assert found < 500 or found == 503, (row["url"], asked)


@in_groups(GETS, 20)
def test_numbers_beyond_every_table(rows, objects, cast):  # noqa: F811
    for row in rows:
        given = arguments(row["url"], objects[row["object"]])
        huge = {name: 10**30 if isinstance(value, int) else value for name, value in given.items()}
        if huge == given:
            continue
        if row["url"].startswith("api-"):
            huge["pk"] = 10**17
        found = answer(row, cast, lambda client, row=row, huge=huge: client.get(reverse(row["url"], kwargs=huge)))
        assert found == 404, row["url"]


@in_groups(POSTS, 20)
def test_odd_forms(rows, objects, cast, monkeypatch):  # noqa: F811
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    for row in rows:
        url = reverse(row["url"], kwargs=arguments(row["url"], objects[row["object"]]))
        body = body_of(row["url"], objects[row["object"]])
        for sent in bodies(body):
            found = answer(row, cast, lambda client, url=url, sent=sent: client.post(url, **sent))
            assert found < 500 or found == 503, (row["url"], sent)


def bodies(body: dict) -> list[dict]:
    """The body with odd values in every field; in the drill also in one field after the other."""
    if "content_type" in body:
        texts = [odd for odd in ODD.values() if isinstance(odd, str)]
        odd_cells = [{**body, "data": {"cells": [text]}} for text in texts]
        return [*odd_cells, *({**body, "data": odd} for odd in ODD.values())]
    data = dict.fromkeys(read_names("POST"), "1") | body["data"]
    each = [{"data": data | {name: odd}} for name in body["data"] for odd in ODD.values()] if DRILL else []
    return [*({"data": sent} for sent in mixed(data)), *each]
