"""A9: what a file does to the register: matching, problems, all or nothing, history; twice is once."""

import time
import unicodedata
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Decision, Department, StaffProfile, User
from accounts.roles import Role
from registry import permissions, services
from registry.importing import RefusedFileError
from registry.models import (
    ClassAccess,
    ClassSubject,
    Enrollment,
    Guardianship,
    HomeroomAssignment,
    SchoolClass,
    Student,
    TeachingAssignment,
)
from registry.selectors.imports import Group, build_plan, notes_in_words
from schoolops.lib import names
from schoolops.lib.workflow import TransitionDenied
from tests.registry.sheets import pupil, pupils, xlsx
from tests.support import again, grant

pytestmark = pytest.mark.django_db


def groups(batch):
    return [row.group.value for row in build_plan(batch).rows]


def messages_of(batch):
    return [f"{problem.place}: {problem.message}" for row in build_plan(batch).rows for problem in row.problems]


def apply(batch, by, fingerprint=None):
    return services.apply_batch(batch=batch, by=by, fingerprint=fingerprint or build_plan(batch).fingerprint)


def roll_call(name):
    found = Enrollment.objects.filter(school_class__name=name).select_related("student").order_by("roll_no")
    return [(row.roll_no, row.student.full_name) for row in found]


# --- pupils -------------------------------------------------------------------------------------
def test_new_pupils_in_a_new_class(load, school):
    """A9: class and class-subjects come into being from the file; numbers follow Vietnamese order."""
    rows = [pupil(name, class_name="7A3") for name in ("Lê Văn Minh", "Trần Thị Ánh", "Nguyễn Văn An", "Đỗ Ân")]
    batch = load(pupils(*rows))
    assert roll_call("7A3") == [(1, "Nguyễn Văn An"), (2, "Trần Thị Ánh"), (3, "Đỗ Ân"), (4, "Lê Văn Minh")]
    made = SchoolClass.objects.get(name="7A3")
    assert (made.grade, made.school_year, made.sort_key != "") == (7, school.year, True)
    assert set(made.class_subjects.values_list("item__subject__code", flat=True)) == {"TOAN", "NV", "GDTC"}
    assert batch.result["counts"]["new"] == 4
    assert batch.result["creates"]["classes"] == ["7A3"]


def test_numbers_of_the_list_are_kept(load):
    """A9: a list that numbers its class itself keeps its numbers, gaps included."""
    load(
        pupils(*(pupil(name, class_name="7A3", number=n) for n, name in ((3, "Lê An"), (1, "Lê Bình"), (5, "Lê Chi"))))
    )
    assert roll_call("7A3") == [(1, "Lê Bình"), (3, "Lê An"), (5, "Lê Chi")]


@pytest.mark.parametrize("numbers", [(1, 1, 2), (46, 47, 48), (1, None, 2)])
def test_numbers_that_are_not_of_the_class_are_not_kept(load, numbers):
    load(
        pupils(
            *(
                pupil(name, class_name="7A3", number=number)
                for number, name in zip(numbers, ("Lê Chi", "Lê Bình", "Lê An"), strict=True)
            )
        )
    )
    assert roll_call("7A3") == [(1, "Lê An"), (2, "Lê Bình"), (3, "Lê Chi")]


def test_late_arrivals_go_to_the_end(load, school):
    """A9: nobody's number moves; newcomers follow in Vietnamese order."""
    before = roll_call("7A1")
    load(pupils(pupil("Lê Bình", number=1), pupil("Lê An", number=2)))
    assert roll_call("7A1") == [*before, (6, "Lê An"), (7, "Lê Bình")]


def test_history_names_who_and_why(load, cast):
    """A9, R8: every pupil and place written has its history with the person and the file."""
    batch = load(pupils(pupil("Lê An")))
    student = Student.objects.get(full_name="Lê An")
    for record in (student.history.get(), student.enrollments.get().history.get()):
        assert (record.history_type, record.history_user) == ("+", cast.it_staff)
        assert f"#{batch.pk}" in record.history_change_reason
    assert [(row.step, row.by) for row in batch.transitions.all()] == [("apply", cast.it_staff)]
    assert student.search_key == "le an"


