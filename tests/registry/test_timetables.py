"""W7, C9: versions of the timetable from a file to those concerned; what was published stays as it was."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry import services
from registry.importing.timetable_template import timetable_workbook
from registry.models import CalendarDay, CurriculumItem, Timetable, TimetableEntry
from registry.selectors import timetables
from registry.selectors.timetables import build_plan, difference
from registry.selectors.timetables.sheets import template_of
from registry.services import Facts
from registry.timetabling import Kind
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.registry.sheets import timetable, xlsx
from tests.support import person

pytestmark = pytest.mark.django_db
GOOD = {"7A1": ["Toán - Lan", "Văn - Hoa"], "7A2": ["Toán - Hoa", "Văn - GV003"]}


@pytest.fixture
def send(school, cast):
    """Upload a file as IT staff, to apply from today unless told."""

    def upload(content, *, by=None, day=None, number=None, **facts):
        content = timetable(content) if isinstance(content, dict) else content
        return services.upload_timetable(
            school_year=school.year,
            content=content,
            name="tkb.xlsx",
            facts=Facts(day or timezone.localdate(), number, **facts),
            by=by or cast.it_staff,
        )

    return upload


@pytest.fixture
def put(send, cast):
    """Upload, save and publish."""

    def publish(content, **more):
        return services.publish_timetable(timetable=save(send(content, **more), cast), by=cast.vice_principal)

    return publish


def save(made, cast):
    return services.save_timetable(timetable=made, fingerprint=build_plan(made).fingerprint, by=cast.it_staff)


def said(made):
    return [(problem.place, problem.message) for problem in build_plan(made).problems]


def only_problem(made):
    [problem] = build_plan(made).problems
    return problem


# --- what a cell means --------------------------------------------------------------------------
def test_lessons_of_a_good_file(send, cast, school):
    """W7: subjects by short name, teachers by tên or code; nothing stands in the way."""
    plan = build_plan(send(GOOD))
    assert plan.problems == []
    found = {
        (x.school_class.name, x.period): (x.class_subject.item.subject.code, x.teacher.username) for x in plan.lessons
    }
    assert found == {
        ("7A1", 1): ("TOAN", "teacher"),
        ("7A1", 2): ("NV", "other_teacher"),
        ("7A2", 1): ("TOAN", "other_teacher"),
        ("7A2", 2): ("NV", "subject_head"),
    }


@pytest.mark.parametrize(
    "who", ["Hoa", "Thị Hoa", "Phan Thị Hoa", "cô Hoa", "hoa", "P.T.Hoa", "PHAN THI HOA", "GV002", "gv002"]
)
def test_a_teacher_by_any_of_their_names(send, cast, who):
    [lesson] = build_plan(send({"7A1": [f"Văn - {who}"]})).lessons
    assert lesson.teacher == cast.other_teacher


@pytest.mark.parametrize("what", ["Văn", "NV", "Ngữ văn", "NGỮ VĂN", "ngu van"])
def test_a_subject_by_any_of_its_names(send, what):
    [lesson] = build_plan(send({"7A1": [f"{what} - Hoa"]})).lessons
    assert lesson.class_subject.item.subject.code == "NV"


def test_without_a_teacher_the_assigned_one_is_meant(send, cast, school):
    """W7: when it is one person; the class meeting is with the homeroom teacher."""
    made = send({"7A1": ["Toán", "SHL", "Chào cờ"]})
    assert [lesson.teacher for lesson in build_plan(made).lessons] == [cast.teacher, *[cast.homeroom_teacher] * 2]
    assert "chưa phân công cho ai" in only_problem(send({"7A2": ["GDTC"]}, number=2)).message


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("Tón - Lan", "Có thể là “Toán”", "Toán - Lan"),
        ("Bơi - Lan", "Không có môn hay hoạt động “Bơi”", ""),
        ("Toán - Khánh Ly", "Không có giáo viên “Khánh Ly”. Phân công hiện nay: Trần Thị Lan", "Toán - GV001"),
    ],
)
def test_a_problem_names_row_and_column_and_what_would_mend_it(send, text, message, suggestion):
    """W7: in the words of the person who filled in the file."""
    problem = only_problem(send({"7A1": ["Văn - Hoa", text]}))
    assert problem.place == "Trang tính TKB, ô D3 (dòng 3, cột 7A1)"
    assert message in problem.message
    assert (problem.suggestion, problem.text) == (suggestion, text)


def test_several_people_of_one_name(send, cast, school):
    """W7: whoever is assigned is meant; where nobody is, the codes are offered."""
    other = person("hoa2", "Lê Thị Hoa")
    other.staff_profile = type(cast.teacher.staff_profile).objects.create(user=other, staff_code="GV099")
    [lesson] = build_plan(send({"7A1": ["Văn - Hoa"]})).lessons
    assert lesson.teacher == cast.other_teacher
    problem = only_problem(send({"7A1": ["GDTC - Hoa"]}, number=2))
    assert "có thể là 2 người: Phan Thị Hoa (GV002), Lê Thị Hoa (GV099)" in problem.message


def test_a_subject_that_the_class_does_not_have(send, school):
    item = CurriculumItem.objects.get(subject__code="GDTC")
    school.class_subjects["GDTC 7A2"].delete()
    assert "Lớp 7A2 không học môn “GDTC”" in only_problem(send({"7A2": ["GDTC - Lan"]})).message
    assert item.class_subjects.count() == 1


def test_an_unknown_class_is_said_once_for_its_column(send):
    """W7: and the other columns are read."""
    plan = build_plan(send({"7A1": ["Toán"], "9A9": ["Toán - Lan", "Văn - Hoa"]}))
    assert [(problem.place, problem.key) for problem in plan.problems] == [("Trang tính TKB, cột 9A9", "")]
    assert "2 tiết của cột chưa đọc" in plan.problems[0].message
    assert len(plan.lessons) == 1


def test_a_row_without_a_day_is_said(send):
    rows = [
        ["Thứ", "Buổi", "Tiết", "7A1"],
        ["Chín", "Sáng", 1, "Toán"],
        ["Hai", "Sáng", 8, "Toán"],
        ["Ba", "Sáng", 1, "Toán"],
    ]
    plan = build_plan(send(xlsx(rows, sheet="TKB")))
    assert [problem.place for problem in plan.problems] == ["Trang tính TKB, dòng 2", "Trang tính TKB, dòng 3"]
    assert len(plan.lessons) == 1


# --- two at once --------------------------------------------------------------------------------
def test_a_teacher_in_two_places_is_left_out_of_both(send, cast):
    """W7: nobody guesses which of the two is right; every other lesson stays."""
    made = send({"7A1": ["Văn - Hoa", "Toán - Lan"], "7A2": ["Toán - Hoa", "Văn - Hoa"]})
    plan = build_plan(made)
    assert [problem.key for problem in plan.problems] == ["0-2-3", "0-2-4"]
    assert "Phan Thị Hoa có 2 lớp trong cùng giờ: 7A1 (trang tính TKB, ô D2" in plan.problems[0].message
    assert len(plan.lessons) == 2


def test_a_joint_lesson_says_so(send, put, cast):
    """W7: the database lets a teacher have several classes at once when all but the first are marked as joined."""
    made = put({"7A1": ["GDTC - Lan (ghép)"], "7A2": ["GDTC - Lan (ghép)"]})
    assert sorted(made.entries.values_list("school_class__name", "is_joint")) == [("7A1", False), ("7A2", True)]
    assert build_plan(send({"7A1": ["GDTC - Lan (ghép)"], "7A2": ["Văn - Lan (ghép)"]})).lessons == []
    assert build_plan(send({"7A1": ["GDTC - Lan (ghép)"], "7A2": ["GDTC - Lan"]})).lessons == []
    [alone] = build_plan(send({"7A1": ["GDTC - Lan (ghép)"]})).lessons
    assert not alone.is_joint


def test_a_class_twice_in_one_period(send):
    """W7: two sheets, or two rows, about the same period."""
    rows = [["Thứ", "Tiết", "7A1"], ["Hai", 1, "Toán"], ["Hai", 1, "Văn - Hoa"], ["Hai", 2, "Văn - Hoa"]]
    plan = build_plan(send(xlsx(rows)))
    assert len(plan.problems) == 2
    assert all("Lớp có hai tiết trong cùng giờ" in problem.message for problem in plan.problems)
    assert len(plan.lessons) == 1


# --- what should be looked at -------------------------------------------------------------------
def test_warnings_stop_nothing(send, cast, school):
    """W7: a teacher who is not assigned, periods that differ from the curriculum, a class that is missing."""
    made = send({"7A1": ["Toán - Hoa"]})
    plan = build_plan(made)
    text = "\n".join(plan.warnings)
    assert plan.problems == []
    assert "Toán – 7A1: Phan Thị Hoa chưa được phân công (đang phân công: Trần Thị Lan)" in text
    assert "Toán – 7A1: 1 tiết một tuần, chương trình cần 4 (140 tiết cả năm)" in text
    assert "Ngữ văn – 7A1: 0 tiết một tuần, chương trình cần 4" in text
    assert "Tệp không có lớp 7A2" in text
    assert save(made, cast).entries.count() == 1


def test_the_right_number_of_periods_is_quiet(send, school):
    content = {"7A1": [*["Toán - Lan"] * 4, "GDTC - Lan"]}
    warnings = build_plan(send(content)).warnings
    assert not any(text.startswith("Toán – 7A1") for text in warnings)


def test_flag_and_meeting_count_for_the_subject_of_experience(send, school):
    """W7: CT GDPT 2018 gives HĐTN three periods a week, two of which are these."""
    subject = CurriculumItem.objects.get(subject__code="GDTC").subject
    subject.name, subject.short_name = "Hoạt động trải nghiệm, hướng nghiệp", "HĐTN"
    subject.save()
    CurriculumItem.objects.filter(subject=subject).update(periods=105)
    warnings = build_plan(send({"7A1": ["Chào cờ", "SHL", "HĐTN - Lan"]})).warnings
    assert not any(text.startswith("Hoạt động trải nghiệm") and "7A1" in text for text in warnings)


# --- mending, saving ----------------------------------------------------------------------------
def test_nothing_of_a_good_import_is_lost_when_another_cell_is_bad(send, cast):
    """W7: what can be read is saved, what cannot stays listed and can be mended later."""
    made = save(send({"7A1": ["Toán - Lan", "Tón - Lan", "Văn - Hoa"]}), cast)
    assert made.entries.count() == 2
    assert only_problem(made).key == "0-3-3"
    made = services.reopen_timetable(timetable=made, by=cast.it_staff)
    made = services.accept_suggestions(timetable=made, by=cast.it_staff)
    assert build_plan(made).mended[0].new == "Toán - Lan"
    assert save(made, cast).entries.count() == 3


def test_a_cell_emptied_in_the_preview_is_left_out(send, cast):
    made = send({"7A1": ["Bơi - Lan", "Toán - Lan"]})
    made = services.mend_timetable(timetable=made, cells={"0-2-3": "", "0-3-3": "Văn", "9-9-9": "x"}, by=cast.it_staff)
    plan = build_plan(made)
    assert (plan.problems, [lesson.title for lesson in plan.lessons]) == ([], ["Toán"])
    assert made.edits == {"0-2-3": ""}


def test_saving_writes_what_the_preview_showed_or_nothing(send, cast, school):
    """W7: the register may change between looking and saving."""
    made = send({"7A1": ["Toán"]})
    seen = build_plan(made).fingerprint
    school.class_subjects["TOAN 7A1"].assignments.update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(TransitionDenied, match="vừa thay đổi"):
        services.save_timetable(timetable=made, fingerprint=seen, by=cast.it_staff)
    with pytest.raises(TransitionDenied, match="Chưa có tiết nào"):
        save(made, cast)
    assert not TimetableEntry.objects.exists()


def test_what_is_said_of_a_version_can_be_changed_until_it_is_published(put, send, cast):
    made = save(send(GOOD), cast)
    day = timezone.localdate() + timedelta(days=9)
    made = services.describe_timetable(timetable=made, facts=Facts(day, 7, "Đổi giờ", "25/TB"), by=cast.it_staff)
    assert (made.applies_from, made.number, made.note, made.entries.count()) == (day, 7, "Đổi giờ", 4)
    assert made.history.latest().history_user == cast.it_staff
    services.publish_timetable(timetable=made, by=cast.principal)
    with pytest.raises(TransitionDenied, match="giữ nguyên"):
        services.describe_timetable(timetable=made, facts=Facts(day, 8), by=cast.it_staff)


def test_numbers_are_given_in_order_and_once(send, cast):
    first, second = send(GOOD), send(GOOD)
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(TransitionDenied, match="mang số đó"):
        send(GOOD, number=2)
    services.discard_timetable(timetable=second, by=cast.it_staff)
    assert send(GOOD, number=2).number == 2


# --- who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["teacher", "homeroom_teacher", "subject_head", "parent", "stranger"])
def test_others_load_nothing(send, cast, role):
    with pytest.raises(PermissionDenied):
        send(GOOD, by=getattr(cast, role))


def test_it_staff_load_and_leaders_publish(send, cast):
    """A6: what everybody is told comes from a leader."""
    made = save(send(GOOD), cast)
    with pytest.raises(TransitionDenied, match="hiệu trưởng"):
        services.publish_timetable(timetable=made, by=cast.it_staff)
    assert services.publish_timetable(timetable=made, by=cast.principal).published_by == cast.principal
    assert [row.step for row in made.transitions.all()] == ["save", "publish"]


def test_a_closed_year_takes_no_timetable(send, cast, school):
    made = send(GOOD)
    school.year.closed_at, school.year.closed_by = timezone.now(), cast.principal
    school.year.save()
    with pytest.raises(TransitionDenied, match="đã khóa"):
        save(Timetable.objects.get(pk=made.pk), cast)
    with pytest.raises(PermissionDenied, match="đã khóa"):
        send(GOOD)


# --- which one holds ----------------------------------------------------------------------------
def test_the_latest_that_has_begun_holds(put, send, cast, school):
    """W7: derived from the days, no flag: drafts and what is still to come do not count."""
    today = timezone.localdate()
    first = put(GOOD, day=school.year.starts_on)
    put(GOOD, day=today + timedelta(days=10))
    save(send(GOOD), cast)
    days = [school.year.starts_on - timedelta(days=1), today, today + timedelta(days=10), school.year.ends_on]
    held = [Timetable.objects.in_force(day).values_list("number", flat=True).first() for day in days]
    assert held == [None, first.number, 2, 2]
    assert not Timetable.objects.in_force(school.year.ends_on + timedelta(days=1)).exists()


def test_of_two_that_begin_on_one_day_the_higher_number_holds(put):
    """W7: that is how a mistake is put right before its day."""
    day = timezone.localdate() + timedelta(days=3)
    put(GOOD, day=day)
    mended = put({"7A1": ["Toán"]}, day=day)
    assert Timetable.objects.in_force(day).first() == mended


def test_days_gone_by_keep_the_timetable_by_which_they_were_taught(put, send, cast, school):
    """W7: only the first version of a year may begin in the past."""
    put(GOOD, day=school.year.starts_on)
    late = save(send(GOOD, day=timezone.localdate() - timedelta(days=1)), cast)
    with pytest.raises(TransitionDenied, match="đã qua"):
        services.publish_timetable(timetable=late, by=cast.principal)
    late.refresh_from_db()
    assert late.state == "draft"


# --- what the database holds to -----------------------------------------------------------------
def refused(work):
    try:
        with transaction.atomic():
            work()
    except IntegrityError:
        return True
    return False


def test_the_application_cannot_delete_versions_or_rewrite_their_history(put):
    """W7: rights taken back from the role of the web."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT has_table_privilege('registry_timetable', 'DELETE'),
                      has_table_privilege('registry_timetabletransition', 'UPDATE'),
                      has_table_privilege('registry_historicaltimetable', 'DELETE')"""
        )
        assert cursor.fetchone() == (False, False, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": 8},
        {"session": "xx"},
        {"period": 6},
        {"class_subject": None},
        {"teacher": None},
        {"activity": "flag"},
        {"weekday": 2, "period": 1},
        {"teacher": "other", "weekday": 2, "period": 1, "school_class": "7A2"},
    ],
    ids=str,
)
def test_rules_that_are_always_true_of_a_lesson(send, cast, school, wrong):
    """W7: constraints of the database: known slots, a subject with a teacher or an activity, one lesson, one place."""
    made = save(send({"7A1": ["Văn - Hoa"]}), cast)
    values = {
        "school_class": school.classes["7A1"],
        "weekday": 3,
        "session": "am",
        "period": 2,
        "class_subject": school.class_subjects["NV 7A1"],
        "teacher": cast.other_teacher,
    }
    named = {"other": cast.other_teacher, "7A2": school.classes["7A2"]}
    assert refused(
        lambda: made.entries.create(**values | {key: named.get(value, value) for key, value in wrong.items()})
    )


# --- differences --------------------------------------------------------------------------------
def test_what_a_file_changes_is_known_before_anything_is_saved(put, send, cast, school):
    """W7: by class and by teacher, against the version in force on its day."""
    put(GOOD)
    day = timezone.localdate() + timedelta(days=7)
    made = send({"7A1": ["Văn - Hoa", "Toán - Lan"], "7A2": [None, "Văn - GV003", "Toán - Hoa"]}, day=day)
    found = difference(made, build_plan(made).lessons)
    assert (found.base.number, found.counts["moved"], found.total) == (1, 3, 3)
    assert [str(part.of) for part in found.by_class] == ["7A1", "7A2"]
    assert found.teachers == [cast.other_teacher, cast.teacher]
    assert not TimetableEntry.objects.filter(timetable=made).exists()


def test_another_teacher_concerns_both(put, send, cast):
    put({"7A1": ["Toán - Lan"]})
    made = send({"7A1": ["Toán - Hoa"]}, day=timezone.localdate() + timedelta(days=7))
    found = difference(made, build_plan(made).lessons)
    assert [change.kind for part in found.by_class for change in part.changes] == [Kind.OTHER_PERSON]
    assert {teacher.username for teacher in found.teachers} == {"teacher", "other_teacher"}


def test_the_filled_template_changes_nothing(put, send, cast, school):
    """W7: the version in force as a file, loaded again, is the same to the last lesson."""
    content = {
        "7A1": ["Chào cờ", "Toán - Lan (P.12)", "GDTC - Lan (ghép)", "Phụ đạo - Hoa"],
        "7A2": ["Chào cờ", "Văn - Hoa", "GDTC - Lan (ghép)"],
    }
    held = put(content)
    again = send(timetable_workbook(template_of(school.year, held)), day=timezone.localdate() + timedelta(days=7))
    plan = build_plan(again)
    assert plan.problems == []
    assert difference(again, plan.lessons).total == 0
    assert len(plan.lessons) == held.entries.count() == 7


# --- telling --------------------------------------------------------------------------------------
def told(kind):
    return [set(message.recipients) for message in OutboxMessage.objects.filter(kind=kind).order_by("pk")]


def test_only_those_whose_lessons_changed_are_told(put, cast, school):
    """W7: changes are announced to those concerned: teachers, and the families of the classes."""
    parent = cast.parent
    tie = services.add_guardian(
        student=school.students[0],
        person={"full_name": "Nguyễn Thị Hạnh", "phone": ""},
        tie={"relation": "mother"},
        by=cast.homeroom_teacher,
    )
    tie.guardian.user = parent
    tie.guardian.save()
    put(GOOD)
    assert told("timetable.published") == [{cast.teacher.pk, cast.other_teacher.pk, cast.subject_head.pk}]
    assert told("timetable.of_children") == [{parent.pk}]
    day = timezone.localdate() + timedelta(days=7)
    put({**GOOD, "7A2": [None, "Văn - GV003", "Toán - Hoa"]}, day=day)
    assert told("timetable.published")[1:] == [{cast.other_teacher.pk}]
    assert len(told("timetable.of_children")) == 1
    message = OutboxMessage.objects.filter(kind="timetable.published").latest("pk")
    assert message.url == f"/timetable/?week={day:%Y-%m-%d}"
    assert message.context == {"number": 2, "day": f"{day:%d/%m/%Y}"}
    put({**GOOD, "7A2": [None, "Văn - GV003", "Toán - Hoa"]}, day=day + timedelta(days=7))
    assert len(told("timetable.published")) == 2


# --- the week -----------------------------------------------------------------------------------
def monday_ahead():
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


def test_each_day_shows_the_version_that_holds_on_it(put, cast, school):
    """W7: a version may begin in the middle of a week."""
    monday = monday_ahead()
    rows = [["Thứ", "Tiết", "7A1"], *([day, 1, "Toán"] for day in ("Hai", "Tư", "Sáu"))]
    put(xlsx(rows), day=school.year.starts_on)
    later = put(xlsx([rows[0], *([day, 2, "Toán"] for day in ("Hai", "Tư", "Sáu"))]), day=monday + timedelta(days=2))
    week = timetables.week_of(school.classes["7A1"], monday, timezone.localdate())
    assert [(day.weekday, lesson.period) for day in week.days for lesson in day.lessons] == [(2, 1), (4, 2), (6, 2)]
    assert [item.number for item in week.timetables] == [1, 2]
    assert timetables.coming(timezone.localdate()) == later


def test_holidays_have_no_lessons(put, cast, school):
    monday = monday_ahead()
    put(GOOD, day=school.year.starts_on)
    assert len(timetables.lessons_on(cast.teacher, monday)) == 1
    CalendarDay.objects.create(school_year=school.year, day=monday, kind="holiday", name="Nghỉ lễ")
    week = timetables.week_of(school.classes["7A1"], monday, monday)
    assert (week.days[0].note, week.days[0].lessons, week.has_lessons) == ("Nghỉ lễ", [], False)
    assert timetables.lessons_on(cast.teacher, monday) == []


def test_the_week_of_a_teacher_holds_their_lessons_alone(put, cast, school):
    put(GOOD, day=school.year.starts_on)
    week = timetables.week_of(cast.other_teacher, monday_ahead(), timezone.localdate())
    assert [(lesson.school_class.name, lesson.period) for lesson in week.days[0].lessons] == [("7A2", 1), ("7A1", 2)]
    assert timetables.teaches(cast.other_teacher)
    assert not timetables.teaches(cast.parent)


@pytest.mark.parametrize("of", ["class", "teacher"])
def test_a_week_costs_the_same_for_any_number_of_lessons(put, cast, school, of):
    """B-06: three queries."""
    whom = school.classes["7A1"] if of == "class" else cast.teacher
    counts = []
    for number, lessons in enumerate((["Toán"], ["Toán"] * 5), start=1):
        put({"7A1": lessons}, day=timezone.localdate() + timedelta(days=number))
        with CaptureQueriesContext(connection) as queries:
            timetables.week_of(whom, monday_ahead(), timezone.localdate())
        counts.append(len(queries))
    assert counts == [3, 3]
