"""R4: movements are events with reason and papers; the class lists follow in one transaction, and nobody's number moves."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import PolicyVersion, User
from accounts.roles import Role
from registry import services
from registry.models import Enrollment, Movement, SchoolClass, SchoolYear, Student
from registry.selectors import movements
from registry.services import Event
from schoolops.lib.workflow import TransitionDenied
from tests.support import client_of, grant, person

pytestmark = pytest.mark.django_db
OUT = {"other_school": "Trường THCS Nà Hoa", "document_number": "12/GGT"}


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def pupil(school):
    return school.students[1]


@pytest.fixture
def home(school):
    return school.classes["7A1"]


@pytest.fixture
def other(school):
    return school.classes["7A2"]


def out(student, by, day, kind="transfer_out", **more):
    papers = {**OUT, "document_date": day} if kind == "transfer_out" else {}
    return services.leave_school(student=student, kind=kind, event=Event(day, "theo gia đình", **papers | more), by=by)


def to_class(student, to, by, day):
    return services.change_class(student=student, to=to, event=Event(day, "theo nguyện vọng"), by=by)


def back(student, to, by, day):
    return services.re_enter(student=student, to=to, event=Event(day, "xin học lại"), by=by)


def roll(school_class):
    return list(school_class.enrollments.order_by("roll_no").values_list("roll_no", "student_id", "left_on"))


# --- what each event does -----------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["transfer_out", "drop_out", "graduation"])
def test_leaving_closes_the_place_and_moves_no_number(pupil, home, cast, today, kind):
    """R4: dated, with reason and document, never by deletion."""
    before = roll(home)
    made = out(pupil, cast.it_staff, today, kind)
    assert roll(home) == [(n, pk, today if pk == pupil.pk else left) for n, pk, left in before]
    place = pupil.enrollments.get()
    assert (made.from_place, place.history.latest().history_user) == (place, cast.it_staff)
    assert made.get_kind_display() in place.history.latest().history_change_reason


def test_a_newcomer_gets_the_next_number(home, cast, today):
    """R4: with the pupil's record, in one go."""
    before = roll(home)
    new = Student(full_name="Lò Văn Inh", moet_id="7900000001")
    event = Event(today, "theo gia đình", **OUT, document_date=today, papers="học bạ, bảng điểm giữa kỳ")
    made = services.transfer_in(pupil=new, to=home, event=event, by=cast.it_staff)
    assert roll(home) == [*before, (len(before) + 1, new.pk, None)]
    assert (made.to_place.enrolled_on, made.papers) == (today, "học bạ, bảng điểm giữa kỳ")
    assert new.history.get().history_user == cast.it_staff


def test_a_known_code_is_no_new_pupil(pupil, home, cast, today):
    """R4: one child has one record; the ministry's code never changes."""
    new = Student(full_name="Lò Văn Inh", moet_id=pupil.moet_id)
    with pytest.raises(TransitionDenied, match="Học lại"):
        services.transfer_in(pupil=new, to=home, event=Event(today, "x", **OUT, document_date=today), by=cast.it_staff)
    assert not Movement.objects.exists()


def test_changing_class_keeps_the_old_line(pupil, home, other, cast, today):
    before, of_other = roll(home), roll(other)
    made = to_class(pupil, other, cast.it_staff, today)
    assert [(n, pk) for n, pk, _left in roll(home)] == [(n, pk) for n, pk, _left in before]
    assert roll(other) == [*of_other, (len(of_other) + 1, pupil.pk, None)]
    assert (made.from_place.left_on, made.to_place.enrolled_on) == (today, today)


def test_back_in_the_same_class_is_the_old_number(pupil, home, cast, today):
    """R4: the line is opened again; scores and paper lists know this number."""
    number = pupil.enrollments.get().roll_no
    out(pupil, cast.it_staff, today - timedelta(days=3), "drop_out")
    made = back(pupil, home, cast.it_staff, today)
    place = pupil.enrollments.get()
    assert (place.roll_no, place.left_on) == (number, None)
    assert made.to_place_left_on == today - timedelta(days=3)