def test_same_file_twice_changes_nothing(load, send):
    """A9: the second time every row is unchanged, with codes and without."""
    content = pupils(
        pupil("Lê An", moet_id="7900000001"),
        pupil("Lê Bình", national_id="079314001234"),
        pupil("Lê Chi"),
        pupil("Lê Dung", None),
    )
    load(content)
    count = Student.objects.count()
    batch = send(content)
    assert groups(batch) == ["unchanged"] * 4
    assert not build_plan(batch).is_ready
    with pytest.raises(TransitionDenied):
        apply(batch, batch.uploaded_by)
    assert Student.objects.count() == count


def test_changes_are_shown_old_and_new(send, school, cast):
    """A9: filled cells change the register, empty cells never empty it."""
    student = school.students[0]
    student.address = "Huế"
    student.save()
    headings = ["Lớp", "Họ và tên", "Mã định danh", "Ngày sinh", "Địa chỉ", "Điện thoại liên hệ"]
    batch = send(pupils(["7A1", student.full_name, student.moet_id, "05/09/2014", "", "0912345678"], headings=headings))
    (row,) = build_plan(batch).rows
    assert row.group is Group.CHANGED
    assert [(change.label, change.old, change.new) for change in row.changes] == [
        ("ngày sinh", "", "05/09/2014"),
        ("điện thoại liên hệ", "", "0912345678"),
    ]
    apply(batch, cast.it_staff)
    student.refresh_from_db()
    assert (student.birth_date, student.address) == (date(2014, 9, 5), "Huế")
    assert student.guardianships.get(is_contact=True).guardian.phone == "0912345678"
    latest = student.history.latest()
    assert (latest.history_type, latest.history_user, latest.birth_date) == ("~", cast.it_staff, date(2014, 9, 5))


def test_a_changed_name_brings_its_keys_along(load, school):
    """R8: order and search follow a name that an import corrects."""
    student = school.students[0]
    load(pupils(pupil("Nguyễn Văn Ổn", None, moet_id=student.moet_id)))
    student.refresh_from_db()
    assert (student.full_name, student.search_key) == ("Nguyễn Văn Ổn", "nguyen van on")
    assert student.sort_key == names.sort_key("Nguyễn Văn Ổn")


def test_matching_goes_by_code_then_number_then_name(load, send):
    """A9: code of the ministry, personal number, then name with birth date and class."""
    load(pupils(pupil("Lê An", moet_id="7900000001", national_id="079314001234"), pupil("Lê Bình")))
    batch = send(
        pupils(
            pupil("Lê Ân", moet_id="7900000001"),
            pupil("Lê An", "06/09/2014", national_id="079314001234"),
        )
    )
    assert groups(batch) == ["problem", "problem"], "both rows mean the same pupil"
    batch = send(pupils(pupil("Lê Bình", national_id="079314009999"), pupil("Lê An", "06/09/2014", class_name="7A2")))
    assert groups(batch) == ["changed", "new"]


def test_namesakes_are_told_apart_by_their_codes(load, send):
    """A9: two pupils of one name and one birthday in one class, each with a code, are two pupils."""
    batch = send(pupils(pupil("Lê An", moet_id="7900000001"), pupil("Lê An", moet_id="7900000002")))
    assert groups(batch) == ["new", "new"]
    batch = send(pupils(pupil("Lê An"), pupil("Lê An", moet_id="7900000002")))
    assert groups(batch) == ["problem", "problem"]


def test_another_birth_date_of_the_same_name_is_noted(send, load):
    load(pupils(pupil("Lê An")))
    (row,) = build_plan(send(pupils(pupil("Lê An", "06/09/2014")))).rows
    assert row.group is Group.NEW
    assert "05/09/2014" in row.notes[0]


