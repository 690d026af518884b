"""P0-7: every page that a role may open is read, and no page says anything about somebody whom the role may not see.

Each pupil carries marks of their own in name, address, family and health notes; what each role may meet is written by hand.
"""

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from registry import services
from registry.models import Guardian, HealthNote, Student
from schoolops.lib import outbox
from tests.support import client_of, column, forget_actor, fresh, password_given, pupils_of
from tests.test_access import ROLES, ROWS, arguments, body_of, objects  # noqa: F401 - a fixture

LETTERS = "abcdefghij"
# Long enough that no token of chance holds one.
MARK = re.compile(r"Zqwvx(n|d|f|h)([a-j])([a-j])")
KINDS = {"n": "name", "d": "address", "f": "family", "h": "health"}
OWN = ("a", "c")  # The parent's child: the third pupil of the first class.

BOTH, FIRST, NONE = {"a", "b"}, {"a"}, set()
# Of the child whose family has asked for a copy, and of nobody else.
CHILD = {OWN}
# Role: of which classes it may meet names, addresses, families and health notes.
MAY = {
    "anonymous": (NONE, NONE, NONE, NONE),
    "teacher": (FIRST, NONE, NONE, NONE),
    "other_teacher": (BOTH, NONE, NONE, NONE),
    "homeroom_teacher": (FIRST, FIRST, FIRST, NONE),
    "subject_head": (BOTH, NONE, NONE, NONE),
    "vice_principal": (BOTH, BOTH, BOTH, BOTH),
    "principal": (BOTH, BOTH, BOTH, BOTH),
    "it_staff": (BOTH, BOTH, BOTH, NONE),
    "clerk": (BOTH, BOTH, BOTH, NONE),
    "nurse": (BOTH, NONE, NONE, BOTH),
    "data_protection": (BOTH, BOTH, BOTH, CHILD),
    "parent": (CHILD, CHILD, CHILD, CHILD),
    "stranger": (NONE, NONE, NONE, NONE),
}


def marked(kind: str, class_index: int, number: int) -> str:
    return f"Zqwvx{kind}{LETTERS[class_index]}{LETTERS[number]}"


@pytest.fixture
def canaries(objects, books, school, cast, monkeypatch):  # noqa: F811
    """Marks on every pupil of both classes; families and notes for those who have none yet."""
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    for class_index, name in enumerate(("7A1", "7A2")):
        for number, seat in enumerate(school.classes[name].enrollments.order_by("roll_no").select_related("student")):
            pupil = seat.student
            if not pupil.guardianships.exists():
                _give_family(pupil, seat, cast)
            Guardian.objects.filter(guardianships__student=pupil).update(
                full_name=f"Lò Thị {marked('f', class_index, number)}"
            )
            HealthNote.objects.create(
                student=pupil,
                noted_on=school.year.starts_on,
                category="allergy",
                text=f"Dị ứng {marked('h', class_index, number)}",
                recorded_by=cast.principal,
            )
            Student.objects.filter(pk=pupil.pk).update(
                full_name=f"Nguyễn {marked('n', class_index, number)}",
                address=f"Thôn {marked('d', class_index, number)}",
            )
    forget_actor()
    other, book = school.classes["7A2"], fresh(books["TOAN 7A2"])
    pupil = pupils_of(book)[0]
    elsewhere = {
        "class 7A1": {"pk": other.pk, "student": pupil.pk},
        "pupil of 7A1": {"pk": pupil.pk},
        "book of teacher": {"pk": book.pk, "column": column(book, "GK").pk, "student": pupil.pk},
    }
    return [objects, elsewhere]


def _give_family(pupil, seat, cast):
    if seat.left_on is None:
        services.add_guardian(
            student=pupil, person={"full_name": "Lò Thị Mai", "phone": ""}, tie={"relation": "mother"}, by=cast.it_staff
        )


def crawl(role, given, cast, *, everywhere=False) -> dict[str, set[tuple[str, str]]]:
    """The marks that this role meets on all pages which the matrix lets it open, in the files that they give, and in the
    answers to all forms; or on every page of the portal.
    """
    client = client_for(role, cast)
    found: dict[str, set[tuple[str, str]]] = {kind: set() for kind in KINDS}
    for row in ROWS:
        if everywhere or row[role] == "allow" or row["object"] == "book of teacher":
            for response in answers(client, row, given):
                for kind, *who in MARK.findall(words_of(response) + str(response.headers)):
                    found[kind].add(tuple(who))
    return found


