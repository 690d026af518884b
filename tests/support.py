"""People, schools and databases that tests build; fixtures are in conftest."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import psycopg2
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.backends import act_for, delegation_in_force
from accounts.models import Decision, Delegation, Department, Grant, StaffProfile, User
from accounts.roles import Role
from gradebook.models import Gradebook, ScoreColumn
from registry.models import (
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GradeScheme,
    HomeroomAssignment,
    School,
    SchoolClass,
    SchoolYear,
    Student,
    Subject,
    TeachingAssignment,
    Term,
)

SUPERUSER = os.environ.get("SCHOOLOPS_TEST_SUPERUSER", "schoolops_super")
TEMPLATE = "schoolops_template"
T = TypeVar("T")


def superuser(database: str = "postgres") -> "psycopg2.extensions.connection":
    """A connection that may make databases; only tests have one."""
    opened = psycopg2.connect(
        host=settings.DATABASES["default"]["HOST"],
        port=settings.DATABASES["default"]["PORT"],
        user=SUPERUSER,
        dbname=database,
    )
    opened.autocommit = True
    return opened


def make_database(name: str, template: str = TEMPLATE) -> None:
    with closing(superuser()) as admin, admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER schoolops_owner')


def spread_ids(name: str) -> None:
    """Ids of every table start at another large number: an id taken for another's, or printed as 1.178, is noticed."""
    with closing(superuser(name)) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences ORDER BY 1")
        for number, (sequence,) in enumerate(cursor.fetchall(), start=1):
            cursor.execute("SELECT setval(%s, %s)", [sequence, number * 1000 + 177])


def drop_database(name: str) -> None:
    with closing(superuser()) as admin, admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


# --- the cast -----------------------------------------------------------------------------------
YEAR_START, YEAR_END = date(2026, 9, 5), date(2027, 5, 31)


@dataclass
class Cast:
    """The people of every test. `teacher` teaches maths in 7A1, `other_teacher` literature in 7A1 and maths in 7A2."""

    teacher: User
    other_teacher: User
    homeroom_teacher: User
    subject_head: User
    vice_principal: User
    principal: User
    it_staff: User
    parent: User
    stranger: User


@dataclass
class SchoolFixture:
    """A small school with an open year around today, so that assignments are in force."""

    year: SchoolYear
    term: Term
    decision: Decision
    classes: dict[str, SchoolClass]
    class_subjects: dict[str, ClassSubject]
    students: list[Student]
    cast: "Cast | None" = None


def person(username: str, full_name: str, salutation: str = "cô") -> User:
    return User.objects.create_user(
        username=username, password="mat-khau-dai", full_name=full_name, salutation=salutation
    )


def grant(
    user: User, role: Role, decision: Decision, by: User, confirmer: User | None = None, **scope: object
) -> Grant:
    today = timezone.localdate()
    return Grant.objects.create(
        person=user,
        role=role,
        decision=decision,
        valid_from=today - timedelta(days=30),
        granted_by=by,
        confirmed_by=confirmer,
        confirmed_at=timezone.now() if confirmer else None,
        **scope,
    )


def delegation(giver: User, person: User, decision: Decision, *duties: str, **changes: Any) -> Delegation:
    """From an hour ago until tomorrow, of corrections unless told."""
    now = timezone.now()
    values = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=1), **changes}
    return Delegation.objects.create(
        giver=giver, person=person, decision=decision, duties=list(duties or ["corrections"]), **values
    )


def acting(person: User, delegated: Delegation) -> User:
    """The person as the next request under this delegation reads them."""
    found = again(person)
    act_for(found, delegation_in_force(delegated.pk, person.pk))
    return found


def build_school(pupils: int = 5) -> SchoolFixture:
    """The school of the tests; built without the guard's help, because no book is open yet."""
    today = timezone.localdate()
    School.objects.create(
        name="Trường THCS Thử Nghiệm", short_name="THCS Thử Nghiệm", code="T01", level="lower_secondary"
    )
    year = SchoolYear.objects.create(
        code=f"{today.year}-{today.year + 1}", starts_on=today - timedelta(days=70), ends_on=today + timedelta(days=200)
    )
    term = Term.objects.create(school_year=year, number=1, starts_on=year.starts_on, ends_on=today + timedelta(days=60))
    GradeScheme.objects.create(school_year=year, grade=7, scheme="TT22")
    decision = Decision.objects.create(number="12/QĐ-THCS", issued_on=year.starts_on, signer="Hiệu trưởng")
    maths_department = Department.objects.create(name="Toán – Tin")
    subjects = {
        "TOAN": Subject.objects.create(
            code="TOAN", name="Toán", short_name="Toán", position=1, department=maths_department
        ),
        "NV": Subject.objects.create(code="NV", name="Ngữ văn", short_name="Văn", position=2),
        "GDTC": Subject.objects.create(code="GDTC", name="Giáo dục thể chất", short_name="GDTC", position=3),
    }
    periods = {"TOAN": (140, "score"), "NV": (140, "score"), "GDTC": (70, "comment")}
    items = {
        code: CurriculumItem.objects.create(
            school_year=year, grade=7, subject=subjects[code], periods=count, assessment=kind
        )
        for code, (count, kind) in periods.items()
    }
    classes = {name: SchoolClass.objects.create(school_year=year, name=name, grade=7) for name in ("7A1", "7A2")}
    class_subjects = {
        f"{code} {name}": ClassSubject.objects.create(school_class=school_class, item=item)
        for name, school_class in classes.items()
        for code, item in items.items()
    }
    names = ["Nguyễn Văn An", "Trần Thị Ánh", "Phạm Gia Ân", "Đặng Tiến Dũng", "H'Hen Niê", "Lê Hoàng Anh", "Cao Ước"]
    students = []
    for name in classes:
        for number in range(pupils):
            student = Student.objects.create(full_name=f"{names[number % len(names)]}", moet_id=f"{name}{number:04d}")
            Enrollment.objects.create(
                student=student, school_class=classes[name], roll_no=number + 1, enrolled_on=year.starts_on
            )
            students.append(student)
    made = SchoolFixture(year, term, decision, classes, class_subjects, students)
    made.cast = _hire(made)
    return made