def test_back_in_another_class_is_the_next_number(pupil, other, cast, today):
    size = other.enrollments.count()
    out(pupil, cast.it_staff, today - timedelta(days=3), "drop_out")
    assert back(pupil, other, cast.it_staff, today).to_place.roll_no == size + 1


def test_a_frozen_list_lets_pupils_come_and_go(maths, cast, today):
    """P25: once a grade book is open the numbers stand, and movements still work."""
    frozen = maths.class_subject.school_class
    student = frozen.enrollments.order_by("roll_no")[1].student
    out(student, cast.it_staff, today - timedelta(days=1), "drop_out")
    back(student, frozen, cast.it_staff, today)
    assert student.enrollments.get().left_on is None


# --- taking it back -----------------------------------------------------------------------------
def cancel(movement, by, reason="ghi nhầm em khác"):
    return services.cancel_movement(movement=movement, reason=reason, by=by)


def test_each_event_can_be_taken_back(pupil, home, other, cast, today):
    """R4: by a counter-event with its reason; the lists stand as before, both events stay."""
    before = roll(home), roll(other)
    first = out(pupil, cast.it_staff, today, "drop_out")
    cancel(first, cast.it_staff)
    assert (roll(home), roll(other)) == before
    second = to_class(pupil, other, cast.it_staff, today)
    cancel(second, cast.it_staff)
    assert roll(home) == before[0]
    assert pupil.enrollments.get(school_class=other).left_on == today
    assert list(Movement.objects.order_by("pk").values_list("kind", flat=True)) == [
        "drop_out",
        "cancellation",
        "class_change",
        "cancellation",
    ]


def test_coming_back_is_taken_back_to_the_day_of_leaving(pupil, home, cast, today):
    left = today - timedelta(days=3)
    out(pupil, cast.it_staff, left, "drop_out")
    cancel(back(pupil, home, cast.it_staff, today), cast.it_staff)
    assert pupil.enrollments.get().left_on == left


def test_only_the_latest_and_only_once(pupil, home, cast, today):
    first = out(pupil, cast.it_staff, today, "drop_out")
    second = back(pupil, home, cast.it_staff, today)
    with pytest.raises(TransitionDenied, match="mới nhất"):
        cancel(first, cast.it_staff)
    cancel(second, cast.it_staff)
    with pytest.raises(TransitionDenied, match="mới nhất"):
        cancel(second, cast.it_staff)
    cancel(first, cast.it_staff)
    assert pupil.enrollments.get().left_on is None


# --- refusals -----------------------------------------------------------------------------------
def test_dates_that_cannot_be(pupil, home, school, cast, today):
    """R4: in words."""
    with pytest.raises(TransitionDenied, match="tương lai"):
        out(pupil, cast.it_staff, today + timedelta(days=1))
    with pytest.raises(TransitionDenied, match="vào lớp 7A1 ngày"):
        out(pupil, cast.it_staff, school.year.starts_on - timedelta(days=1))
    with pytest.raises(TransitionDenied, match="trước năm học"):
        out(pupil, cast.it_staff, school.year.starts_on - timedelta(days=200))
    out(pupil, cast.it_staff, today - timedelta(days=2), "drop_out")
    with pytest.raises(TransitionDenied, match="ngày học lại phải từ ngày đó"):
        back(pupil, home, cast.it_staff, today - timedelta(days=3))
    back(pupil, home, cast.it_staff, today)
    with pytest.raises(TransitionDenied, match="Biến động trước"):
        out(pupil, cast.it_staff, today - timedelta(days=1))


def test_who_has_left_cannot_leave_and_who_is_here_cannot_come(pupil, home, other, cast, today):
    with pytest.raises(TransitionDenied, match="đang học lớp 7A1"):
        back(pupil, other, cast.it_staff, today)
    with pytest.raises(TransitionDenied, match="rồi"):
        to_class(pupil, home, cast.it_staff, today)
    out(pupil, cast.it_staff, today)
    with pytest.raises(TransitionDenied, match="đã rời trường"):
        out(pupil, cast.it_staff, today)
    with pytest.raises(TransitionDenied, match="chưa được xếp lớp"):
        out(Student.objects.create(full_name="Lê Mới"), cast.it_staff, today)