def test_codes_that_slipped_against_the_names_are_noticed(send, load):
    """A9: a sheet sorted without its code column would rename the whole class."""
    load(
        pupils(
            pupil("Lê An", "05/09/2014", moet_id="7900000001"), pupil("Trần Bình", "06/09/2014", moet_id="7900000002")
        )
    )
    batch = send(
        pupils(
            pupil("Trần Bình", "06/09/2014", moet_id="7900000001"), pupil("Lê An", "05/09/2014", moet_id="7900000002")
        )
    )
    assert groups(batch) == ["problem", "problem"]
    assert "em Lê An, sinh ngày 05/09/2014" in messages_of(batch)[0]


def test_numbers_of_two_pupils_in_one_row(send, load):
    load(pupils(pupil("Lê An", moet_id="7900000001"), pupil("Lê Bình", national_id="079314001234")))
    assert groups(send(pupils(pupil("Lê An", moet_id="7900000001", national_id="079314001234")))) == ["problem"]
    load(pupils(pupil("Lê Chi", moet_id="7900000003", national_id="079314000003")))
    batch = send(pupils(pupil("Lê Chi", moet_id="7900000009", national_id="079314000003")))
    assert "mã định danh khác" in messages_of(batch)[0]


def test_a_pupil_of_another_class_is_refused_with_words(send, school):
    """A9: changing classes is a movement of its own; an import never moves a pupil."""
    student = school.students[0]
    batch = send(pupils(pupil(student.full_name, None, class_name="7A2", moet_id=student.moet_id)))
    assert "đang học lớp 7A1. Chuyển lớp không làm bằng tệp này" in messages_of(batch)[0]


def test_a_pupil_who_left_is_refused_with_words(send, school):
    student = school.students[0]
    student.enrollments.update(left_on=school.year.starts_on + timedelta(days=9))
    batch = send(pupils(pupil(student.full_name, None, moet_id=student.moet_id)))
    assert "đã rời lớp này" in messages_of(batch)[0]


def test_a_pupil_of_an_earlier_year_gets_a_place(load, school):
    """A9: the new year's file finds last year's pupils by code and gives them a class."""
    student = Student.objects.create(full_name="Lê Cũ", moet_id="7900000077")
    load(pupils(pupil("Lê Cũ", None, moet_id="7900000077")))
    assert student.enrollments.get().school_class.name == "7A1"
    assert Student.objects.filter(full_name="Lê Cũ").count() == 1


def test_problem_names_sheet_row_column_and_value(send):
    """A9: the message says where, what, and what to do."""
    batch = send(xlsx([["STT", "Họ và tên", "Ngày sinh"], [1, "Lê An", "31/02/2014"]], sheet="7A1"))
    assert messages_of(batch) == [
        "Trang tính 7A1, dòng 2, cột “Ngày sinh”: chưa đọc được “31/02/2014”. Nhập dạng 05/09/2014."
    ]


def test_class_outside_the_school_and_missing_class(send):
    batch = send(pupils(pupil("Lê An", class_name="10A1"), pupil("Lê Bình", class_name=None)))
    first, second = messages_of(batch)
    assert "không thuộc các khối của trường (6–9)" in first
    assert "chưa có tên lớp" in second


# --- mending ------------------------------------------------------------------------------------
def test_all_or_nothing(send, cast):
    """A9: while one row is in trouble nothing is loaded; leaving it out is the user's own choice."""
    batch = send(pupils(pupil("Lê An"), pupil("Lê Bình", "31/02/2014")))
    count = Student.objects.count()
    with pytest.raises(TransitionDenied):
        apply(batch, cast.it_staff)
    assert Student.objects.count() == count
    batch = services.edit_batch(batch=batch, by=cast.it_staff, skipped={1: True})
    assert groups(batch) == ["new", "skipped"]
    assert apply(batch, cast.it_staff).result["counts"]["skipped"] == 1
    assert Student.objects.count() == count + 1


