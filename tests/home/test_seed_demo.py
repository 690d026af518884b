"""The demo school: the same for the same arguments, with the powers and the half-done term that its stories need."""

from collections import defaultdict
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Grant, Incident, User
from gradebook import checks, permissions
from gradebook.models import Gradebook, LedgerEvent, LockException, LockRule, Score, ScoreColumn
from gradebook.selectors.windows import columns_of
from registry.models import (
    ClassSubject,
    Enrollment,
    Guardian,
    Guardianship,
    HealthCheck,
    HomeroomAssignment,
    School,
    Student,
    TeachingAssignment,
    Timetable,
)
from registry.selectors import health
from registry.selectors.timetables import build_plan, difference
from schoolops.home.demo import lessons, people, timetable
from schoolops.home.demo.plan import Plan, PlanError
from schoolops.home.demo.school import OTHER_PERIODS, SUBJECTS
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.scores import tenths_of

SMALL = {"students": 60, "classes": 2}
TODAY = Plan().today
# The fixed names of design.md; bin/run prints them.
DEMO_ACCOUNTS = (
    "hieutruong phohieutruong quantri totruong gvcn gvbm vanthu yte bbt thuvien phuhuynh".split()  # noqa: SIM905
)
DEMO_PASSWORD = "truonghoc-demo"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def school(db):
    return seed()


def seed(**options):
    out = StringIO()
    call_command("seed_demo", **(SMALL | options), stdout=out)
    return out.getvalue()


def cells():
    rows = Score.objects.order_by("column__gradebook__class_subject__school_class", "column", "student").values_list(
        "column__gradebook__class_subject__school_class__name",
        "column__gradebook__class_subject__item__subject__code",
        "column__kind",
        "column__ordinal",
        "student__national_id",
        "student__full_name",
        "code",
        "is_makeup",
        "entered_by__username",
        "entered_at",
    )
    return sorted(rows, key=str)


def fingerprint(**options):
    """Everything people would read, of a school that is gone again afterwards."""
    with transaction.atomic():
        seed(**options)
        found = {
            "pupils": list(
                Enrollment.objects.order_by("school_class", "roll_no").values_list(
                    "school_class__name",
                    "roll_no",
                    "student__full_name",
                    "student__birth_date",
                    "student__moet_id",
                    "student__national_id",
                    "student__address",
                )
            ),
            "families": list(
                Guardianship.objects.order_by("student__moet_id", "pk").values_list(
                    "student__full_name", "relation", "guardian__full_name", "guardian__phone", "paper"
                )
            ),
            "staff": list(User.objects.order_by("username").values_list("username", "full_name", "phone")),
            "teaching": sorted(
                TeachingAssignment.objects.values_list(
                    "class_subject__school_class__name", "class_subject__item__subject__code", "teacher__username"
                )
            ),
            "cells": cells(),
            "confirmed": list(
                ScoreColumn.objects.filter(confirmed_at__isnull=False)
                .order_by("pk")
                .values_list("kind", "ordinal", "confirmed_by__username", "confirmed_at")
            ),
            "checks": list(
                HealthCheck.objects.order_by("student__moet_id", "student__national_id", "pk").values_list(
                    "student__full_name",
                    "checked_on",
                    "height_mm",
                    "weight_hg",
                    "vision_left",
                    "vision_right",
                    "conclusion",
                )
            ),
            "rules": list(LockRule.objects.order_by("pk").values_list("grade", "kind", "closes_at", "state")),
        }
        transaction.set_rollback(True)
    return found


def person(username):
    return User.objects.get(username=username)


def book_of(class_name, code):
    return Gradebook.objects.get(class_subject__school_class__name=class_name, class_subject__item__subject__code=code)


def column_tenths(book, code):
    """The column in roll order as the checks take it."""
    column = next(found for found in columns_of(book.pk) if found.code == code)
    held = dict(Score.objects.filter(column=column).values_list("student", "code"))
    roll = Enrollment.objects.filter(school_class=book.class_subject.school_class).order_by("roll_no")
    return [tenths_of(held.get(pupil, "")) for pupil in roll.values_list("student", flat=True)]


# --- sameness -----------------------------------------------------------------------------------
def test_same_arguments_give_the_same_school(db):
    first, second = fingerprint(), fingerprint()
    assert first == second
    assert first["cells"]


def test_another_seed_gives_other_people(db):
    assert fingerprint()["pupils"] != fingerprint(seed=2)["pupils"]


def test_another_day_moves_the_dates(db):
    earlier = TODAY - timedelta(days=364)
    rules = fingerprint(today=earlier)["rules"]
    assert {timezone.localtime(closes_at).date() for _, kind, closes_at, _ in rules if kind == "TX"} == {
        earlier - timedelta(days=6),
        earlier + timedelta(days=16),
    }


