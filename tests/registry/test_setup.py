"""A9, R2: a new school year step by step: what is refused and why, what is made, and that a second run makes nothing twice."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import StaffProfile
from gradebook import services as books
from registry.importing.cells import CellProblem
from registry.models import (
    CalendarDay,
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GradeScheme,
    Guardian,
    Guardianship,
    HomeroomAssignment,
    PolicyStatus,
    SchoolClass,
    SchoolYear,
    Student,
    Subject,
    TeachingAssignment,
)
from registry.selectors.setup import calendar, checks, classes, programme, pupils, state
from registry.selectors.setup.checks import Lack
from registry.services import setup
from schoolops.lib import names
from schoolops.lib.workflow import TransitionDenied
from tests.support import forget_actor

pytestmark = pytest.mark.django_db
GRADES = range(6, 10)


@pytest.fixture
def it(cast):
    return cast.it_staff


@pytest.fixture
def dates(school):
    return calendar.propose(school.year, date(2027, 6, 1))


@pytest.fixture
def new_year(dates, it):
    return setup.open_year(dates=dates, by=it)


@pytest.fixture
def ready(new_year, it):
    """The new year with its programme and the classes of last year a grade higher."""
    setup.copy_programme(year=new_year, by=it)
    setup.make_classes(year=new_year, wanted=wanted(new_year), by=it)
    return new_year


def wanted(year):
    proposed = classes.proposal(year)
    return [one for grade, text in proposed.items() if text for one in classes.read_names(text, grade)]


def closed(year, by):
    year.closed_at, year.closed_by = "2027-07-01T00:00Z", by
    year.save()
    return year


def found(year, before):
    lines = checks.findings(year, before, grades=GRADES, day=year.starts_on, terms=year.terms.count())
    return {line.lack: line for line in lines}


# --- who ----------------------------------------------------------------------------------------
def test_teachers_set_up_nothing(new_year, cast, dates):
    """A9: IT staff by order, or leaders; each service refuses others itself."""
    for person in (cast.teacher, cast.homeroom_teacher, cast.subject_head, cast.stranger):
        for attempt in (
            lambda: setup.open_year(dates=dates, by=person),
            lambda: setup.mend_year(year=new_year, dates=dates, by=person),
            lambda: setup.copy_programme(year=new_year, by=person),
            lambda: setup.save_grade(year=new_year, grade=7, scheme="TT22", taught={}, by=person),
            lambda: setup.make_classes(year=new_year, wanted=[], by=person),
            lambda: setup.place_pupils(year=new_year, places={}, by=person),
            lambda: setup.sort_lists(year=new_year, by=person),
        ):
            with pytest.raises(PermissionDenied):
                attempt()
    assert not new_year.curriculum.exists()


def test_leaders_may(dates, cast):
    assert setup.open_year(dates=dates, by=cast.vice_principal).terms.count() == 2


def test_closed_year_stays_as_it_is(new_year, dates, it, cast):
    """A9: the reason names the year."""
    closed(new_year, cast.principal)
    for attempt in (
        lambda: setup.mend_year(year=new_year, dates=dates, by=it),
        lambda: setup.copy_programme(year=new_year, by=it),
        lambda: setup.make_classes(year=new_year, wanted=[], by=it),
        lambda: setup.place_pupils(year=new_year, places={}, by=it),
        lambda: setup.sort_lists(year=new_year, by=it),
    ):
        with pytest.raises(PermissionDenied, match=new_year.code):
            attempt()


# --- the year -----------------------------------------------------------------------------------
def test_proposal_without_a_year_before():
    """35 teaching weeks from 5 September, Tết left out."""
    dates = calendar.propose(None, date(2027, 7, 1))
    assert (dates.code, dates.starts_on) == ("2027-2028", date(2027, 9, 5))
    assert dates.weeks == (18, 17)
    assert date(2028, 1, 26) in dates.free, "Tết Mậu Thân"
    assert dates.ends_on == date(2028, 5, 31)
    assert calendar.faults(dates, []) == {}
    assert calendar.propose(None, date(2027, 3, 1)).code == "2026-2027"


def test_break_of_tet_moves_with_the_moon(db):
    """The two weeks that last year's plan gave around Tết lie around the new one, Monday on Monday."""
    last = SchoolYear.objects.create(code="2026-2027", starts_on=date(2026, 9, 5), ends_on=date(2027, 5, 31))
    monday = date(2027, 2, 1)
    for offset in range(14):
        day = monday + timedelta(days=offset)
        CalendarDay.objects.create(school_year=last, day=day, kind="holiday", name="Nghỉ Tết")
    CalendarDay.objects.create(school_year=last, day=date(2026, 11, 2), kind="holiday", name="Bão")
    dates = calendar.propose(last, date(2027, 6, 1))
    moved = {date(2028, 1, 24) + timedelta(days=offset) for offset in range(14)}
    assert moved <= dates.free.keys(), "both weeks, from the Monday of Tết on"
    assert dates.free[date(2028, 1, 26)] == "Tết Nguyên Đán"
    assert dates.free[date(2028, 2, 6)] == "Nghỉ Tết"
    assert date(2028, 2, 7) not in dates.free
    assert "Bão" not in dates.free.values()
    assert dates.weeks == (18, 17), "the break is no teaching time"