def test_cells_are_mended_in_place(send, cast):
    """A9: the mended cell is kept beside the file, and checked again."""
    batch = send(pupils(pupil("Lê An", "31/02/2014")))
    batch = services.edit_batch(batch=batch, by=cast.it_staff, cells={0: {"birth_date": "32/01/2014"}})
    assert "32/01/2014" in messages_of(batch)[0]
    batch = services.edit_batch(batch=batch, by=cast.it_staff, cells={0: {"birth_date": "28/02/2014"}})
    assert groups(batch) == ["new"]
    assert batch.rows[0]["cells"]["birth_date"] == "31/02/2014"
    apply(batch, cast.it_staff)
    assert Student.objects.get(full_name="Lê An").birth_date == date(2014, 2, 28)


def test_lost_zeros_are_accepted_in_one_press(send, cast):
    """A9: suggestions are taken only when the user says so."""
    batch = send(
        pupils(*(pupil(f"Lê {name}", national_id=79314000000 + n) for n, name in enumerate(("An", "Ba", "Chi"))))
    )
    assert build_plan(batch).suggestions == 3
    batch = services.edit_batch(batch=batch, by=cast.it_staff, accept_suggestions=True)
    assert groups(batch) == ["new"] * 3
    assert build_plan(batch).rows[0].values["national_id"] == "079314000000"


def test_foreign_fields_and_rows_of_an_edit_are_ignored(send, cast):
    batch = send(pupils(pupil("Lê An")))
    batch = services.edit_batch(
        batch=batch, by=cast.it_staff, cells={0: {"is_superuser": "x"}, 99: {"full_name": "x"}}, skipped={99: True}
    )
    assert (batch.edits["cells"], batch.edits["skipped"]) == ({}, [])


def test_a_change_since_the_preview_means_preview_again(send, cast, school):
    """A9: what is loaded is what was seen; a changed register, or a colleague's edit, comes first."""
    student = school.students[0]
    batch = send(pupils(pupil(student.full_name, "05/09/2014", moet_id=student.moet_id)))
    seen = build_plan(batch).fingerprint
    student.birth_date = date(2013, 1, 1)
    student.save()
    with pytest.raises(TransitionDenied, match="vừa thay đổi"):
        apply(batch, cast.it_staff, seen)
    seen = build_plan(batch).fingerprint
    services.edit_batch(batch=batch, by=cast.it_staff, cells={0: {"sex": "Nữ"}})
    with pytest.raises(TransitionDenied, match="vừa thay đổi"):
        apply(batch, cast.it_staff, seen)


def test_a_file_is_loaded_once(send, cast):
    batch = send(pupils(pupil("Lê An")))
    apply(batch, cast.it_staff)
    with pytest.raises(TransitionDenied):
        apply(batch, cast.it_staff)
    with pytest.raises(TransitionDenied):
        services.edit_batch(batch=batch, by=cast.it_staff, skipped={0: True})
    with pytest.raises(TransitionDenied):
        services.discard_batch(batch=batch, by=cast.it_staff)


def test_discarded_file_keeps_no_pupils(send, cast):
    """A9, R8: a file put aside leaves its row and history, not the data of children."""
    batch = services.discard_batch(batch=send(pupils(pupil("Lê An"))), by=cast.it_staff)
    batch.refresh_from_db()
    assert batch.state == "discarded"
    assert "Lê An" not in str(batch.rows)


def test_refused_file_leaves_nothing_behind(send):
    with pytest.raises(RefusedFileError):
        send(b"x")


def test_notes_are_put_into_words(send):
    batch = send(xlsx([["STT", "Hä vµ tªn", "Ngµy sinh"], [1, "NguyÔn ThÞ Lan", "05/09/2014"]], sheet="7A1"))
    assert [text for _tone, text in notes_in_words(batch)] == [
        "Trang tính 7A1: đã đổi 3 ô từ phông chữ cũ (TCVN3) sang Unicode. Xem kỹ họ tên trước khi nhập."
    ]


