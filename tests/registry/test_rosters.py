"""R1-R3: the minimum record counted in one place, completed in the list, mended with history, looked over by week 2."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import PolicyVersion, User
from accounts.roles import Role
from registry import permissions, services
from registry.models import (
    CalendarDay,
    Enrollment,
    Guardian,
    Guardianship,
    PolicyStatus,
    RosterReview,
    SchoolYear,
    Student,
)
from registry.selectors import completeness, duties, history, rosters
from registry.selectors.calendar import last_day_of_week
from registry.services import Mended
from tests.support import again, grant, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(school):
    return timezone.localdate()


@pytest.fixture
def pupil(school):
    """The first of the list, with a record that lacks nothing."""
    student = school.students[0]
    student.birth_date, student.sex, student.ethnicity, student.address = school.year.starts_on, "male", "Kinh", "Huế"
    student.save()
    mother = Guardian.objects.create(full_name="Trần Thị Hoa", phone="0000111222")
    Guardianship.objects.create(
        student=student, guardian=mother, relation="mother", is_contact=True, valid_from=school.year.starts_on
    )
    PolicyStatus.objects.create(student=student, category="none", valid_from=school.year.starts_on)
    return student


@pytest.fixture
def first_class(school):
    return school.classes["7A1"]


def mend(school_class, student, by, **values):
    return services.mend_records(school_class=school_class, mended=[Mended(student.pk, values)], by=by)


def lacking(student, today):
    found = completeness.missing_of(Enrollment.objects.filter(student=student), today)
    return {item.name for item in found[student.pk]}


def page(user, name, *args, query="", **data):
    client = Client()
    client.force_login(user, "accounts.backends.SignInBackend")
    url = reverse(f"registry:{name}", args=args) + query
    return client.post(url, data) if data else client.get(url)


# --- what is missing (R1) -----------------------------------------------------------------------
def test_a_full_record_lacks_nothing(pupil, today):
    assert lacking(pupil, today) == set()


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("birth_date", None, "birth_date"),
        ("sex", "", "sex"),
        ("ethnicity", "", "ethnicity"),
        ("address", "", "address"),
    ],
)
def test_each_part_of_the_record_is_missed(pupil, today, field, value, name):
    """R1: every field of the minimum record, one by one."""
    setattr(pupil, field, value)
    pupil.save()
    assert lacking(pupil, today) == {name}


def test_family_and_number_are_missed(pupil, today):
    """R1: somebody with a name, somebody with a number; who has ended does not count."""
    Guardian.objects.update(full_name="")
    assert lacking(pupil, today) == {"guardian"}
    Guardian.objects.update(full_name="Trần Thị Hoa", phone="")
    assert lacking(pupil, today) == {"phone"}
    Guardianship.objects.update(ended_on=today - timedelta(days=1))
    assert lacking(pupil, today) == {"guardian", "phone"}


def test_an_answer_about_policies_ends_with_its_date(pupil, today):
    """R1: "không" is an answer; one that has run out must be asked again."""
    PolicyStatus.objects.update(category="poor", valid_until=today)
    assert lacking(pupil, today) == set()
    assert lacking(pupil, today + timedelta(days=1)) == {"policy"}


def test_counted_per_class(pupil, school, first_class, today):
    """R1: the counts of a class are those of its pupils, whoever has left not among them."""
    gone = Enrollment.objects.filter(school_class=first_class).order_by("roll_no").last()
    gone.left_on = today
    gone.save()
    other = school.classes["7A2"]
    states = completeness.of_classes([first_class, other], today)
    state = states[first_class.pk]
    per_class = len(school.students) // 2
    assert (state.total, state.complete, state.incomplete) == (per_class - 1, 1, per_class - 2)
    assert state.missing["birth_date"] == per_class - 2
    assert state.missing["full_name"] == 0
    assert states[other.pk].complete == 0
    roster = rosters.roster(first_class, today)
    assert roster.state == state
    assert [place.pk for place in roster.gone] == [gone.pk]


def test_one_query_for_all_classes(school, today):
    classes = list(school.classes.values())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        completeness.of_classes(classes, today)
    assert len(queries) == 1


# --- who may be one child -----------------------------------------------------------------------
def test_namesakes_are_shown_until_something_tells_them_apart(school, first_class, today):
    """P25: a pupil who may stand in the school twice is pointed out; a birth date or a code of their own ends that."""
    one, other = school.students[0], school.students[len(school.students) // 2]
    Student.objects.filter(pk__in=[one.pk, other.pk]).update(moet_id=None)
    other.refresh_from_db()
    line = rosters.roster(first_class, today).lines[0]
    assert [twin.student_id for twin in line.twins] == [other.pk]
    Student.objects.filter(pk=one.pk).update(birth_date="2014-09-05")
    Student.objects.filter(pk=other.pk).update(birth_date="2014-09-06")
    assert rosters.roster(first_class, today).lines[0].twins == ()


# --- mending (R3) -------------------------------------------------------------------------------
def test_mending_keeps_who_when_old_and_new(pupil, first_class, cast):
    """R3: "Thầy Tú đổi ngày sinh 05/09/2014 → 06/09/2014"."""
    pupil.birth_date = datetime(2014, 9, 5, tzinfo=UTC).date()
    pupil.save()
    assert mend(first_class, pupil, cast.homeroom_teacher, birth_date=datetime(2014, 9, 6, tzinfo=UTC).date()) == 1
    entry = history.of_student(pupil)[0]
    assert (entry.text, entry.old, entry.new) == ("Thầy Tú đổi ngày sinh", "05/09/2014", "06/09/2014")
    assert entry.comment == "Rà soát danh sách lớp 7A1"


def test_a_changed_name_brings_its_keys_along(pupil, first_class, cast):
    mend(first_class, pupil, cast.homeroom_teacher, full_name="Đặng Thị Ước")
    pupil.refresh_from_db()
    assert (pupil.search_key, pupil.history.latest().history_user) == ("dang thi uoc", cast.homeroom_teacher)


def test_the_number_of_the_family_is_mended(pupil, first_class, cast):
    """R3: the telephone of the one called first; nobody is added."""
    mend(first_class, pupil, cast.homeroom_teacher, guardian_phone="0000111333")
    assert Guardian.objects.get().phone == "0000111333"
    entry = history.of_student(pupil)[0]
    assert (entry.text, entry.old, entry.new) == (
        "Thầy Tú đổi điện thoại của Trần Thị Hoa",
        "0000111222",
        "0000111333",
    )


def test_a_family_begins_with_the_first_person(school, first_class, cast):
    student = school.students[1]
    mend(
        first_class,
        student,
        cast.homeroom_teacher,
        guardian_name="Lê Văn Bình",
        guardian_relation="father",
        guardian_phone="",
    )
    tie = student.guardianships.get()
    assert (tie.relation, tie.is_contact, tie.is_legal_representative) == ("father", True, True)
    assert tie.guardian.history.get().history_user == cast.homeroom_teacher
    mend(first_class, student, cast.homeroom_teacher, guardian_phone="0000111444")
    assert student.guardianships.get().guardian.phone == "0000111444"


def test_saving_what_stands_there_changes_nothing(pupil, first_class, cast):
    """R3: no history without a change."""
    before = [model.history.count() for model in (Student, Guardian, Guardianship, PolicyStatus)]
    count = mend(
        first_class,
        pupil,
        cast.homeroom_teacher,
        full_name=pupil.full_name,
        sex="male",
        guardian_relation="mother",
        guardian_phone="0000111222",
        policy="none",
    )
    assert count == 0
    assert [model.history.count() for model in (Student, Guardian, Guardianship, PolicyStatus)] == before


@pytest.mark.parametrize("role", ["teacher", "vice_principal", "principal", "parent", "stranger"])
def test_others_mend_nothing(pupil, first_class, cast, role):
    """R3: the homeroom teacher of this class and IT staff, nobody else."""
    with pytest.raises(PermissionDenied):
        mend(first_class, pupil, getattr(cast, role), address="Hà Nội")


def test_the_homeroom_teacher_of_another_class_mends_nothing(school, cast):
    with pytest.raises(PermissionDenied):
        mend(school.classes["7A2"], school.students[-1], cast.homeroom_teacher, address="Hà Nội")


def test_a_closed_year_stays_as_it_is(pupil, first_class, cast, school):
    SchoolYear.objects.update(closed_at=timezone.now(), closed_by=cast.principal)
    first_class.school_year.refresh_from_db()
    with pytest.raises(PermissionDenied, match="đã khóa"):
        mend(first_class, pupil, cast.homeroom_teacher, address="Hà Nội")


def test_pupils_of_another_class_and_those_who_left_are_passed_over(school, pupil, first_class, cast):
    """R3: a form that names others' pupils changes nothing."""
    pupil.enrollments.update(left_on=school.year.starts_on)
    stranger = school.students[-1]
    typed = [Mended(student.pk, {"address": "Hà Nội"}) for student in (pupil, stranger)]
    assert services.mend_records(school_class=first_class, mended=typed, by=cast.homeroom_teacher) == 0


