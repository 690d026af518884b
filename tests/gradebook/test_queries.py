"""Every list costs the same number of queries for two rows and for twenty, and no page more than fifteen (design.md §8)."""

import json
import re
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Incident
from gradebook import services
from gradebook.models import Gradebook, LockException, LockRule, Score, ScoreColumn
from messaging.models import Notification
from registry.models import ClassSubject, CurriculumItem, Enrollment, SchoolClass, Student, TeachingAssignment
from schoolops.lib.models import OutboxMessage
from tests.support import again, build_school, forget_actor, fresh

PAGE_BUDGET, GRID_BUDGET = 15, 10
FEW, MANY = 2, 20
TABLE = re.compile(r"(?s)^\W*(\w+).*?(?:FROM|INTO|UPDATE) \"(\w+)\".*")


def queries(user, url):
    """The statements of the page as a signed-in person gets it, each by what it does to which table."""
    client = Client()
    client.force_login(again(user))
    # What a process keeps (templates, content types) is there before anybody measures.
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return summary(captured)


def summary(captured):
    """How often each kind of statement ran; savepoints have running numbers, which mean nothing."""
    texts = (query["sql"].partition(' "s')[0] if "SAVEPOINT" in query["sql"] else query["sql"] for query in captured)
    return Counter(TABLE.sub(r"\1 \2", text, count=1)[:60] for text in texts)


def assert_equal(few, many, budget=PAGE_BUDGET):
    assert many == few
    assert many.total() <= budget, dict(many)


# --- growing the school -------------------------------------------------------------------------------
@pytest.fixture
def school(db):
    return build_school(pupils=FEW)


def add_pupils(school, number):
    """More pupils in 7A1, each with a score in every open cell of its maths book."""
    place = school.classes["7A1"]
    first = Enrollment.objects.filter(school_class=place).count() + 1
    made = Student.objects.bulk_create(
        [Student(full_name=f"Lê Thị Ánh {n}", moet_id=f"X{n:05d}") for n in range(number)]
    )
    Enrollment.objects.bulk_create(
        [
            Enrollment(student=pupil, school_class=place, roll_no=roll_no, enrolled_on=school.year.starts_on)
            for roll_no, pupil in enumerate(made, start=first)
        ]
    )
    return made


def fill(book, teacher):
    services.act_as(teacher)
    place = book.class_subject.school_class_id
    held = set(Score.objects.filter(column__gradebook=book).values_list("column_id", "student_id"))
    cells = [
        Score(column=column, student_id=pupil, code="7.5", entered_by=teacher, entered_at=timezone.now())
        for column in book.columns.of_scores()
        for pupil in Enrollment.objects.filter(school_class=place).values_list("student_id", flat=True)
        if (column.pk, pupil) not in held
    ]
    Score.objects.bulk_create(cells)
    forget_actor()


def add_books(school, cast, number):
    """More classes whose maths the teacher teaches, with open books whose mid-term column closes tomorrow."""
    item = CurriculumItem.objects.get(subject__code="TOAN", grade=7)
    taken = SchoolClass.objects.count()
    classes = SchoolClass.objects.bulk_create(
        [SchoolClass(school_year=school.year, name=f"7B{taken + n}", grade=7) for n in range(number)]
    )
    taught = ClassSubject.objects.bulk_create([ClassSubject(school_class=place, item=item) for place in classes])
    TeachingAssignment.objects.bulk_create(
        [
            TeachingAssignment(
                teacher=cast.teacher, class_subject=found, decision=school.decision, valid_from=school.year.starts_on
            )
            for found in taught
        ]
    )
    pupils = Student.objects.bulk_create([Student(full_name="Cao Ước") for _ in classes])
    Enrollment.objects.bulk_create(
        [
            Enrollment(student=pupil, school_class=place, roll_no=1, enrolled_on=school.year.starts_on)
            for pupil, place in zip(pupils, classes, strict=True)
        ]
    )
    found = ClassSubject.objects.filter(pk__in=[found.pk for found in taught]).select_related("item")
    services.open_gradebooks(class_subjects=found, term=school.term, by=cast.it_staff)
    forget_actor()


def publish(school, cast, **parts):
    rule = LockRule(term=school.term, closes_at=timezone.now() + timedelta(days=1), **parts)
    services.draft_rule(rule=rule, by=cast.vice_principal)
    services.publish_rules(rules=[rule], by=cast.vice_principal)
    forget_actor()


def add_messages(user, number):
    made = OutboxMessage.objects.bulk_create(
        [OutboxMessage(kind="locks.published", recipients=[user.pk]) for _ in range(number)]
    )
    Notification.objects.bulk_create([Notification(message=message, recipient=user) for message in made])


def add_incidents(cast, number):
    Incident.objects.bulk_create([Incident(reported_by=cast.teacher, text=f"Sự cố {n}") for n in range(number)])


# --- the pages ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["teacher", "vice_principal"])
def test_grid(maths, school, cast, who):
    fill(maths, cast.teacher)
    url = reverse("gradebook:gradebook_detail", args=[maths.pk])
    few = queries(getattr(cast, who), url)
    add_pupils(school, MANY - FEW)
    fill(fresh(maths), cast.teacher)
    assert_equal(few, queries(getattr(cast, who), url), GRID_BUDGET)


@pytest.mark.parametrize("page", ["column_verify", "column_stack", "column_checks"])
def test_pages_of_a_column(maths, school, cast, page):
    fill(maths, cast.teacher)
    url = reverse(f"gradebook:{page}", args=[maths.pk, maths.columns.first().pk])
    few = queries(cast.teacher, url)
    add_pupils(school, MANY - FEW)
    fill(fresh(maths), cast.teacher)
    assert_equal(few, queries(cast.teacher, url))