# --- staff --------------------------------------------------------------------------------------
STAFF = ["Mã cán bộ", "Họ và tên", "Cách xưng hô", "Giới tính", "Điện thoại", "Số định danh cá nhân", "Tổ chuyên môn"]


def staff(*rows, headings=STAFF):
    return xlsx([headings, *rows])


def test_new_staff_get_accounts_without_a_password(load, cast):
    """A1, A9: one account per person, user name from the name, department made when it is new."""
    load(
        staff(
            ["GV101", "Trần Thị Lan", "", "Nữ", "0912345678", "001185001234", "Tổ Văn"],
            ["GV102", "Trần Thị Lan", "cô", "", "", "", "TOÁN - TIN"],
        ),
        "staff",
    )
    first, second = StaffProfile.objects.filter(staff_code__startswith="GV10").order_by("staff_code")
    assert (first.user.username, first.user.salutation, first.user.phone) == ("lantt", "cô", "0912345678")
    assert second.user.username == "lantt2"
    assert not first.user.has_usable_password()
    assert (first.department.name, second.department.name) == ("Tổ Văn", "Toán – Tin")
    assert Department.objects.count() == 2
    assert first.user.history.get().history_user == cast.it_staff
    assert first.history.get().history_user == cast.it_staff
    assert not first.user.has_perm("accounts.work_here"), "rights come from grants and assignments alone"


def test_staff_twice_and_changed(load, send, cast):
    content = staff(["GV101", "Trần Thị Lan", "cô", "", "0912345678", "", "Tổ Văn"])
    load(content, "staff")
    assert groups(send(content, "staff")) == ["unchanged"]
    load(staff(["gv101", "Trần Thị Lan", "cô", "", "0987654321", "", "Tổ Anh"]), "staff")
    profile = StaffProfile.objects.get(staff_code="GV101")
    assert (profile.user.phone, profile.department.name) == ("0987654321", "Tổ Anh")
    assert profile.history.count() == 2


def test_staff_problems(send, cast, school):
    """A1, A9: numbers and phones of other people, people who left, doubles inside the file."""
    User.objects.filter(pk=cast.stranger.pk).update(phone="0900000000")
    StaffProfile.objects.filter(user=cast.subject_head).update(left_on=timezone.localdate())
    batch = send(
        staff(
            ["GV101", "Trần A", "", "", "0900000000", "", ""],
            ["GV102", "Trần B", "", "", "", "000000000001", ""],
            ["GV003", "Võ Minh Khang", "", "", "", "", ""],
            ["GV104", "Trần C", "", "", "0911111111", "", ""],
            ["GV105", "Trần D", "", "", "0911111111", "", ""],
            ["", "Trần E", "cô", "", "", "", ""],
        ),
        "staff",
    )
    found = messages_of(batch)
    assert groups(batch) == ["problem"] * 6
    assert "tài khoản của Bùi Văn Lạ" in found[0]
    assert "Trần Thị Lan, mã cán bộ GV001" in found[1]
    assert "đã nghỉ từ" in found[2]
    assert "có cả ở trang tính Dữ liệu, dòng 6" in found[3]
    assert "còn trống" in found[5]


def test_an_account_made_by_hand_gets_its_profile(load, send, cast):
    """A1: the same person is never two accounts."""
    StaffProfile.objects.filter(user=cast.principal).delete()
    headings = [*STAFF, "Tên đăng nhập"]
    batch = send(staff(["GV101", "Kẻ Khác", "", "", "", "", "", "principal"], headings=headings), "staff")
    assert "đã có người dùng" in messages_of(batch)[0]
    load(staff(["GV101", "Đỗ Thị Mai", "", "", "0912345678", "", "", "principal"], headings=headings), "staff")
    principal = again(cast.principal)
    assert (principal.staff_profile.staff_code, principal.phone) == ("GV101", "0912345678")
    again_with_name = staff(["GV101", "Đỗ Thị Mai", "", "", "", "", "", "mai"], headings=headings)
    assert "đã có tên đăng nhập “principal”" in messages_of(send(again_with_name, "staff"))[0]