def client_for(role, cast) -> Client:
    """Signed in a moment ago, so that no page asks for the password first."""
    if role == "anonymous":
        return Client()
    user = getattr(cast, role)
    return password_given(client_of(user), user)


def answers(client, row, given) -> Iterator[Any]:
    """To this row for the objects of the matrix, and for the same of the other class; what a form changed is undone."""
    for objects_of_class in given:
        if row["object"] not in objects_of_class:
            continue
        taken = objects_of_class[row["object"]]
        url = reverse(row["url"], kwargs=arguments(row["url"], taken))
        if row["method"] == "POST":
            sid, session = transaction.savepoint(), client.cookies.copy()
            forget_actor()
            yield client.post(url, **body_of(row["url"], taken))
            transaction.savepoint_rollback(sid)
            client.cookies = session
        else:
            yield from (client.get(address) for address in [url, *tabs_of(row["url"], url)])


def words_of(response) -> str:
    """What stands in it: a page's source, a PDF's text, all parts of a workbook."""
    content = b"".join(response)
    if content.startswith(b"%PDF"):
        content = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True).stdout
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"".join(parts.read(name) for name in parts.namelist())
    return content.decode(errors="replace")


@pytest.mark.parametrize(
    ("role", "kinds"), [("principal", {"text/html", "application/pdf"}), ("parent", {"application/json"})]
)
def test_marks_are_met_in_files(role, kinds, canaries, cast):
    """Twin of the reading: marks stand in what is downloaded, too, and are found there."""
    met, client = set(), client_for(role, cast)
    for row in ROWS:
        if row[role] == "allow":
            for response in answers(client, row, canaries):
                if MARK.search(words_of(response)):
                    met.add(response.headers["Content-Type"].partition(";")[0])
    assert kinds <= met


def test_a_workbook_is_read():
    book, file = Workbook(), io.BytesIO()
    book.active.append(["Nguyễn Zqwvxnab"])
    book.save(file)
    assert MARK.search(words_of([file.getvalue()]))


def tabs_of(name: str, url: str) -> list[str]:
    tabs = ("family", "health", "moves", "history", "reads") if name == "registry:student_detail" else ()
    return [f"{url}?tab={tab}" for tab in tabs]


def foreign(role: str, found) -> dict[str, set]:
    """What was met and may not be."""
    strange = {}
    for kind, allowed in zip(KINDS, MAY[role], strict=True):
        seen = {who for who in found[kind] if who not in allowed and who[0] not in allowed}
        if seen:
            strange[KINDS[kind]] = seen
    return strange


@pytest.mark.parametrize("role", ROLES)
def test_no_page_speaks_of_a_stranger(role, canaries, cast):
    found = crawl(role, canaries, cast)
    assert foreign(role, found) == {}
    for kind, allowed in zip(KINDS, MAY[role], strict=True):
        assert not allowed or found[kind], f"{role} meets no {KINDS[kind]} at all: nothing was tried"


def everybody(model):
    return lambda *_args, **_kwargs: model.objects.all()


def nothing(*_args, **_kwargs):
    """No reason why not."""
    return


TWINS = [
    ("children_of", everybody(Student), "parent"),
    ("visible_students", everybody(Student), "stranger"),
    ("read_student_health_denial", nothing, "it_staff"),
]


@pytest.mark.parametrize(("guard", "opened", "role"), TWINS, ids=[twin[0] for twin in TWINS])
def test_an_opened_guard_is_met(guard, opened, role, canaries, cast, monkeypatch):
    """Twins: with this guard open the same crawl, over every page, meets somebody it may not."""
    assert foreign(role, crawl(role, canaries, cast, everywhere=True)) == {}
    for module in ("registry.permissions", "registry.permissions.pupils", "registry.permissions.classes"):
        monkeypatch.setattr(f"{module}.{guard}", opened, raising=False)
    if guard == "read_student_health_denial":
        monkeypatch.setattr("registry.permissions.reads_student_health_notes", lambda *_args: True)
    assert foreign(role, crawl(role, canaries, cast, everywhere=True)) != {}
