"""The matrix over whose object it is: another class, another grade, a closed year, one who has left, one that is missing (P0-7)."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from gradebook import services
from registry.models import (
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GradeScheme,
    HomeroomAssignment,
    SchoolClass,
    SchoolYear,
    Student,
    Subject,
    TeachingAssignment,
    Term,
)
from schoolops.lib import outbox
from tests.support import column, forget_actor, fresh, pupils_of
from tests.test_access import (
    ROLES,
    ROWS,
    arguments,
    body_of,
    fingerprint,
    in_groups,
    mismatches,
    objects,  # noqa: F401 - a fixture
)

OWNED = list(csv.DictReader(Path(__file__).with_name("access_ownership.csv").read_text(encoding="utf-8").splitlines()))
MISSING = 10**9


def sit_in(school_class, name):
    pupil = Student.objects.create(full_name=name)
    Enrollment.objects.create(
        student=pupil, school_class=school_class, roll_no=1, enrolled_on=school_class.school_year.starts_on
    )
    return pupil


def book_of(school_class, term, cast, teacher=None, until=None):
    """An open book of mathematics of this class."""
    item, _made = CurriculumItem.objects.get_or_create(
        school_year=term.school_year,
        grade=school_class.grade,
        subject=Subject.objects.get(code="TOAN"),
        defaults={"periods": 140, "assessment": "score"},
    )
    taught = ClassSubject.objects.create(school_class=school_class, item=item)
    GradeScheme.objects.get_or_create(
        school_year=term.school_year, grade=school_class.grade, defaults={"scheme": "TT22"}
    )
    if teacher is not None:
        TeachingAssignment.objects.create(
            teacher=teacher,
            class_subject=taught,
            decision=_decision(cast),
            valid_from=term.starts_on,
            valid_until=until,
        )
    [book] = services.open_gradebooks(
        class_subjects=ClassSubject.objects.filter(pk=taught.pk).select_related("item"), term=term, by=cast.it_staff
    )
    forget_actor()
    return fresh(book)


def _decision(cast):
    return cast.principal.grants.first().decision


def named(book) -> dict[str, int]:
    return {"pk": book.pk, "column": column(book, "GK").pk, "student": pupils_of(book)[0].pk}


@pytest.fixture
def owned(objects, books, school, cast):  # noqa: F811
    """One object of each kind for each ownership, beside those of the matrix."""
    other = school.classes["7A2"]
    grade = SchoolClass.objects.create(school_year=school.year, name="8A1", grade=8)
    sit_in(grade, "Nguyễn Văn An")
    today = timezone.localdate()
    past = SchoolYear.objects.create(
        code="2090-2091", starts_on=today - timedelta(days=500), ends_on=today - timedelta(days=200)
    )
    term = Term.objects.create(school_year=past, number=1, starts_on=past.starts_on, ends_on=past.ends_on)
    then = SchoolClass.objects.create(school_year=past, name="6A1", grade=6)
    gone = sit_in(then, "Nguyễn Văn An")
    HomeroomAssignment.objects.create(
        teacher=cast.homeroom_teacher,
        school_class=then,
        decision=school.decision,
        valid_from=past.starts_on,
        valid_until=past.ends_on,
    )
    closed_book = book_of(then, term, cast, cast.teacher, past.ends_on)
    SchoolYear.objects.filter(pk=past.pk).update(closed_at=timezone.now(), closed_by=cast.principal)
    in_other = other.enrollments.order_by("roll_no").first().student
    in_grade = grade.enrollments.get().student
    eighth = book_of(grade, school.term, cast)
    return {
        "class of 7A2": {"pk": other.pk, "student": in_other.pk},
        "class of 8A1": {"pk": grade.pk, "student": in_grade.pk},
        "class of a closed year": {"pk": then.pk, "student": gone.pk},
        "pupil of 7A2": {"pk": in_other.pk},
        "pupil of 8A1": {"pk": in_grade.pk},
        "pupil of a closed year": {"pk": gone.pk},
        "pupil who has left": {"pk": objects["movement of 7A1"]["pk"]},
        "book of 7A2": named(fresh(books["TOAN 7A2"])),
        "book of 8A1": named(eighth),
        "book of a closed year": named(closed_book),
    }


@in_groups(OWNED)
def test_ownership(rows, owned, cast, monkeypatch):
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    assert mismatches(rows, owned, cast) == []


# --- objects that are not there -------------------------------------------------------------------
NUMBERED = [row for row in ROWS if row["object"] and not row["object"].startswith("new year")]


@in_groups(NUMBERED, 20)
def test_what_is_missing_is_open_to_nobody(rows, objects, cast, client, monkeypatch):  # noqa: F811
    """Numbers that nobody has are guessed by nobody: 404, or 403 for who may not even ask; nothing has changed."""
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    for role in ROLES[1:]:
        client.force_login(getattr(cast, role), "accounts.backends.SignInBackend")
        before = fingerprint()
        for row in rows:
            given = arguments(row["url"], objects[row["object"]])
            missing = {key: MISSING if isinstance(value, int) else value for key, value in given.items()}
            if missing == given:
                continue  # no number in this address
            url = reverse(row["url"], kwargs=missing)
            body = body_of(row["url"], objects[row["object"]])
            response = client.post(url, **body) if row["method"] == "POST" else client.get(url)
            assert response.status_code in {404, 403}, (role, row)
        assert fingerprint() == before, role