# --- assignments --------------------------------------------------------------------------------
DUTIES = ["Mã cán bộ", "Họ và tên", "Môn", "Lớp", "Chủ nhiệm"]


def duties(*rows, headings=DUTIES):
    return xlsx([headings, *rows])


def test_assignments_from_a_file(load, cast, school):
    """A9: by code or by unique name; several classes in a cell; subject by name, short name or code."""
    load(
        duties(
            ["GV001", "", "văn", "7A2, 7A3", ""],
            ["", "Phan Thị Hoa", "GDTC", "7A2", ""],
            ["gv001", "", "", "", "7A2"],
            ["GV002", "", "Toán", "7A3", "x"],
        ),
        "assignments",
    )
    taught = TeachingAssignment.objects.filter(teacher=cast.teacher, class_subject__item__subject__code="NV")
    assert {item.class_subject.school_class.name for item in taught} == {"7A2", "7A3"}
    assert {item.decision for item in taught} == {school.decision}
    assert {item.valid_from for item in taught} == {school.year.starts_on}
    kept = HomeroomAssignment.objects.exclude(teacher=cast.homeroom_teacher).order_by("school_class__sort_key")
    assert [(item.school_class.name, item.teacher) for item in kept] == [
        ("7A2", cast.teacher),
        ("7A3", cast.other_teacher),
    ]
    assert ClassSubject.objects.filter(school_class__name="7A3").count() == 3
    assert again(cast.teacher).has_perm("gradebook.enter_scores", taught.first().class_subject)


def test_assignments_twice_are_once(load, send):
    content = duties(["GV001", "", "Văn", "7A2", ""], ["GV001", "", "Toán", "7A1", ""])
    batch = send(content, "assignments")
    assert groups(batch) == ["new", "unchanged"]
    load(content, "assignments")
    assert groups(send(content, "assignments")) == ["unchanged", "unchanged"]


def test_assignment_problems(send, cast, school):
    """A9: each is said in words that name the person, the class or the subject."""
    User.objects.create(username="lan2", full_name="Trần Thị Lan")
    StaffProfile.objects.create(user=User.objects.get(username="lan2"), staff_code="GV900")
    batch = send(
        duties(
            ["GV999", "", "Toán", "7A1", ""],
            ["", "Không Ai Cả", "Toán", "7A1", ""],
            ["", "Trần Thị Lan", "Toán", "7A2", ""],
            ["GV002", "Trần Thị Lan", "Toán", "7A1", ""],
            ["GV001", "", "Vật lí", "7A1", ""],
            ["GV001", "", "", "", "7A1"],
            ["GV002", "", "Văn", "7A2", ""],
            ["GV002", "", "Văn", "7A2", ""],
            ["GV001", "", "Văn", "10A1", ""],
            ["GV001", "", "", "7A1, 7A2", "x"],
            ["GV001", "", "", "7A1", ""],
        ),
        "assignments",
    )
    found = messages_of(batch)
    assert groups(batch) == ["problem"] * 11
    for text, message in zip(
        (
            "chưa có cán bộ nào mang mã này",
            "chưa có giáo viên nào mang tên này",
            "có 2 người cùng tên",
            "mã này là của Phan Thị Hoa",
            "“Vật lí” chưa có trong chương trình khối 7",
            "lớp 7A1 đang do Lý Văn Tú chủ nhiệm",
            "có cả ở trang tính Dữ liệu, dòng 9",
            "có cả ở trang tính Dữ liệu, dòng 8",
            "không thuộc các khối của trường",
            "một dòng ghi chủ nhiệm của đúng một lớp",
            "chưa có môn",
        ),
        found,
        strict=True,
    ):
        assert text in message


def test_a_second_teacher_of_a_subject_is_noted(send):
    """A9: integrated subjects have several teachers; the preview says with whom."""
    (row,) = build_plan(send(duties(["GV002", "", "Toán", "7A1", ""]), "assignments")).rows
    assert row.group is Group.NEW
    assert "đang do Trần Thị Lan dạy" in row.notes[0]