def test_45_pupils_in_one_go(school, first_class, cast):
    """P25: a whole class completed with the queries of one pupil, at most 15."""
    for number in range(50, 95):
        student = Student.objects.create(full_name="Lê An", moet_id=f"X{number}")
        Enrollment.objects.create(
            student=student, school_class=first_class, roll_no=number, enrolled_on=school.year.starts_on
        )
    values = {
        "sex": "male",
        "address": "Huế",
        "guardian_name": "Lê Văn Bình",
        "guardian_phone": "0000111222",
        "policy": "none",
    }
    typed = [Mended(place.student_id, values) for place in first_class.enrollments.filter(roll_no__gte=50)]
    counts = []
    for some in (typed[:1], typed[1:]):
        with CaptureQueriesContext(connection) as queries:
            services.mend_records(school_class=first_class, mended=some, by=again(cast.homeroom_teacher))
        asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15, counts
    assert PolicyStatus.objects.count() == Guardianship.objects.count() == 45


# --- the pages ----------------------------------------------------------------------------------
def test_the_list_asks_the_same_questions_for_any_class(school, first_class, cast):
    """P25: at most 15 queries, equal for few and many pupils."""
    client, counts = Client(), []
    client.force_login(cast.homeroom_teacher, "accounts.backends.SignInBackend")
    url = reverse("registry:roster_detail", args=[first_class.pk])
    client.get(url)
    for extra in (0, 20):
        for number in range(extra):
            student = Student.objects.create(full_name=f"Lê {chr(65 + number)}n", moet_id=f"Y{number}")
            Enrollment.objects.create(
                student=student, school_class=first_class, roll_no=60 + number, enrolled_on=school.year.starts_on
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, counts


def test_lines_are_saved_and_empty_ones_left(school, first_class, cast):
    """R3: what was typed in the list is written; a line left empty stays as it is."""
    one, other = school.students[:2]
    data = {f"s{one.pk}-birth_date": "5/9/2014", f"s{other.pk}-birth_date": ""}
    response = page(cast.homeroom_teacher, "roster_detail", first_class.pk, query="?field=birth_date", **data)
    assert response.status_code == 302
    one.refresh_from_db()
    assert f"{one.birth_date:%d/%m/%Y}" == "05/09/2014"
    assert other.history.count() == 1


def test_everybody_else_belongs_to_no_category(school, first_class, cast):
    """R1: one press answers for those who are left; those who were chosen keep their own."""
    data = {f"s{school.students[0].pk}-policy": "poor", "rest": "none"}
    page(cast.homeroom_teacher, "roster_detail", first_class.pk, query="?field=policy", **data)
    found = PolicyStatus.objects.filter(student__enrollments__school_class=first_class)
    per_class = len(school.students) // 2
    assert found.filter(category="none").count() == per_class - 1
    assert found.get(category="poor").student == school.students[0]


def test_a_refused_line_keeps_what_was_typed(school, first_class, cast):
    one, other = school.students[:2]
    data = {f"s{one.pk}-guardian_phone": "912345678", f"s{other.pk}-guardian_phone": "0000111222"}
    response = page(cast.homeroom_teacher, "roster_detail", first_class.pk, query="?field=phone", **data)
    text = response.content.decode()
    assert response.status_code == 422
    assert "9 chữ số" in text
    assert 'value="912345678"' in text
    assert 'value="0000111222"' in text
    assert not Guardian.objects.exists()


def test_the_whole_record_and_on_to_the_next(pupil, school, first_class, cast):
    data = {
        "full_name": pupil.full_name,
        "birth_date": "06/09/2014",
        "sex": "male",
        "ethnicity": "Tày",
        "address": "Huế",
        "guardian_relation": "mother",
        "guardian_name": "Trần Thị Hoa",
        "guardian_phone": "0000 111 333",
        "next": "1",
    }
    response = page(cast.homeroom_teacher, "roster_pupil", first_class.pk, pupil.pk, **data)
    assert response.url == reverse("registry:roster_pupil", args=[first_class.pk, school.students[1].pk])
    pupil.refresh_from_db()
    assert (pupil.ethnicity, Guardian.objects.get().phone) == ("Tày", "0000111333")
    told = page(cast.homeroom_teacher, "roster_pupil", first_class.pk, pupil.pk).content.decode()
    assert "Thầy Tú đổi dân tộc" in told


def test_an_impossible_birth_date_is_refused(pupil, first_class, cast):
    response = page(
        cast.homeroom_teacher,
        "roster_pupil",
        first_class.pk,
        pupil.pk,
        full_name=pupil.full_name,
        birth_date="05/09/2041",
    )
    assert (response.status_code, "không thể là ngày sinh" in response.content.decode()) == (422, True)


def test_medical_staff_see_the_class_but_not_its_families(school, first_class):
    """R1: policy categories and families are for those who need them."""
    nurse = person("nurse", "Lò Thị Ín")
    grant(nurse, Role.MEDICAL, school.decision, by=User.objects.get(username="it_staff"))
    assert first_class in permissions.visible_classes(nurse)
    assert page(nurse, "roster_detail", first_class.pk).status_code == 403


def test_the_office_reads_and_does_not_mend(school, first_class):
    clerk = person("clerk", "Nguyễn Thị Hiền")
    grant(clerk, Role.CLERK, school.decision, by=User.objects.get(username="it_staff"))
    assert page(clerk, "roster_detail", first_class.pk).status_code == 200
    assert page(clerk, "roster_detail", first_class.pk, query="?field=sex", x="1").status_code == 403


def test_numbers_are_said_to_be_fixed_once_a_book_is_open(maths, school, cast):
    """P25: the page says what the database holds to."""
    frozen = maths.class_subject.school_class
    assert rosters.is_frozen(frozen)
    assert "cố định" in page(cast.homeroom_teacher, "roster_detail", frozen.pk).content.decode()


# --- looked over by week 2 (R2) -----------------------------------------------------------------
def test_the_homeroom_teacher_confirms(pupil, school, first_class, cast):
    """R2: with the counts of that moment; the duty is done by the first time."""
    (duty,) = duties.roster_reviews(school.year, [first_class], timezone.now())
    assert (duty.holders, duty.done_at) == ((cast.homeroom_teacher.pk,), None)
    assert [item.object for item in duties.roster_reviews_of(cast.homeroom_teacher, timezone.now())] == [first_class]
    first = services.review_roster(school_class=first_class, by=cast.homeroom_teacher)
    services.review_roster(school_class=first_class, by=cast.homeroom_teacher)
    assert (first.pupils, first.incomplete) == (len(school.students) // 2, len(school.students) // 2 - 1)
    (duty,) = duties.roster_reviews(school.year, [first_class], timezone.now())
    assert duty.done_at == first.reviewed_at
    assert duties.roster_reviews_of(cast.homeroom_teacher, timezone.now()) == []


@pytest.mark.parametrize("role", ["it_staff", "principal", "teacher"])
def test_nobody_confirms_for_them(first_class, cast, role):
    with pytest.raises(PermissionDenied):
        services.review_roster(school_class=first_class, by=getattr(cast, role))
    assert not RosterReview.objects.exists()


def test_a_list_not_looked_over_is_late_after_week_2(school, first_class):
    (duty,) = duties.roster_reviews(school.year, [first_class], timezone.now())
    assert duty.is_late(timezone.now()) is (duty.due_at <= timezone.now())
    assert duty.is_late(duty.due_at) is True
    assert duty.is_late(duty.due_at - timedelta(minutes=1)) is False


def test_week_2_is_a_teaching_week(db):
    """R2: from the opening on Saturday 05/09/2026 week 1 begins on Monday; a week of holidays is not counted."""
    year = SchoolYear.objects.create(code="2026-2027", starts_on="2026-09-05", ends_on="2027-05-31")
    year.refresh_from_db()
    assert f"{last_day_of_week(year, 2):%d/%m/%Y}" == "20/09/2026"
    for day in range(14, 19):
        CalendarDay.objects.create(school_year=year, day=f"2026-09-{day}", kind="holiday", name="Bão")
    assert f"{last_day_of_week(year, 2):%d/%m/%Y}" == "27/09/2026"
    assert last_day_of_week(year, 99) == year.ends_on


def test_the_school_sets_the_week(school, first_class, cast):
    """R2: the week is the school's to decide."""
    before = duties.roster_due_at(school.year)
    PolicyVersion.objects.create(key="registry.roster_week", value="3", decision=school.decision, set_by=cast.it_staff)
    assert duties.roster_due_at(school.year) > before


def test_hom_nay_reminds_the_homeroom_teacher(school, cast):
    """R2: a card until the list is looked over; nobody else gets one."""
    assert "Rà soát danh sách lớp 7A1" in _today(cast.homeroom_teacher)
    assert "Rà soát danh sách" not in _today(cast.teacher)
    services.review_roster(school_class=school.classes["7A1"], by=cast.homeroom_teacher)
    assert "Rà soát danh sách" not in _today(again(cast.homeroom_teacher))


def _today(user):
    client = Client()
    client.force_login(user, "accounts.backends.SignInBackend")
    return client.get("/today/").content.decode()
