"""R1: the people who answer for a pupil, from when to when; R3: each change with its history."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from registry import permissions
from registry.models import Enrollment, Guardian, Guardianship, Student
from tests.registry.sheets import pupils
from tests.support import again

pytestmark = pytest.mark.django_db
HEADINGS = ["Lớp", "Họ và tên", "Mã định danh", "Cha, mẹ hoặc người giám hộ", "Điện thoại liên hệ"]


def mother_of(student, school, **more):
    guardian = more.pop("guardian", None) or Guardian.objects.create(full_name="Trần Thị Hoa", phone="0000111222")
    details = {"relation": "mother", "valid_from": school.year.starts_on, "is_contact": True, **more}
    return Guardianship.objects.create(student=student, guardian=guardian, **details)


# --- what is true of the rows always ------------------------------------------------------------
def test_a_guardian_has_a_name_or_a_number():
    """R1: somebody of whom neither is known is nobody."""
    Guardian.objects.create(phone="0000111222")
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardian.objects.create()


def test_a_number_is_checked_and_may_be_shared():
    """R1: both parents may have one telephone."""
    Guardian(full_name="Trần Thị Hoa", phone="0000111222").save()
    Guardian(full_name="Lê Văn Bình", phone="0000111222").full_clean()
    with pytest.raises(ValidationError, match="bắt đầu bằng 0"):
        Guardian(full_name="Lê Văn Bình", phone="912").full_clean()


def test_one_person_answers_once_for_a_pupil(school):
    """R1: the same two are joined once; after that ended, again."""
    first = mother_of(school.students[0], school)
    with pytest.raises(IntegrityError), transaction.atomic():
        mother_of(school.students[0], school, guardian=first.guardian, is_contact=False)
    first.ended_on = school.year.starts_on
    first.save()
    mother_of(school.students[0], school, guardian=first.guardian)


def test_one_person_is_called_first(school):
    """R1: one contact at a time."""
    mother_of(school.students[0], school)
    with pytest.raises(IntegrityError), transaction.atomic():
        mother_of(school.students[0], school, guardian=Guardian.objects.create(full_name="Lê Bình"))


def test_it_ends_after_it_began(school):
    with pytest.raises(IntegrityError), transaction.atomic():
        mother_of(school.students[0], school, ended_on=school.year.starts_on - timedelta(days=1))


def test_in_force_from_the_first_to_the_last_day(school):
    begins = school.year.starts_on
    tie = mother_of(school.students[0], school, ended_on=begins + timedelta(days=2))
    found = [tie in Guardianship.objects.in_force(begins + timedelta(days=offset)) for offset in (-1, 0, 2, 3)]
    assert found == [False, True, True, False]


def test_changes_are_kept(school):
    """R3: both rows remember what they were."""
    tie = mother_of(school.students[0], school)
    tie.guardian.phone = "0000111333"
    tie.guardian.save()
    assert [row.phone for row in tie.guardian.history.order_by("history_date")] == ["0000111222", "0000111333"]
    assert tie.history.count() == 1


# --- who sees which pupils ----------------------------------------------------------------------
def test_visible_students(school, cast):
    """R3: the homeroom teacher sees their class, leaders all, a subject teacher or a stranger none."""
    seen = {
        name: permissions.visible_students(getattr(cast, name)).count()
        for name in ("homeroom_teacher", "principal", "it_staff", "teacher", "subject_head", "parent", "stranger")
    }
    per_class = Enrollment.objects.filter(school_class=school.classes["7A1"]).count()
    everybody = Student.objects.count()
    assert seen == {
        "homeroom_teacher": per_class,
        "principal": everybody,
        "it_staff": everybody,
        "teacher": 0,
        "subject_head": 0,
        "parent": 0,
        "stranger": 0,
    }


def test_a_pupil_who_left_stays_readable(school, cast):
    """R4: leaving a class hides nothing from those who kept it."""
    student = school.students[0]
    student.enrollments.update(left_on=school.year.starts_on + timedelta(days=9))
    assert student in permissions.visible_students(cast.homeroom_teacher)


def test_parents_see_their_own_child_while_they_answer_for_it(school, cast):
    """R1: the account of a guardian reaches their own children alone, and no longer when the tie has ended."""
    tie = mother_of(school.students[0], school)
    assert not permissions.visible_students(cast.parent)
    tie.guardian.user = cast.parent
    tie.guardian.save()
    assert list(permissions.visible_students(again(cast.parent))) == [school.students[0]]
    assert list(permissions.children_of(cast.parent)) == [school.students[0]]
    tie.ended_on = school.year.starts_on
    tie.save()
    assert not permissions.children_of(cast.parent)


# --- what a file says of a family ---------------------------------------------------------------
def contacts():
    found = Guardianship.objects.filter(is_contact=True, ended_on=None).select_related("guardian", "student")
    return {row.student.full_name: (row.guardian.full_name, row.guardian.phone) for row in found}


def test_a_file_names_the_contact(load):
    """R1, A9: the contact of a list becomes a guardian; brothers and sisters under one name and number share one."""
    rows = [
        ["7A1", "Lê An", "7900000001", "Trần Thị Hoa", "0000111222"],
        ["7A2", "Lê Bình", "7900000002", "Trần Thị Hoà", "0000111333"],
        ["7A2", "Lê Chi", "7900000003", "Trần Thị Hoa", "0000111222"],
        ["7A2", "Lê Duy", "7900000004", "", "0000111444"],
    ]
    load(pupils(*rows, headings=HEADINGS))
    assert contacts() == {
        "Lê An": ("Trần Thị Hoa", "0000111222"),
        "Lê Bình": ("Trần Thị Hoà", "0000111333"),
        "Lê Chi": ("Trần Thị Hoa", "0000111222"),
        "Lê Duy": ("", "0000111444"),
    }
    assert Guardian.objects.count() == 3
    shared = Guardian.objects.get(phone="0000111222")
    assert shared.history.get().history_user.username == "it_staff"
    assert set(shared.guardianships.values_list("relation", "is_legal_representative")) == {("other", True)}


def test_the_next_file_corrects_the_contact(load, send):
    """A9: a new number corrects the person, an empty cell empties nothing, the same file changes nothing."""
    row = ["7A1", "Lê An", "7900000001", "Trần Thị Hoa", "0000111222"]
    load(pupils(row, headings=HEADINGS))
    load(pupils([*row[:4], "0000111333"], headings=HEADINGS))
    load(pupils([*row[:3], "TRẦN THỊ HOÀ"[:12].title(), ""], headings=HEADINGS))
    assert contacts() == {"Lê An": ("Trần Thị Hoà", "0000111333")}
    assert Guardian.objects.count() == Guardianship.objects.count() == 1


def test_another_name_is_another_person(load, school):
    """A9: the one called first changes; the other stays in the family."""
    student = school.students[0]
    mother_of(student, school)
    load(pupils(["7A1", student.full_name, student.moet_id, "Lê Văn Bình", "0000111333"], headings=HEADINGS))
    assert contacts()[student.full_name] == ("Lê Văn Bình", "0000111333")
    assert list(student.guardianships.values_list("guardian__full_name", flat=True).order_by("pk")) == [
        "Trần Thị Hoa",
        "Lê Văn Bình",
    ]
    load(pupils(["7A1", student.full_name, student.moet_id, "Trần Thị Hoa", ""], headings=HEADINGS))
    assert contacts()[student.full_name] == ("Trần Thị Hoa", "0000111222")
    assert student.guardianships.count() == 2


def test_a_number_without_a_name_goes_to_the_contact(load, school):
    student = school.students[0]
    mother_of(student, school)
    load(pupils(["7A1", student.full_name, student.moet_id, "", "0000111333"], headings=HEADINGS))
    assert contacts()[student.full_name] == ("Trần Thị Hoa", "0000111333")