def test_teaching_weeks_need_three_days():
    monday = date(2026, 9, 7)
    assert calendar.teaching_weeks(monday, monday + timedelta(days=5), []) == 1
    assert calendar.teaching_weeks(monday, monday + timedelta(days=1), []) == 0
    off = [monday + timedelta(days=number) for number in range(3)]
    assert calendar.teaching_weeks(monday, monday + timedelta(days=5), off) == 0
    assert calendar.teaching_weeks(monday, monday + timedelta(days=11), off) == 1


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("starts_on", lambda d: {"starts_on": d.starts_on.replace(year=d.starts_on.year + 1)}),
        ("ends_on", lambda d: {"ends_on": d.starts_on}),
        ("term1_starts", lambda d: {"terms": ((d.starts_on - timedelta(days=1), d.terms[0][1]), d.terms[1])}),
        ("term1_ends", lambda d: {"terms": ((d.terms[0][0], d.terms[0][0]), d.terms[1])}),
        ("term2_starts", lambda d: {"terms": (d.terms[0], (d.terms[0][1], d.terms[1][1]))}),
        ("term2_ends", lambda d: {"terms": (d.terms[0], (d.terms[1][0], d.terms[1][0]))}),
        ("term2_ends", lambda d: {"terms": (d.terms[0], (d.terms[1][0], d.ends_on + timedelta(days=1)))}),
        ("free", lambda d: {"free": {d.ends_on + timedelta(days=1): "Nghỉ"}}),
        ("made_up", lambda d: {"made_up": {d.starts_on - timedelta(days=1): "Bù"}}),
        ("made_up", lambda d: {"free": {d.starts_on: "Nghỉ"}, "made_up": {d.starts_on: "Bù"}}),
    ],
)
def test_dates_out_of_order_are_refused_at_their_field(dates, it, field, change):
    """A9: nothing of the year is there after a refusal."""
    values = {name: getattr(dates, name) for name in ("code", "starts_on", "ends_on", "terms", "free", "made_up")}
    with pytest.raises(ValidationError) as refused:
        setup.open_year(dates=calendar.YearDates(**values | change(dates)), by=it)
    assert field in refused.value.message_dict
    assert SchoolYear.objects.count() == 1


def test_years_do_not_overlap_and_codes_are_unique(school, dates, it):
    values = {name: getattr(dates, name) for name in ("terms", "free", "made_up", "ends_on")}
    early = calendar.YearDates(code=dates.code, starts_on=school.year.ends_on, **values)
    assert school.year.code in calendar.faults(early, [school.year])["starts_on"]
    again = calendar.YearDates(code=school.year.code, starts_on=dates.starts_on, **values)
    assert "code" in calendar.faults(again, [school.year])
    with pytest.raises(ValidationError):
        setup.open_year(dates=again, by=it)


def test_second_press_makes_no_second_year(new_year, dates, it):
    """A double click leads to the same year; other dates under the same code are refused."""
    assert setup.open_year(dates=dates, by=it) == new_year
    other = calendar.YearDates(**{**dates.__dict__, "ends_on": dates.ends_on + timedelta(days=1)})
    with pytest.raises(ValidationError):
        setup.open_year(dates=other, by=it)
    assert SchoolYear.objects.filter(code=dates.code).count() == 1
    assert calendar.dates_of(new_year) == dates