def test_decision_of_a_row_and_missing_decision(send, load, cast):
    """A3, A9: no assignment without a decision: the row's own, or the one chosen for the file."""
    headings = [*DUTIES, "Số quyết định", "Ngày ký", "Người ký"]
    content = duties(["GV001", "", "Văn", "7A2", "", "99/QĐ", "01/09/2026", "Đỗ Thị Mai"], headings=headings)
    load(content, "assignments", decision=None)
    assert Decision.objects.get(number="99/QĐ").issued_on == date(2026, 9, 1)
    content = duties(
        ["GV001", "", "GDTC", "7A2", "", "", "", ""],
        ["GV001", "", "GDTC", "7A2", "", "99/QĐ", "", ""],
        ["GV001", "", "GDTC", "7A2", "", "99/QĐ", "01/09/2026", "Người Khác"],
        headings=headings,
    )
    batch = send(content, "assignments", decision=None)
    first, second, third = messages_of(batch)
    assert "chưa có quyết định" in first
    assert "đủ số, ngày ký và người ký" in second
    assert "do Đỗ Thị Mai ký" in third
    batch = send(
        duties(["GV001", "", "GDTC", "7A2", ""]),
        "assignments",
        decision=None,
        decision_number="100/QĐ",
        decision_date=date(2026, 9, 2),
        decision_signer="Đỗ Thị Mai",
    )
    apply(batch, cast.it_staff)
    assert TeachingAssignment.objects.filter(decision__number="100/QĐ").count() == 1


# --- who may ------------------------------------------------------------------------------------
def test_who_may_import(cast, school, send):
    """A9: IT staff and leaders; a grant for one class is not enough; nobody else sees a file."""
    batch = send(pupils(pupil("Lê An")))
    for user in (cast.it_staff, cast.principal, cast.vice_principal):
        assert permissions.import_denial(user, batch) is None
        assert batch in permissions.visible_batches(user)
    grant(cast.stranger, Role.IT_STAFF, school.decision, by=cast.principal, scope_kind="grade", scope_id=7)
    for user in (cast.teacher, cast.homeroom_teacher, cast.parent, again(cast.stranger)):
        assert "hiệu trưởng" in permissions.import_denial(user)
        assert not permissions.visible_batches(user).exists()
        with pytest.raises(PermissionDenied):
            services.upload_batch(
                kind="students", school_year=school.year, content=b"", name="x", options=None, by=user
            )


def test_closed_year_takes_no_data(send, cast, school):
    batch = send(pupils(pupil("Lê An")))
    school.year.closed_at, school.year.closed_by = timezone.now(), cast.principal
    school.year.save()
    batch.refresh_from_db()
    with pytest.raises(TransitionDenied, match="đã khóa"):
        apply(batch, cast.it_staff)


def test_visible_classes(cast, school):
    """R1: school-wide grants, homeroom, grade and class scopes, and access by hand while its dates hold."""

    def seen(user):
        return {item.name for item in permissions.visible_classes(again(user))}

    assert seen(cast.it_staff) == seen(cast.principal) == {"7A1", "7A2"}
    assert seen(cast.homeroom_teacher) == {"7A1"}
    assert seen(cast.teacher) == seen(cast.stranger) == set()
    grant(cast.stranger, Role.MEDICAL, school.decision, by=cast.it_staff, scope_kind="grade", scope_id=7)
    assert seen(cast.stranger) == {"7A1", "7A2"}
    today = timezone.localdate()
    access = ClassAccess(
        user=cast.teacher,
        permission=_view_class(),
        content_object=school.classes["7A2"],
        decision=school.decision,
        valid_from=today,
        valid_until=today,
    )
    access.save()
    assert seen(cast.teacher) == {"7A2"}
    access.valid_from = access.valid_until = today - timedelta(days=1)
    access.save()
    assert seen(cast.teacher) == set()