def test_a_class_of_another_grade_is_no_class_change(pupil, school, cast, today):
    upper = SchoolClass.objects.create(school_year=school.year, name="8A1", grade=8)
    with pytest.raises(TransitionDenied, match="cùng khối"):
        to_class(pupil, upper, cast.it_staff, today)


def test_a_closed_year_takes_no_movement(pupil, home, other, cast, today):
    SchoolYear.objects.update(closed_at=timezone.now(), closed_by=cast.principal)
    other.school_year.refresh_from_db()
    for act in (
        lambda: out(pupil, cast.it_staff, today),
        lambda: to_class(pupil, other, cast.it_staff, today),
        lambda: services.transfer_in(
            pupil=Student(full_name="Lê Mới"), to=other, event=Event(today, "x", **OUT), by=cast.it_staff
        ),
    ):
        with pytest.raises(PermissionDenied, match="đã khóa"):
            act()


@pytest.mark.parametrize("role", ["teacher", "homeroom_teacher", "subject_head", "parent", "stranger"])
def test_others_record_nothing(pupil, home, other, cast, today, role):
    """R4: IT staff or leaders, unless the school says otherwise."""
    user = getattr(cast, role)
    made = out(pupil, cast.it_staff, today - timedelta(days=1), "drop_out")
    here = home.enrollments.present().first().student
    for act in (
        lambda: out(here, user, today),
        lambda: to_class(here, other, user, today),
        lambda: back(pupil, home, user, today),
        lambda: cancel(made, user),
        lambda: services.transfer_in(
            pupil=Student(full_name="Lê Mới"), to=home, event=Event(today, "x", **OUT), by=user
        ),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Movement.objects.count() == 1


def test_the_school_may_leave_it_to_class_and_office(pupil, other, school, cast, today):
    """R4: the policy; a homeroom teacher then records for their own class alone."""
    clerk = person("clerk", "Nguyễn Thị Hiền")
    grant(clerk, Role.CLERK, school.decision, by=User.objects.get(username="it_staff"))
    with pytest.raises(PermissionDenied):
        out(pupil, clerk, today, "drop_out")
    PolicyVersion.objects.create(
        key="registry.movements_by_class", value="1", decision=school.decision, set_by=cast.it_staff
    )
    with pytest.raises(PermissionDenied):
        to_class(pupil, other, cast.homeroom_teacher, today)
    out(pupil, cast.homeroom_teacher, today, "drop_out")
    out(other.enrollments.first().student, clerk, today, "drop_out")


# --- what the database holds to -----------------------------------------------------------------
def test_a_transfer_has_papers_and_every_event_a_reason(pupil, cast, today):
    place = pupil.enrollments.get()
    rest = {"student": pupil, "happened_on": today, "from_place": place, "recorded_by": cast.it_staff}
    rest["recorded_at"] = timezone.now()
    for wrong in (
        {"kind": "transfer_out", "reason": "x"},
        {"kind": "drop_out", "reason": ""},
        {"kind": "cancellation", "reason": "x"},
        {"kind": "class_change", "reason": "x", "to_place": place},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Movement.objects.create(**rest, **wrong)


def test_events_are_never_changed_or_deleted(pupil, cast, today):
    """R4: not by the portal, whatever path it takes; a mistake is another event."""
    made = out(pupil, cast.it_staff, today)
    for act in (
        lambda: Movement.objects.filter(pk=made.pk).update(reason="khác"),
        lambda: Movement.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            act()


def test_an_event_that_fails_leaves_the_list_alone(pupil, home, cast, today):
    """One transaction: no place is closed without its event."""
    before = roll(home)
    with pytest.raises(Exception, match="Chuyển trường cần"):
        services.leave_school(student=pupil, kind="transfer_out", event=Event(today, "x"), by=cast.it_staff)
    assert roll(home) == before


# --- the state that follows ---------------------------------------------------------------------
def status(student):
    places = list(student.enrollments.select_related("school_class__school_year").order_by("-enrolled_on"))
    return movements.status_of(places, movements.moves_of(student))


def test_the_status_is_derived(pupil, home, cast, today):
    """R4: the words of the sector, from the latest event and its day; taken back with it."""
    assert status(pupil) == "Đang học"
    made = out(pupil, cast.it_staff, today)
    assert status(pupil) == "Chuyển đi kỳ 1"
    cancel(made, cast.it_staff)
    assert status(pupil) == "Đang học"
    out(pupil, cast.it_staff, today, "drop_out")
    assert status(pupil) == "Thôi học kỳ 1"
    back(pupil, home, cast.it_staff, today)
    assert status(pupil) == "Nghỉ học xin học lại kỳ 1"


# --- the pages ----------------------------------------------------------------------------------
def test_a_transfer_out_from_the_page(pupil, cast, today):
    """Q6: choose, fill in, done; the page tells it with its papers."""
    client = client_of(cast.it_staff)
    url = reverse("registry:movement_new", args=[pupil.pk])
    assert "Chuyển đi" in client.get(url).content.decode()
    empty = client.post(f"{url}?kind=transfer_out", {"happened_on": f"{today:%d/%m/%Y}"})
    assert empty.status_code == 422
    data = {
        "happened_on": f"{today:%d/%m/%Y}",
        "reason": "theo gia đình",
        "other_school": "Trường THCS Nà Hoa",
        "document_number": "12/GGT",
        "document_date": f"{today:%d/%m/%Y}",
        "papers": "học bạ",
    }
    told = client.post(f"{url}?kind=transfer_out", data, follow=True).content.decode()
    assert "Trường THCS Nà Hoa" in told
    assert "Chuyển đi kỳ 1" in told
    assert "giấy tờ 12/GGT" in told


def test_a_refusal_stands_in_the_form(pupil, cast, today):
    url = reverse("registry:movement_new", args=[pupil.pk])
    data = {"happened_on": f"{today + timedelta(days=1):%d/%m/%Y}", "reason": "xin nghỉ hẳn"}
    response = client_of(cast.it_staff).post(f"{url}?kind=drop_out", data)
    assert response.status_code == 422
    assert "ở tương lai" in response.content.decode()
    assert 'value="xin nghỉ hẳn"' in response.content.decode()


def test_a_transfer_in_from_the_list(home, cast, today):
    size = home.enrollments.count()
    data = {
        "full_name": "Lò Văn Inh",
        "birth_date": "05/09/2014",
        "sex": "male",
        "ethnicity": "Thái",
        "address": "Bản Nà Hoa",
        "moet_id": "7900000001",
        "national_id": "",
        "other_school": "Trường THCS Nà Hoa",
        "happened_on": f"{today:%d/%m/%Y}",
        "reason": "theo gia đình",
        "document_number": "12/GGT",
        "document_date": f"{today:%d/%m/%Y}",
        "papers": "học bạ",
    }
    url = reverse("registry:transfer_in", args=[home.pk])
    told = client_of(cast.it_staff).post(url, data, follow=True).content.decode()
    assert f"STT {size + 1}" in told
    assert "Chuyển đến kỳ 1" in told
    again = client_of(cast.it_staff).post(url, data)
    assert (again.status_code, Enrollment.objects.filter(student__full_name="Lò Văn Inh").count()) == (422, 1)


def test_taking_back_from_the_page(pupil, cast, today):
    made = out(pupil, cast.it_staff, today)
    url = reverse("registry:movement_cancel", args=[pupil.pk, made.pk])
    told = client_of(cast.it_staff).post(url, {"reason": "nhầm em khác"}, follow=True).content.decode()
    assert "Đã hủy" in told
    assert pupil.enrollments.get().left_on is None