def test_mending_writes_terms_and_calendar(new_year, dates, it):
    day = sorted(dates.free)[0]
    free = {other: name for other, name in dates.free.items() if other != day} | {
        dates.starts_on + timedelta(days=9): "Bão"
    }
    mended = calendar.YearDates(**{**dates.__dict__, "free": free, "made_up": {day: "Học bù"}})
    setup.mend_year(year=new_year, dates=mended, by=it)
    fresh = SchoolYear.objects.get(pk=new_year.pk)
    assert calendar.dates_of(fresh) == mended
    assert fresh.calendar_days.get(day=day).kind == "teaching"


def test_every_step_leaves_a_line_with_the_year(ready, it):
    """The tables of the year keep no history of their own: who did what is read with the year in the administration."""
    carry_over(ready, it)
    lines = LogEntry.objects.filter(object_id=str(ready.pk), user=it).order_by("pk")
    assert [line.change_message.split()[0] for line in lines] == ["Lập", "Chép", "Lập", "Xếp"]


# --- the programme ------------------------------------------------------------------------------
def test_programme_is_copied_once(new_year, it, school):
    """Grades with a programme last year get it; the others that of the level; twice is once."""
    count = setup.copy_programme(year=new_year, by=it)
    copied = set(new_year.curriculum.filter(grade=7).values_list("subject__code", "periods", "assessment"))
    assert copied == set(school.year.curriculum.values_list("subject__code", "periods", "assessment"))
    assert new_year.curriculum.filter(grade=8).count() == 12, "the 2018 programme of the level"
    assert new_year.curriculum.get(grade=8, subject__code="CN").periods == 52
    assert Subject.objects.filter(code="TOAN").count() == 1
    assert dict(GradeScheme.objects.filter(school_year=new_year).values_list("grade", "scheme")) == dict.fromkeys(
        GRADES, "TT22"
    )
    assert setup.copy_programme(year=new_year, by=it) == 0
    assert new_year.curriculum.count() == count
    assert state.coverage(new_year).missing(GRADES) == []


@pytest.mark.parametrize(("level", "scheme", "grades"), [("primary", "TT27", 5), ("upper_secondary", "TT22", 3)])
def test_first_year_of_each_level(school, it, level, scheme, grades):
    from registry.models import School

    School.objects.update(level=level)
    CurriculumItem.objects.exclude(pk=None).filter(class_subjects=None).delete()
    year = SchoolYear.objects.create(code="2001-2002", starts_on=date(2001, 9, 5), ends_on=date(2002, 5, 31))
    setup.copy_programme(year=year, by=it)
    assert set(year.grade_schemes.values_list("scheme", flat=True)) == {scheme}
    assert year.curriculum.values("grade").distinct().count() == grades


def test_differences_from_last_year_are_shown(ready, it):
    maths, literature = (Subject.objects.get(code=code) for code in ("TOAN", "NV"))
    values = {maths.pk: setup.programme.Taught(120, "score"), literature.pk: None}
    setup.save_grade(year=ready, grade=7, scheme="TT22", taught=values, by=it)
    lines = {line.subject.code: line for line in programme.programme_of(ready).of(7).lines}
    assert (lines["TOAN"].change, lines["NV"].change, lines["GDTC"].change) == ("changed", "dropped", "same")
    assert "140 tiết" in lines["TOAN"].was


def test_subject_is_added_to_classes_too(ready, it):
    setup.make_classes(year=ready, wanted=classes.read_names("2", 6), by=it)
    subject = Subject(code="TP", name="Tiếng Pháp", short_name="Pháp")
    taught = setup.programme.Taught(70, "score")
    assert setup.add_subject(year=ready, subject=subject, grades=[6, 8], taught=taught, by=it) == [6, 8]
    assert ClassSubject.objects.filter(item__subject=subject).count() == 2 + ready.classes.filter(grade=8).count()
    assert setup.add_subject(year=ready, subject=subject, grades=[6, 8], taught=taught, by=it) == []