# --- refusals -----------------------------------------------------------------------------------
def test_refuses_when_demo_is_off(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO"):
        seed()
    assert not School.objects.exists()


def test_refuses_a_filled_database(db):
    School.objects.create(name="THCS Có Thật", short_name="Có Thật", code="1", level=School.Level.LOWER_SECONDARY)
    with pytest.raises(CommandError, match="already holds a school"):
        seed()
    assert School.objects.count() == 1


def test_if_empty_leaves_a_filled_database_alone(db):
    School.objects.create(name="THCS Có Thật", short_name="Có Thật", code="1", level=School.Level.LOWER_SECONDARY)
    assert "THCS Có Thật" in seed(if_empty=True)
    assert not Gradebook.objects.exists()


@pytest.mark.parametrize(
    "options",
    [{"classes": 0}, {"students": 1}, {"students": 121}, {"today": date(2026, 9, 10)}],
    ids=["no class", "empty class", "crowded class", "term just begun"],
)
def test_refuses_what_cannot_be_a_school(db, options):
    with pytest.raises(CommandError):
        seed(**options)
    assert not School.objects.exists()


def test_refuses_a_day_in_the_future(db):
    day = local_day(db_now()) + timedelta(days=1)
    while True:  # the next day that lies far enough in a term
        try:
            Plan(today=day).check()
            break
        except PlanError:
            day += timedelta(days=7)
    with pytest.raises(CommandError, match="future"):
        seed(today=day)


# --- people -------------------------------------------------------------------------------------
def test_the_demo_accounts_sign_in_and_the_institutions_do_not(school):
    for username in DEMO_ACCOUNTS:
        account = person(username)
        assert account.is_active
        assert account.check_password(DEMO_PASSWORD)
    for username in (people.SYSTEM, people.OFFICER):
        account = person(username)
        assert not account.is_active
        assert not account.has_usable_password()


POWERS = [
    ("hieutruong", "gradebook.set_locks", "gradebook.enter_scores"),
    ("phohieutruong", "gradebook.set_locks", "accounts.confirm_grant"),
    ("quantri", "accounts.use_admin", "gradebook.set_locks"),
    ("totruong", "gradebook.view_gradebook", "gradebook.set_locks"),
    ("gvcn", "registry.keep_class", "gradebook.set_locks"),
    ("gvbm", "gradebook.enter_scores", "registry.keep_class"),
    ("vanthu", "registry.view_schoolclass", "gradebook.view_gradebook"),
    ("yte", "registry.view_schoolclass", "gradebook.view_gradebook"),
    ("bbt", "accounts.work_here", "gradebook.view_gradebook"),
    ("thuvien", "accounts.work_here", "gradebook.view_gradebook"),
]


def test_demo_accounts_hold_their_powers(school):
    for username, may, may_not in POWERS:
        account = person(username)
        assert account.has_perm(may), username
        assert not account.has_perm(may_not), username
    assert person("phuhuynh").get_all_permissions() == set()


def test_only_their_own_teacher_enters_scores(school):
    book = book_of("7A1", "TOAN")
    allowed = [name for name in DEMO_ACCOUNTS if permissions.enter_denial(person(name), book) is None]
    assert allowed == ["gvcn"]


def test_leadership_was_confirmed_by_another(school):
    leaders = Grant.objects.filter(role__in=["principal", "vice_principal"])
    assert {(grant.person.username, grant.granted_by.username, grant.confirmed_by.username) for grant in leaders} == {
        ("hieutruong", people.SYSTEM, people.OFFICER),
        ("phohieutruong", "quantri", "hieutruong"),
    }


def test_homeroom_teachers_teach_their_class_and_all_stay_in_their_department(school):
    for kept in HomeroomAssignment.objects.all():
        assert TeachingAssignment.objects.filter(
            teacher=kept.teacher, class_subject__school_class=kept.school_class
        ).exists()
    rows = TeachingAssignment.objects.values_list(
        "teacher__staff_profile__department", "class_subject__item__subject__department"
    )
    assert rows.count() == ClassSubject.objects.count()
    assert all(of_teacher == of_subject for of_teacher, of_subject in rows)


@pytest.mark.parametrize("classes", [1, 2, 3, 7, 20, 45, 60])
def test_timetable_holds_for_a_school_of_any_size(classes):
    wanted = Plan(students=classes * 40, classes=classes).class_names()
    grades = {name: grade for grade, name in wanted}
    table = timetable.draw_up(wanted)
    weekly = defaultdict(float)
    for (name, code), seat in table.teaching.items():
        weekly[seat] += OTHER_PERIODS.get((code, grades[name]), SUBJECTS[code][2]) / timetable.WEEKS
    assert len(table.teaching) == classes * len(SUBJECTS)
    assert max(weekly.values()) <= 19
    assert len(set(table.keeping.values())) == classes
    assert table.teaching[table.home, "TOAN"] == table.keeping[table.home] == "gvcn"


# --- pupils and books ---------------------------------------------------------------------------
def test_class_lists_are_in_vietnamese_order_and_have_hard_names(school):
    for name in ("6A1", "7A1"):
        listed = Enrollment.objects.filter(school_class__name=name).order_by("roll_no")
        keys = list(listed.values_list("student__sort_key", flat=True))
        assert len(keys) == 30
        assert keys == sorted(keys)
    present = list(Enrollment.objects.filter(school_class__name="7A1").values_list("student__full_name", flat=True))
    assert {"H'Hen Niê", "Đặng Thị Ước", "Siu"} <= set(present)
    assert present.count("Nguyễn Minh Anh") == 2


def test_the_midterm_of_the_homeroom_teacher_waits(school):
    book = book_of("7A1", "TOAN")
    midterm = next(column for column in columns_of(book.pk) if column.code == "GK")
    assert not midterm.scores.exists()
    assert midterm.is_open(Plan().moment(0, 12))
    assert midterm.closes_at == Plan().moment(2, 23, 59)


def test_the_past_is_shown_as_imported(school):
    written = LedgerEvent.objects.filter(payload__contains='"student"')
    assert written.filter(payload__contains='"claimed_at"').count() == written.count() >= Score.objects.count()
    assert not Score.objects.filter(entered_at__gte=Plan().moment(0, 0)).exists()


def test_confirmed_columns_are_complete(school):
    confirmed = ScoreColumn.objects.filter(confirmed_at__isnull=False)
    assert confirmed.exists()
    for column in confirmed:
        assert column.scores.exclude(code="").count() == 30


def test_one_column_is_shifted_by_a_row(school):
    book = book_of("6A1", "KHTN")
    found = checks.row_shift([column_tenths(book, code) for code in ("TX1", "TX2")], column_tenths(book, "TX3"))
    assert found is not None
    assert found.offset == -1


def test_the_calendar_is_in_force_but_for_a_draft(school):
    assert LockRule.objects.filter(state=LockRule.State.DRAFT).count() == 1
    published = LockRule.objects.filter(state=LockRule.State.PUBLISHED)
    assert {rule.published_by.username for rule in published} == {"phohieutruong"}
    assert not ScoreColumn.objects.filter(kind__in=["GK", "CK"], rule__isnull=True).exists()
    assert LockException.objects.count() == 1


def test_incidents_are_at_every_stage(school):
    assert set(Incident.objects.values_list("state", flat=True)) == set(Incident.State.values)


# --- families -----------------------------------------------------------------------------------
def test_check_ups_have_gaps_and_warnings(school):
    """R6: most pupils were examined by the medical staff, some not or not wholly, and some figures need a second look."""
    checks = HealthCheck.objects.filter(round=1)
    assert 0 < Student.objects.exclude(health_checks__in=checks).count() < checks.count()
    assert set(checks.values_list("recorded_by__username", flat=True)) == {"yte"}
    home = HomeroomAssignment.objects.get(teacher__username="gvcn").school_class
    sheet = health.sheet(home, 1, whole=True)
    assert 0 < sheet.warned < len(sheet.lines)
    assert all(check.history.count() == 1 for check in checks[:5])


def test_pupils_have_families_with_gaps(school):
    """R1: one or two people answer for most pupils, somebody is called first; a few pupils have nobody on record."""
    counts = [student.guardianships.count() for student in Student.objects.prefetch_related("guardianships")]
    assert set(counts) <= {0, 1, 2}
    assert Guardianship.objects.filter(is_contact=True).count() == sum(count > 0 for count in counts)
    assert Guardian.objects.filter(guardianships=None).count() == 0


def test_the_parent_of_the_demo_has_two_children(school):
    """The fixed account of the demo: father of two pupils."""
    ties = Guardianship.objects.filter(guardian__user__username="phuhuynh")
    assert ties.values("student__enrollments__school_class").distinct().count() == 2
    assert {tie.student.full_name.split()[0] for tie in ties} == {"Nguyễn"}


# --- the timetable ------------------------------------------------------------------------------
def test_the_demo_has_a_timetable_in_every_state(school):
    """W7: one in force, a draft with a few changes, and a file that still has to be looked at."""
    held, draft, sent = Timetable.objects.order_by("number")
    assert [version.state for version in (held, draft, sent)] == ["published", "draft", "preview"]
    assert build_plan(held).warnings == build_plan(held).problems == []
    assert 0 < difference(draft).total < 20
    assert len(build_plan(sent).problems) == 3
    taught = set(held.entries.exclude(class_subject=None).values_list("class_subject", flat=True))
    assert taught == set(ClassSubject.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("classes", [1, 2, 7, 20, 45])
def test_lessons_are_laid_without_a_clash_for_a_school_of_any_size(classes):
    """W7: every lesson once, one for a class and one for a teacher in a period."""
    plan = Plan(students=classes * 40, classes=classes)
    seats = timetable.draw_up(plan.class_names())
    board = lessons.arrange(seats, {name: grade for grade, name in plan.class_names()}, plan.rng("lessons"))
    assert len(board.of_class) == len(board.of_seat) == 27 * classes
    assert {(lesson.class_name, slot) for (_seat, slot), lesson in board.of_seat.items()} == set(board.of_class)
