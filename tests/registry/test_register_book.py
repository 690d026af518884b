"""R5: the register book: one line per pupil for life, numbers without gaps, read by year, searched and printed."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from registry import services
from registry.documents import register_pdf
from registry.models import Enrollment, Guardian, Guardianship, PolicyStatus, RegisterEntry, Student
from registry.selectors import register_book
from registry.services import Event
from tests.support import again, client_of, grant, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(school, cast):
    return services.enter_pupils(by=cast.it_staff)


@pytest.fixture
def clerk(school):
    user = person("clerk", "Nguyễn Thị Hiền")
    grant(user, Role.CLERK, school.decision, by=User.objects.get(username="it_staff"))
    return user


def newcomer(school, name="Lò Văn Inh", class_name="7A1", day=None):
    student = Student.objects.create(full_name=name)
    numbers = school.classes[class_name].enrollments.count()
    Enrollment.objects.create(
        student=student,
        school_class=school.classes[class_name],
        roll_no=numbers + 1,
        enrolled_on=day or school.year.starts_on,
    )
    return student


# --- numbers ------------------------------------------------------------------------------------
def test_everybody_gets_the_next_number(book, school, cast):
    """R5: from 1 on, by day of entry, class and number of the list; again changes nothing."""
    assert [entry.number for entry in book] == list(range(1, len(school.students) + 1))
    assert [entry.student_id for entry in book] == [student.pk for student in school.students]
    assert services.enter_pupils(by=cast.it_staff) == []
    late = newcomer(school)
    (entry,) = services.enter_pupils(by=cast.it_staff)
    assert (entry.number, entry.student_id) == (len(school.students) + 1, late.pk)
    assert entry.history.get().history_user == cast.it_staff


def test_a_number_is_for_life(book, school, cast):
    """R5: leaving and coming back is the same line."""
    student = school.students[0]
    day = timezone.localdate()
    services.leave_school(student=student, kind="drop_out", event=Event(day, "xin nghỉ"), by=cast.it_staff)
    services.re_enter(student=student, to=school.classes["7A2"], event=Event(day, "học lại"), by=cast.it_staff)
    assert services.enter_pupils(by=cast.it_staff) == []
    assert student.register_entry.number == 1


def test_no_gap_no_change_no_deletion_by_any_path(book, school):
    """R5: the database holds to it, whoever writes."""
    entry, late = book[0], newcomer(school)
    missed = RegisterEntry(
        student=late, number=len(book) + 2, school_year=school.year, entered_on=school.year.starts_on
    )
    for act in (
        missed.save,
        lambda: RegisterEntry.objects.filter(pk=entry.pk).update(number=len(book) + 1),
        lambda: RegisterEntry.objects.filter(pk=entry.pk).update(student=late),
        lambda: RegisterEntry.objects.filter(pk=book[-1].pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert RegisterEntry.objects.count() == len(book)


@pytest.mark.parametrize("role", ["teacher", "homeroom_teacher", "principal", "parent", "stranger"])
def test_others_give_no_number(school, cast, role):
    with pytest.raises(PermissionDenied):
        services.enter_pupils(by=getattr(cast, role))
    assert not RegisterEntry.objects.exists()


def test_the_clerk_keeps_the_book(school, clerk):
    response = client_of(clerk).post(reverse("registry:register_enter"), follow=True)
    assert "số 1 – " in response.content.decode()
    data = {
        "birth_place": "Huế",
        "nationality": "Việt Nam",
        "previous_school": "Trường TH Nà Hoa",
        "report_returned_on": "05/09/2026",
        "report_returned_to": "",
    }
    url = reverse("registry:register_entry", args=[1])
    refused = client_of(clerk).post(url, data)
    assert (refused.status_code, "cả ngày và người nhận" in refused.content.decode()) == (422, True)
    client_of(clerk).post(url, data | {"report_returned_to": "Trần Thị Hoa"})
    entry = RegisterEntry.objects.get(number=1)
    assert (entry.birth_place, entry.report_returned_to) == ("Huế", "Trần Thị Hoa")
    assert entry.history.latest().history_user == clerk


# --- the lines ----------------------------------------------------------------------------------
def test_a_line_holds_what_the_book_asks_for(book, school, cast):
    """R5: class of entry, family with occupation, policy categories, and how the pupil left."""
    student, day = school.students[0], timezone.localdate()
    mother = Guardian.objects.create(full_name="Trần Thị Hoa", occupation="Nông dân")
    Guardianship.objects.create(student=student, guardian=mother, relation="mother", valid_from=day)
    for category in ("none", "poor"):
        PolicyStatus.objects.create(student=student, category=category, valid_from=day)
    papers = {"document_number": "12/GGT", "document_date": day, "other_school": "Trường THCS Nà Hoa"}
    services.leave_school(
        student=student, kind="transfer_out", event=Event(day, "theo gia đình", **papers), by=cast.it_staff
    )
    (line,) = register_book.lines_of([book[0]], day)
    assert line.entered_class == "7A1"
    assert line.family == ("Mẹ: Trần Thị Hoa (Nông dân)",)
    assert line.policies == "Hộ nghèo"
    assert line.left == f"{day:%d/%m/%Y}: Chuyển đi; theo gia đình; Trường THCS Nà Hoa; số 12/GGT"
    services.re_enter(student=student, to=school.classes["7A1"], event=Event(day, "về"), by=cast.it_staff)
    assert register_book.lines_of([book[0]], day)[0].left == ""


def test_the_former_school_comes_from_the_transfer(school, cast):
    day = timezone.localdate()
    papers = {"document_number": "12/GGT", "document_date": day, "other_school": "Trường THCS Nà Hoa"}
    new = Student(full_name="Lò Văn Inh")
    services.transfer_in(pupil=new, to=school.classes["7A1"], event=Event(day, "x", **papers), by=cast.it_staff)
    services.enter_pupils(by=cast.it_staff)
    assert new.register_entry.previous_school == "Trường THCS Nà Hoa"


def test_searching(book, school):
    """R5: by a name without diacritics, a number or a code; sorted by number."""
    numbers = [entry.number for entry in register_book.entries(None, "anh")]
    assert numbers == sorted(numbers)
    assert {entry.student.full_name for entry in register_book.entries(None, "tran thi anh")} == {"Trần Thị Ánh"}
    assert [entry.number for entry in register_book.entries(None, "3")] == [3]
    code = school.students[4].moet_id
    assert [entry.number for entry in register_book.entries(None, code)] == [5]


def test_the_page_costs_the_same_for_any_size(book, school, cast):
    """R5: at most 15 queries."""
    client, counts = client_of(cast.it_staff), []
    client.get(reverse("registry:register_list"))
    for extra in (0, 20):
        for number in range(extra):
            newcomer(school, name=f"Lê {chr(65 + number)}n")
        services.enter_pupils(by=again(cast.it_staff))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("registry:register_list")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, counts


# --- on paper -----------------------------------------------------------------------------------
def test_a_sheet_is_printed(book, school, cast):
    """R5: PDF of one sheet of a year of entry; another sheet or year is not there."""
    response = client_of(cast.principal).get(reverse("registry:register_pdf", args=[school.year.code, 1]))
    assert b"".join(response)[:5] == b"%PDF-"
    assert f"SoDangBo_{school.year.code}_00001-" in response["Content-Disposition"]
    for missing in ((school.year.code, 9), ("1999-2000", 1)):
        assert client_of(cast.principal).get(reverse("registry:register_pdf", args=missing)).status_code == 404


def test_the_paper_holds_the_columns(book, cast, monkeypatch):
    """R5: the columns of the book, in Vietnamese, whatever the reader's language."""
    seen = {}
    monkeypatch.setattr(
        "registry.documents.render_pdf", lambda template, context, **_: seen.update(context, template=template) or b""
    )
    register_pdf(book, title="x")
    assert seen["template"] == "registry/documents/register.html"
    assert [line.entry.number for line in seen["lines"]] == [entry.number for entry in book]