def test_open_books_freeze_periods_and_assignments_keep_subjects(ready, it, cast, school):
    """G2: the columns of an open book follow from the periods; a subject with a teacher is not taken out."""
    [grade_8] = ready.classes.filter(name="8A1")
    maths, sport = (Subject.objects.get(code=code) for code in ("TOAN", "GDTC"))
    TeachingAssignment.objects.create(
        teacher=cast.teacher,
        class_subject=grade_8.class_subjects.get(item__subject=sport),
        decision=school.decision,
        valid_from=ready.starts_on,
    )
    with pytest.raises(TransitionDenied, match="phân công"):
        setup.save_grade(year=ready, grade=8, scheme="TT22", taught={sport.pk: None}, by=it)
    taught = ClassSubject.objects.filter(school_class=grade_8).select_related("item__subject")
    books.open_gradebooks(class_subjects=taught, term=ready.terms.get(number=1), by=it)
    forget_actor()
    for change in (None, setup.programme.Taught(70, "score"), setup.programme.Taught(140, "comment")):
        with pytest.raises(TransitionDenied, match="đã mở"):
            setup.save_grade(year=ready, grade=8, scheme="TT22", taught={maths.pk: change}, by=it)
    with pytest.raises(TransitionDenied, match="quy định đánh giá"):
        setup.save_grade(year=ready, grade=8, scheme="TT58", taught={}, by=it)
    assert ready.curriculum.get(grade=8, subject=maths).periods == 140


# --- classes ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "grade", "higher"),
    [("6A1", 6, "7A1"), ("9/2", 9, "10/2"), ("10 Toán 1", 10, "11 Toán 1"), ("1A", 1, "2A"), ("11A1", 11, "12A1")],
)
def test_names_a_grade_higher(name, grade, higher):
    assert classes.promoted(name, grade) == higher


def test_classes_by_number_or_by_name():
    assert [one.name for one in classes.read_names("3", 6)] == ["6A1", "6A2", "6A3"]
    assert [one.name for one in classes.read_names("6a1, 6B; 6A1", 6)] == ["6A1", "6B"]
    for text in ("7A1", "41", "abc"):
        with pytest.raises(CellProblem):
            classes.read_names(text, 6)


def test_last_years_classes_go_a_grade_higher(ready, school):
    """7A1 and 7A2 become 8A1 and 8A2, each with the subjects of grade 8."""
    assert set(ready.classes.values_list("name", flat=True)) == {"8A1", "8A2"}
    assert {found.class_subjects.count() for found in ready.classes.all()} == {12}
    assert SchoolClass.objects.filter(school_year=school.year).count() == 2


def test_classes_are_made_once(ready, it):
    plan = setup.make_classes(year=ready, wanted=wanted(ready), by=it)
    assert plan.new == []
    assert {line.state for line in plan.lines} == {"kept"}
    assert ready.classes.count() == 2


def test_class_keeps_its_site_and_goes_without_what_it_did_not_take(new_year, it, school):
    """An elective that 7A2 did not take last year is not taught in 8A2; a subject new in grade 8 is."""
    SchoolClass.objects.filter(name="7A2").update(campus="Bản Pá")
    school.class_subjects["GDTC 7A2"].delete()
    setup.copy_programme(year=new_year, by=it)
    setup.make_classes(year=new_year, wanted=wanted(new_year), by=it)
    [one, two] = new_year.classes.order_by("sort_key")
    assert (one.campus, two.campus) == ("", "Bản Pá")
    taught = [set(found.class_subjects.values_list("item__subject__code", flat=True)) for found in (one, two)]
    assert taught[0] - taught[1] == {"GDTC"}
    assert "KHTN" in taught[1]


def test_class_that_is_not_named_stays(ready):
    plan = classes.plan_classes(ready, classes.read_names("8A1, 8A3", 8))
    assert [(line.name, line.state) for line in plan.lines] == [("8A1", "kept"), ("8A2", "unnamed"), ("8A3", "new")]
    assert plan.fingerprint == "8:8A3"


# --- pupils -------------------------------------------------------------------------------------
def carry_over(year, by):
    moving = pupils.moving(year)
    targets = {source.school_class.pk: source.target.pk for source in moving.ready}
    places = {pupil: targets[source] for pupil, source in pupils.members_of(targets).items()}
    return setup.place_pupils(year=year, places=places, by=by)


