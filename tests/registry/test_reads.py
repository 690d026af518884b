"""P1-23, R6: reading sensitive records leaves a line that nobody changes, with the duty and the purpose."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessLog, User
from accounts.roles import Role
from registry import services
from registry.selectors import reads
from tests.support import again, client_of, grant, person

pytestmark = pytest.mark.django_db
Record = AccessLog.Record


@pytest.fixture
def pupil(school):
    student = school.students[0]
    student.national_id = "079314001234"
    student.save()
    return student


@pytest.fixture
def guard(school, cast):
    """The person who watches over personal data."""
    user = person("guard", "Mạc Thị Thu")
    grant(user, Role.DATA_PROTECTION, school.decision, by=cast.it_staff, confirmer=cast.principal)
    return user


def lines(**about):
    return list(AccessLog.objects.filter(**about).order_by("pk").values_list("person__username", "capacity", "record"))


def page_of(student, tab="record"):
    return f"{reverse('registry:student_detail', args=[student.pk])}?tab={tab}"


# --- what leaves a line -------------------------------------------------------------------------
def test_opening_a_pupil_leaves_a_line_with_the_duty(pupil, cast):
    client_of(cast.homeroom_teacher).get(page_of(pupil))
    client_of(cast.principal).get(page_of(pupil, "health"))
    assert lines(about="student", about_id=pupil.pk) == [
        ("homeroom_teacher", "homeroom", "file"),
        ("principal", "principal", "health"),
    ]
    assert AccessLog.objects.filter(address="127.0.0.1").count() == 2


def test_a_tab_that_stays_closed_is_not_taken_for_read(pupil, cast):
    """IT staff who ask for the health tab get the record: that is what the line says."""
    client_of(cast.it_staff).get(page_of(pupil, "health"))
    assert lines() == [("it_staff", "it_staff", "file")]


def test_what_is_refused_leaves_no_line(pupil, cast):
    client_of(cast.stranger).get(page_of(pupil))
    client_of(cast.teacher).get(reverse("registry:health_detail", args=[pupil.enrollments.get().school_class_id]))
    assert lines() == []


def test_lists_of_a_class_are_about_everybody_in_it(pupil, school, cast):
    client = client_of(cast.homeroom_teacher)
    school_class = school.classes["7A1"]
    client.get(reverse("registry:roster_detail", args=[school_class.pk]))
    client.get(reverse("registry:health_detail", args=[school_class.pk]))
    client.get(reverse("registry:roster_pupil", args=[school_class.pk, pupil.pk]))
    assert lines(about="class", about_id=school_class.pk) == [
        ("homeroom_teacher", "homeroom", "file"),
        ("homeroom_teacher", "homeroom", "health"),
    ]
    assert len(reads.reads_about(pupil)) == 3
    other = school.classes["7A2"].enrollments.first().student
    assert not reads.reads_about(other)


def test_a_printed_register_is_a_copy_of_everybody(pupil, school, cast):
    services.enter_pupils(by=cast.it_staff)
    client_of(cast.it_staff).get(reverse("registry:register_pdf", args=[school.year.code, 1]))
    [line] = AccessLog.objects.all()
    assert (line.record, line.about) == (Record.COPY, "school")
    assert school.year.code in line.purpose


def test_full_numbers_ask_what_for(pupil, cast):
    """TT 42: purpose before numbers; without one nothing is shown, and nothing typed is lost."""
    client = client_of(cast.it_staff)
    url = reverse("registry:student_identifiers", args=[pupil.pk])
    refused = client.post(url, {"purpose": "thi"})
    assert refused.status_code == 422
    assert "079314001234" not in refused.content.decode()
    assert 'value="thi"' in refused.content.decode()
    assert "079314001234" in client.post(url, {"purpose": "Lập danh sách dự thi"}).content.decode()
    [line] = AccessLog.objects.filter(record=Record.IDENTIFIERS)
    assert line.purpose == "Lập danh sách dự thi"


def test_numbers_and_copies_without_a_purpose_are_refused_by_the_database(pupil, cast):
    with pytest.raises(DatabaseError, match="says_what_for"), transaction.atomic():
        services.note_read(by=cast.it_staff, record=Record.IDENTIFIERS, about=pupil)


def test_a_family_at_home_is_not_written_down(pupil, cast):
    tie = services.add_guardian(
        student=pupil,
        person={"full_name": "Nguyễn Thị Hạnh", "phone": ""},
        tie={"relation": "mother"},
        by=cast.homeroom_teacher,
    )
    tie.guardian.user = cast.parent
    tie.guardian.save()
    client_of(cast.parent).get(page_of(pupil))
    assert lines() == []
    services.note_read(by=again(cast.parent), record=Record.COPY, about=pupil, purpose="tự lấy")
    assert lines() == [("parent", "family", "copy")]


def test_lines_are_added_and_never_changed(pupil, cast):
    services.note_read(by=cast.principal, record=Record.FILE, about=pupil)
    for change in (lambda rows: rows.update(record="health"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change(AccessLog.objects.all())


# --- who reads the log --------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["it_staff", "vice_principal", "homeroom_teacher"])
def test_others_do_not_read_the_log(pupil, cast, role):
    user = getattr(cast, role)
    assert client_of(user).get(reverse("registry:read_list")).status_code == 403
    assert "Ai đã xem" not in client_of(user).get(page_of(pupil, "reads")).content.decode()


def test_the_log_by_person_part_and_pupil(pupil, school, guard, cast):
    """Insider browsing shows: who has opened the most this week stands first."""
    for student in school.students[:3]:
        services.note_read(by=cast.it_staff, record=Record.FILE, about=student)
    services.note_read(by=cast.homeroom_teacher, record=Record.HEALTH, about=school.classes["7A1"])
    client = client_of(guard)
    text = client.get(reverse("registry:read_list")).content.decode()
    assert text.index("Ngô Quốc Hùng") < text.index("Lý Văn Tú")
    assert "3 học sinh" in text
    only = client.get(reverse("registry:read_list"), {"record": "health"}).context["lines"]
    assert [(line.about, line.capacity) for line in only] == [("7A1", "Giáo viên chủ nhiệm")]
    of_one = client.get(reverse("registry:read_list"), {"person": str(cast.it_staff.pk)}).context["lines"]
    assert len(of_one) == 3
    assert "Quản trị hệ thống" in client.get(page_of(pupil, "reads")).content.decode()


def test_the_week_counts_different_pupils(pupil, school, cast):
    for student in (pupil, pupil, school.students[1]):
        services.note_read(by=cast.it_staff, record=Record.FILE, about=student)
    [reader] = reads.readers_since(timezone.now() - reads.WEEK)
    assert (reader.person, reader.pupils) == (cast.it_staff, 2)
    assert reads.readers_since(timezone.now()) == []


def test_the_log_costs_the_same_for_five_lines_and_thirty(school, guard, cast):
    def cost():
        client = client_of(guard)
        client.get(reverse("registry:read_list"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("registry:read_list")).status_code == 200
        return len(queries)

    for student in school.students[:5]:
        services.note_read(by=cast.it_staff, record=Record.FILE, about=student)
    few = cost()
    for student in [*school.students] * 3:
        services.note_read(by=cast.it_staff, record=Record.FILE, about=student)
    assert cost() == few <= 15


def test_the_duty_begins_with_the_principals_confirmation(school, cast):
    """A6: who is to watch over IT staff is not chosen by IT staff alone."""
    user = person("guard", "Mạc Thị Thu")
    given = grant(user, Role.DATA_PROTECTION, school.decision, by=cast.it_staff)
    assert not User.objects.get(pk=user.pk).has_perm("accounts.view_reads")
    given.confirmed_by, given.confirmed_at = cast.principal, timezone.now()
    given.save()
    assert User.objects.get(pk=user.pk).has_perm("accounts.view_reads")