def test_grid_with_every_column_closed_and_excepted(maths, school, cast):
    """What a head says of a closed column, who closed it and until when it is open again, is read with the columns."""
    url = reverse("gradebook:gradebook_detail", args=[maths.pk])
    open_columns = queries(cast.teacher, url)
    rule = LockRule(term=school.term, closes_at=timezone.now() - timedelta(days=1))
    services.draft_rule(rule=rule, by=cast.vice_principal)
    services.publish_rules(rules=[rule], by=cast.vice_principal)
    assert_equal(open_columns, queries(cast.teacher, url), GRID_BUDGET)
    for column in ScoreColumn.objects.filter(gradebook=maths):
        until = timezone.now() + timedelta(hours=2)
        services.open_exception(column=column, until=until, reason="ốm", by=cast.vice_principal)
    assert_equal(open_columns, queries(cast.teacher, url), GRID_BUDGET)


@pytest.mark.parametrize("who", ["teacher", "vice_principal", "subject_head"])
def test_class_list(books, school, cast, who):
    publish(school, cast, kind="GK")
    few = queries(getattr(cast, who), reverse("gradebook:class_list"))
    add_books(school, cast, MANY - FEW)
    assert Gradebook.objects.count() >= MANY
    assert_equal(few, queries(getattr(cast, who), reverse("gradebook:class_list")))


@pytest.mark.parametrize("who", ["teacher", "vice_principal", "principal", "it_staff"])
def test_today(books, school, cast, who):
    publish(school, cast, kind="GK")
    user = getattr(cast, who)
    add_incidents(cast, FEW)
    add_messages(user, FEW)
    few = queries(user, reverse("today"))
    add_books(school, cast, MANY - FEW)
    add_incidents(cast, MANY - FEW)
    add_messages(user, MANY - FEW)
    assert_equal(few, queries(user, reverse("today")))


@pytest.mark.parametrize("who", ["teacher", "vice_principal"])
def test_lock_calendar_with_published_rules(books, school, cast, who):
    def publish_some(number):
        for n in range(number):
            publish(school, cast, kind="TX", ordinal=1 + n % 4, subject=school.class_subjects["NV 7A1"].item.subject)

    publish_some(FEW)
    few = queries(getattr(cast, who), reverse("gradebook:lock_calendar"))
    publish_some(MANY - FEW)
    assert_equal(few, queries(getattr(cast, who), reverse("gradebook:lock_calendar")))


def test_lock_calendar_with_exceptions(books, school, cast):
    columns = list(ScoreColumn.objects.order_by("pk"))

    def except_some(chosen):
        now = timezone.now()
        services.act_as(cast.vice_principal)
        LockException.objects.bulk_create(
            [
                LockException(
                    column=column,
                    opens_at=now,
                    closes_at=now + timedelta(hours=1),
                    reason="ốm",
                    created_by=cast.vice_principal,
                )
                for column in chosen
            ]
        )
        forget_actor()

    except_some(columns[:FEW])
    few = queries(cast.vice_principal, reverse("gradebook:lock_calendar"))
    except_some(columns[FEW:MANY])
    assert_equal(few, queries(cast.vice_principal, reverse("gradebook:lock_calendar")))


def test_lock_calendar_with_drafts(books, school, cast):
    """Each draft shows what it would close; that is counted for all of them together."""

    def draft_some(number):
        for n in range(number):
            rule = LockRule(
                term=school.term, kind="TX", ordinal=1 + n % 4, closes_at=timezone.now() + timedelta(days=3)
            )
            services.draft_rule(rule=rule, by=cast.vice_principal)

    draft_some(FEW)
    few = queries(cast.vice_principal, reverse("gradebook:lock_calendar"))
    draft_some(MANY - FEW)
    assert_equal(few, queries(cast.vice_principal, reverse("gradebook:lock_calendar")))


def test_inbox(school, cast):
    add_messages(cast.teacher, FEW)
    few = queries(cast.teacher, reverse("messaging:inbox"))
    add_messages(cast.teacher, MANY - FEW)
    assert_equal(few, queries(cast.teacher, reverse("messaging:inbox")))


@pytest.mark.parametrize("who", ["teacher", "it_staff", "principal"])
def test_incidents(school, cast, who):
    add_incidents(cast, FEW)
    few = queries(getattr(cast, who), reverse("accounts:incident_list"))
    add_incidents(cast, MANY - FEW)
    assert_equal(few, queries(getattr(cast, who), reverse("accounts:incident_list")))


# --- saving -----------------------------------------------------------------------------------------------
def test_saving_costs_the_same_for_two_cells_and_for_twenty_pupils(maths, school, cast, client):
    def save(text):
        pupils = Enrollment.objects.filter(school_class=maths.class_subject.school_class_id).values_list(
            "student_id", flat=True
        )
        versions = {(cell.column_id, cell.student_id): cell.version for cell in Score.objects.all()}
        cells = [
            {"c": column.pk, "s": pupil, "t": text, "v": versions.get((column.pk, pupil), 0), "o": str(uuid.uuid4())}
            for column in maths.columns.of_scores()
            for pupil in pupils
        ]
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(
                reverse("gradebook:score_save", args=[maths.pk]), json.dumps({"cells": cells}), "application/json"
            )
        assert {cell["st"] for cell in answer.json()["cells"]} == {"saved"}
        return summary(captured)

    client.force_login(cast.teacher)
    client.get(reverse("profile"))  # the first request lays down the limits of the session
    few = save("7")
    add_pupils(school, MANY - FEW)
    assert_equal(few, save("8"))