def test_pupils_go_up_in_vietnamese_order(ready, it, school):
    """R4: everyone who is present, from the first day of the year, numbered by name, with a history of who did it."""
    gone = Enrollment.objects.filter(school_class=school.classes["7A1"]).first()
    gone.left_on = school.year.starts_on + timedelta(days=3)
    gone.save()
    assert carry_over(ready, it) == 9
    rows = list(Enrollment.objects.filter(school_class__name="8A1").select_related("student").order_by("roll_no"))
    assert [row.roll_no for row in rows] == [1, 2, 3, 4]
    keys = [row.student.sort_key for row in rows]
    assert keys == sorted(keys)
    assert {row.enrolled_on for row in rows} == {ready.starts_on}
    assert {row.history.get().history_user for row in rows} == {it}
    assert carry_over(ready, it) == 0
    assert Enrollment.objects.filter(school_class__school_year=ready).count() == 9


def test_exceptions_are_decided_pupil_by_pupil(ready, it, school):
    """One stays down, one waits: the rest of the class goes, and the next run leaves the one who waits alone."""
    setup.make_classes(year=ready, wanted=classes.read_names("7A1", 7), by=it)
    source = school.classes["7A1"]
    moving = pupils.class_moving(ready, source)
    first, second, *rest = [mover.enrollment.student_id for mover in moving.open_movers]
    [again], [higher] = moving.again, [item for item in moving.higher if item.name == "8A1"]
    setup.place_pupils(year=ready, places={first: again.pk} | dict.fromkeys(rest, higher.pk), by=it)
    assert carry_over(ready, it) == 5, "7A2 only"
    assert not Enrollment.objects.filter(student=second, school_class__school_year=ready).exists()
    assert pupils.moving(ready).undecided == 1
    assert Enrollment.objects.get(student=first, school_class__school_year=ready).school_class == again
    [waiting] = found(ready, school.year)[Lack.WAITING].named
    assert waiting.pk == source.pk


def test_pupils_are_not_placed_in_another_year(ready, it, school):
    pupil = school.students[0]
    with pytest.raises(TransitionDenied):
        setup.place_pupils(year=ready, places={pupil.pk: school.classes["7A2"].pk}, by=it)


def test_top_grade_leaves(new_year, it, school):
    SchoolClass.objects.filter(name="7A1").update(grade=9, name="9A1")
    moving = pupils.moving(new_year)
    assert {source.school_class.name: source.is_leaving for source in moving.sources} == {"9A1": True, "7A2": False}
    assert moving.waiting == 5


def test_numbers_follow_the_names_again_while_no_book_is_open(ready, it):
    """R2: a newcomer stands at the end until the list is sorted; after the book is open nobody moves."""
    carry_over(ready, it)
    target = ready.classes.get(name="8A1")
    newcomer = Student.objects.create(full_name="Bùi Thị Ái", sort_key=names.sort_key("Bùi Thị Ái"))
    setup.place_pupils(year=ready, places={newcomer.pk: target.pk}, by=it)
    assert Enrollment.objects.get(student=newcomer).roll_no == 6
    assert [item.name for item in pupils.lists_out_of_order(ready)] == ["8A1"]
    setup.sort_lists(year=ready, by=it)
    rows = list(Enrollment.objects.filter(school_class=target).select_related("student").order_by("roll_no"))
    assert [row.roll_no for row in rows] == list(range(1, 7))
    assert [row.student.sort_key for row in rows] == sorted(row.student.sort_key for row in rows)
    assert setup.sort_lists(year=ready, by=it) == []

    Enrollment.objects.filter(student=newcomer).delete()
    taught = target.class_subjects.select_related("item__subject")
    books.open_gradebooks(class_subjects=taught, term=ready.terms.get(number=1), by=it)
    forget_actor()
    before = list(Enrollment.objects.filter(school_class=target).order_by("pk").values_list("pk", "roll_no"))
    assert setup.sort_lists(year=ready, by=it) == []
    assert before == list(Enrollment.objects.filter(school_class=target).order_by("pk").values_list("pk", "roll_no"))


# --- the check list -----------------------------------------------------------------------------
def test_empty_year_lacks_everything(new_year, school):
    lacks = found(new_year, school.year)
    assert {Lack.PROGRAMME, Lack.CLASSES, Lack.WAITING, Lack.IDLE} == set(lacks)
    assert lacks[Lack.PROGRAMME].is_blocking
    assert not lacks[Lack.WAITING].is_blocking
    assert lacks[Lack.WAITING].count == 10
    new_year.terms.all().delete()
    assert found(new_year, school.year)[Lack.TERMS].count == 2