def _view_class():
    return Permission.objects.get(codename="view_schoolclass", content_type__app_label="registry")


# --- spelling and size --------------------------------------------------------------------------
OLD_AND_NEW = [("Hòa", "Hoà"), ("Thủy", "Thuỷ"), ("Thúy", "Thuý"), ("Khỏe", "Khoẻ"), ("Tùy", "Tuỳ"), ("Lựu", "Lựu")]


@given(
    words=st.lists(st.sampled_from(OLD_AND_NEW), min_size=1, max_size=3),
    form=st.sampled_from(["NFC", "NFD", "NFKC"]),
    is_upper=st.booleans(),
    has_day=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_name_in_any_spelling_is_one_pupil(send, cast, words, form, is_upper, has_day):
    """A9, R8 (reliability P1-11): NFC, NFD, old and new tone placement: imported twice, no duplicate."""
    old, new = (" ".join(["Nguyễn", *(pair[place] for pair in words)]) for place in (0, 1))
    day = "05/09/2014" if has_day else None
    batch = send(pupils(pupil(old, day, class_name="8A1")))
    if groups(batch) != ["unchanged"]:
        apply(batch, cast.it_staff)
    count = Student.objects.count()
    written = unicodedata.normalize(form, new.upper() if is_upper else new)
    batch = send(pupils(pupil(written, day, class_name="8A1")))
    assert groups(batch)[0] in ({"changed"} if is_upper else {"unchanged"})
    if not is_upper:
        assert Student.objects.count() == count


def many(count):
    given_names = ["An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Minh", "Ngọc"]
    return pupils(
        *(
            [
                n % 45 + 1,
                f"{6 + n // 45 % 4}A{n // 180 + 1}",
                f"Nguyễn Thị {given_names[n % 10]} {given_names[n // 10 % 10]}",
                date(2013, 1, 1) + timedelta(days=n % 700),
                "Nữ",
                f"79{n:08d}",
                f"0793{n:08d}",
                "Kinh",
                f"{n} Lê Lợi, Huế",
                "0912345678",
            ]
            for n in range(count)
        ),
        headings=[
            "STT",
            "Lớp",
            "Họ và tên",
            "Ngày sinh",
            "Giới tính",
            "Mã định danh",
            "Số CCCD",
            "Dân tộc",
            "Địa chỉ",
            "SĐT",
        ],
    )


def test_two_thousand_pupils_in_time(send, cast):
    """A9: upload, preview and loading of 2,000 pupils each take seconds."""
    content, times = many(2000), {}
    started = time.perf_counter()
    batch = send(content)
    times["upload"] = time.perf_counter() - started
    started = time.perf_counter()
    fingerprint = build_plan(batch).fingerprint
    times["preview"] = time.perf_counter() - started
    started = time.perf_counter()
    apply(batch, cast.it_staff, fingerprint)
    times["apply"] = time.perf_counter() - started
    assert Student.objects.count() >= 2000
    assert max(times.values()) < 10, times
    assert set(groups(send(content))) == {"unchanged"}


def test_queries_do_not_grow_with_rows(send, cast):
    """A9: the preview asks the same questions for 2 rows and for 20, and so does loading."""
    counts = []
    for size in (2, 20):
        batch = send(many(size))
        with CaptureQueriesContext(
            connection,
        ) as preview:
            plan = build_plan(batch)
        with CaptureQueriesContext(connection) as loading:
            apply(batch, again(cast.it_staff), plan.fingerprint)
        counts.append((len(preview), len(loading)))
        Enrollment.objects.filter(student__moet_id__startswith="79").delete()
        Guardianship.objects.filter(student__moet_id__startswith="79").delete()
        Student.objects.filter(moet_id__startswith="79").delete()
        ClassSubject.objects.filter(school_class__name="6A1").delete()
        SchoolClass.objects.filter(name="6A1").delete()
    assert counts[0] == counts[1]