def _hire(school: SchoolFixture) -> Cast:
    cast = Cast(
        teacher=person("teacher", "Trần Thị Lan"),
        other_teacher=person("other_teacher", "Phan Thị Hoa"),
        homeroom_teacher=person("homeroom_teacher", "Lý Văn Tú", "thầy"),
        subject_head=person("subject_head", "Võ Minh Khang", "thầy"),
        vice_principal=person("vice_principal", "Lê Văn Khánh", "thầy"),
        principal=person("principal", "Đỗ Thị Mai"),
        it_staff=person("it_staff", "Ngô Quốc Hùng", "thầy"),
        parent=person("parent", "Nguyễn Thị Hạnh", "bà"),
        stranger=person("stranger", "Bùi Văn Lạ", "ông"),
    )
    staff = [
        *(cast.teacher, cast.other_teacher, cast.subject_head, cast.it_staff),
        *(cast.homeroom_teacher, cast.vice_principal, cast.principal),
    ]
    for number, user in enumerate(staff, start=1):
        StaffProfile.objects.create(user=user, staff_code=f"GV{number:03d}", personal_number=f"0{number:011d}")
    start = school.year.starts_on
    for key, teacher in (
        ("TOAN 7A1", cast.teacher),
        ("GDTC 7A1", cast.teacher),
        ("NV 7A1", cast.other_teacher),
        ("TOAN 7A2", cast.other_teacher),
    ):
        TeachingAssignment.objects.create(
            teacher=teacher, class_subject=school.class_subjects[key], decision=school.decision, valid_from=start
        )
    HomeroomAssignment.objects.create(
        teacher=cast.homeroom_teacher, school_class=school.classes["7A1"], decision=school.decision, valid_from=start
    )
    grant(cast.principal, Role.PRINCIPAL, school.decision, by=cast.it_staff, confirmer=cast.stranger)
    grant(cast.vice_principal, Role.VICE_PRINCIPAL, school.decision, by=cast.it_staff, confirmer=cast.principal)
    grant(cast.it_staff, Role.IT_STAFF, school.decision, by=cast.principal)
    department = Department.objects.get(name="Toán – Tin")
    grant(
        cast.subject_head,
        Role.DEPARTMENT_HEAD,
        school.decision,
        by=cast.it_staff,
        scope_kind="department",
        scope_id=department.pk,
    )
    return cast


def fresh(book: Gradebook) -> Gradebook:
    return Gradebook.objects.select_related(
        "class_subject__school_class", "class_subject__item__subject", "term__school_year"
    ).get(pk=book.pk)


def column(book: Gradebook, code: str) -> ScoreColumn:
    kind, ordinal = code[:2], int(code[2:] or 1)
    return ScoreColumn.objects.get(gradebook=book, kind=kind, ordinal=ordinal)


def pupils_of(book: Gradebook) -> list[Student]:
    enrolled = Enrollment.objects.filter(school_class=book.class_subject.school_class_id).order_by("roll_no")
    return [row.student for row in enrolled.select_related("student")]


def again(user: User) -> User:
    """The same person as the next request reads them, without anything remembered."""
    return User.objects.get(pk=user.pk)


def client_of(user: User, **options: Any) -> Client:
    """A browser in which this person is signed in, as the next request would read them."""
    client = Client(**options)
    client.force_login(again(user), "accounts.backends.SignInBackend")
    return client


def password_given(client: Client, user: User, minutes: float = 0) -> Client:
    """In this browser the password was given again so many minutes ago."""
    session = client.session
    at = (timezone.now() - timedelta(minutes=minutes)).timestamp()
    session["account_authentication_methods"] = [{"method": "password", "at": at, "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def forget_actor() -> None:
    """Services name the actor for their transaction; a test is one transaction, so it must forget in between."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('schoolops.actor', '', true)")


def enter_admin(client: Any, since: float = 0) -> None:
    """The administration mode of this browser is on, last used so many seconds ago."""
    session = client.session
    session["admin_seen_at"] = time.time() - since
    session.save()


# --- several connections at once ------------------------------------------------------------------------
@contextmanager
def committed_database(name: str, blocker: Any) -> Iterator[None]:
    """A clone in which every connection of this process works and commits, as in production."""
    before = connection.settings_dict["NAME"]
    make_database(name)
    spread_ids(name)
    with blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before
            drop_database(name)


def until(condition: Callable[[], T], seconds: float = 10) -> T:
    """Wait for it; what it returned then."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found


def waiting_for_locks() -> int:
    """How many connections to this database are stopped by another's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