def test_each_lack_is_named(ready, it, school, cast):
    """R1, R2: who and what is missing, by name; gone when it is mended."""
    setup.make_classes(
        year=ready,
        wanted=[*classes.read_names("1", 6), *classes.read_names("1", 7), *classes.read_names("1", 9)],
        by=it,
    )
    carry_over(ready, it)
    lacks = found(ready, school.year)
    assert [item.label for item in lacks[Lack.KEEPERS].named] == ["6A1", "7A1", "8A1", "8A2", "9A1"]
    assert lacks[Lack.TEACHERS].count == ClassSubject.objects.filter(school_class__school_year=ready).count()
    assert lacks[Lack.TEACHERS].more == lacks[Lack.TEACHERS].count - checks.NAMED
    assert {item.label for item in lacks[Lack.IDLE].named} == {"Trần Thị Lan", "Phan Thị Hoa"}
    assert [item.label for item in lacks[Lack.EMPTY].named] == ["6A1", "7A1", "9A1"]
    assert lacks[Lack.RECORDS].count == 10
    assert Lack.SUBJECTS not in lacks

    target = ready.classes.get(name="8A1")
    for kept in ready.classes.all():
        HomeroomAssignment.objects.create(
            teacher=cast.homeroom_teacher, school_class=kept, decision=school.decision, valid_from=ready.starts_on
        )
    taught = target.class_subjects.first()
    TeachingAssignment.objects.create(
        teacher=cast.teacher, class_subject=taught, decision=school.decision, valid_from=ready.starts_on
    )
    pupil = Student.objects.filter(enrollments__school_class=target).first()
    for name, value in {
        "birth_date": date(2014, 1, 1),
        "sex": "male",
        "ethnicity": "Kinh",
        "address": "Bản A",
    }.items():
        setattr(pupil, name, value)
    pupil.save()
    PolicyStatus.objects.create(student=pupil, category=PolicyStatus.Category.NONE, valid_from=ready.starts_on)
    Guardianship.objects.create(
        student=pupil,
        guardian=Guardian.objects.create(full_name="Trần B", phone="0912000111"),
        relation="mother",
        valid_from=ready.starts_on,
    )
    after = found(ready, school.year)
    assert Lack.KEEPERS not in after
    assert after[Lack.TEACHERS].count == lacks[Lack.TEACHERS].count - 1
    assert [item.label for item in after[Lack.IDLE].named] == ["Phan Thị Hoa"]
    assert after[Lack.RECORDS].count == 9


def test_new_teachers_without_lessons_are_named(ready, school, cast):
    StaffProfile.objects.filter(user=cast.subject_head).update(position="Giáo viên")
    assert "Võ Minh Khang" in [item.label for item in found(ready, school.year)[Lack.IDLE].named]


def test_one_pupil_twice(ready, it, school):
    """Two records of one child, or one child in two classes; not two children who share a name and each have a code."""
    carry_over(ready, it)
    one, two = Student.objects.filter(enrollments__school_class__name="8A1").order_by("pk")[:2]
    for pupil in (one, two):
        pupil.full_name, pupil.birth_date = "Lê Thị Mai", date(2014, 2, 3)
        pupil.save()
    assert Lack.TWINS not in found(ready, school.year), "each has a code of its own"
    Student.objects.filter(pk=two.pk).update(moet_id=None)
    assert found(ready, school.year)[Lack.TWINS].count == 1
    Enrollment.objects.create(
        student=one, school_class=ready.classes.get(name="8A2"), roll_no=40, enrolled_on=ready.starts_on
    )
    lacks = found(ready, school.year)
    assert lacks[Lack.TWICE].named[0].pk == one.pk
    assert [item.label for item in lacks[Lack.ORDER].named] == ["8A1", "8A2"], "renamed, and a gap up to 40"


def test_counts_of_the_first_page(ready, it, school, django_assert_num_queries):
    carry_over(ready, it)
    with django_assert_num_queries(1):
        counted = state.counts(ready, school.year, top_grade=9, day=ready.starts_on)
    assert (counted.terms, counted.schemes, counted.grades_taught, counted.classes) == (2, 4, 4, 2)
    assert (counted.pupils, counted.waiting, counted.untaught, counted.without_keeper) == (10, 0, 24, 2)
