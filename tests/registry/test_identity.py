"""Names, birth dates and sexes in open books: the homeroom teacher mends, others ask, a leader decides (G7, R3)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import StaffProfile
from registry import permissions, services
from registry.models import IdentityChange, Student
from registry.selectors.imports.people import changes_of
from registry.selectors.imports.students import Register
from registry.services import Mended
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, client_of, enter_admin, password_given

PAPER = "Bản sao giấy khai sinh số 45, UBND xã"


@pytest.fixture
def pupil(school, books):
    found = school.students[0]
    Student.objects.filter(pk=found.pk).update(birth_date=date(2014, 2, 1), sex="male")
    found.refresh_from_db()
    return found


def shall(pupil, **changes):
    return {"full_name": pupil.full_name, "birth_date": pupil.birth_date, "sex": pupil.sex, **changes}


def ask(pupil, by, **changes):
    changes = changes or {"full_name": "Nguyễn Văn Ân"}
    return services.ask_identity_change(
        student=pupil, values=shall(pupil, **changes), reason="Ghi nhầm dấu.", paper=PAPER, by=again(by)
    )


def mend(pupil, by, **values):
    school_class = pupil.enrollments.present().get().school_class
    return services.mend_records(school_class=school_class, mended=[Mended(pupil.pk, values)], by=again(by))


# --- who mends, who asks ------------------------------------------------------------------------
def test_the_homeroom_teacher_mends_at_once(pupil, cast):
    assert mend(pupil, cast.homeroom_teacher, full_name="Nguyễn Văn Ân") == 1
    with pytest.raises(PermissionDenied, match="sửa được ngay"):
        ask(pupil, cast.homeroom_teacher)


@pytest.mark.parametrize(
    "change", [{"full_name": "Nguyễn Văn Ân"}, {"birth_date": date(2014, 2, 2)}, {"sex": "female"}]
)
def test_it_staff_change_nothing_that_stands_in_open_books(pupil, cast, change):
    with pytest.raises(TransitionDenied, match="nằm trong sổ điểm"):
        mend(pupil, cast.it_staff, **change)
    assert not Student.history.filter(history_user=cast.it_staff, id=pupil.pk, **change).exists()


def test_what_is_missing_is_completed_and_the_rest_is_mended(pupil, cast):
    Student.objects.filter(pk=pupil.pk).update(birth_date=None)
    assert mend(pupil, cast.it_staff, birth_date=date(2014, 2, 2), address="Bản Pá Mây") == 1


def test_before_a_book_is_open_it_staff_set_the_lists_up(school, cast):
    assert mend(school.students[0], cast.it_staff, full_name="Nguyễn Văn Ân") == 1


def test_the_form_shows_what_is_fixed_and_leads_to_the_petition(pupil, cast):
    school_class = pupil.enrollments.get().school_class
    address = reverse("registry:roster_pupil", args=[school_class.pk, pupil.pk])
    desk = client_of(cast.it_staff)
    page = desk.get(address).content.decode()
    assert reverse("registry:identity_new", args=[pupil.pk]) in page
    desk.post(address, {"full_name": "Ai Khác", "birth_date": "", "sex": "", "address": "Bản Pá Mây"})
    pupil.refresh_from_db()
    assert (pupil.full_name, pupil.address) == ("Nguyễn Văn An", "Bản Pá Mây")
    own = client_of(cast.homeroom_teacher).get(address).content.decode()
    assert reverse("registry:identity_new", args=[pupil.pk]) not in own


def test_the_administration_pages_show_it_only(pupil, cast):
    desk = client_of(cast.it_staff)
    enter_admin(desk)
    page = desk.get(reverse("admin:registry_student_change", args=[pupil.pk])).content.decode()
    assert reverse("registry:identity_new", args=[pupil.pk]) in page
    assert 'name="full_name"' not in page
    assert 'name="address"' in page


def test_files_do_not_change_it(pupil, school):
    """A list of pupils and the sector's list ask the same question."""
    register = Register(school.year, [], lock=False)
    changes = changes_of(pupil, {"full_name": "Nguyễn Văn Ân", "address": "Bản Pá Mây"}, ("full_name", "address"))
    assert [change.field for change in register.fixed(pupil, changes)] == ["full_name"]
    Student.objects.filter(pk=pupil.pk).update(birth_date=None)
    pupil.refresh_from_db()
    assert register.fixed(pupil, changes_of(pupil, {"birth_date": date(2014, 2, 1)}, ("birth_date",))) == []


# --- the way of a petition ----------------------------------------------------------------------
def test_asked_approved_and_written_under_both_names(pupil, cast):
    change = ask(pupil, cast.it_staff)
    [asked] = OutboxMessage.objects.filter(kind="identity.asked")
    assert set(asked.recipients) == {cast.principal.pk, cast.vice_principal.pk}
    services.approve_identity_change(change=change, by=again(cast.vice_principal))
    pupil.refresh_from_db()
    change.refresh_from_db()
    assert pupil.full_name == "Nguyễn Văn Ân"
    assert (change.state, change.decided_by, change.requested_by) == ("approved", cast.vice_principal, cast.it_staff)
    written = Student.history.filter(id=pupil.pk).latest()
    assert (written.history_user, written.history_change_reason) == (
        cast.vice_principal,
        f"Đề nghị sửa thông tin {change}",
    )
    [told] = OutboxMessage.objects.filter(kind="identity.approved")
    assert told.recipients == [cast.it_staff.pk]


def test_refused_leaves_the_record(pupil, cast):
    change = ask(pupil, cast.it_staff)
    services.refuse_identity_change(change=change, by=again(cast.principal), comment="Khai sinh ghi là An.")
    pupil.refresh_from_db()
    assert pupil.full_name == "Nguyễn Văn An"
    assert change.transitions.get().comment == "Khai sinh ghi là An."
    with pytest.raises(TransitionDenied):
        services.approve_identity_change(change=change, by=again(cast.principal))


def test_who_asked_takes_it_back_and_asks_again(pupil, cast):
    change = ask(pupil, cast.it_staff)
    with pytest.raises(TransitionDenied, match="đang có một đề nghị"):
        ask(pupil, cast.it_staff, sex="female")
    with pytest.raises(TransitionDenied, match="Chỉ người đề nghị"):
        services.withdraw_identity_change(change=change, by=again(cast.principal))
    services.withdraw_identity_change(change=change, by=again(cast.it_staff))
    ask(pupil, cast.it_staff, sex="female")


def test_nothing_to_ask_for(pupil, cast):
    with pytest.raises(TransitionDenied, match="Chưa có gì khác"):
        ask(pupil, cast.it_staff, sex=pupil.sex)


def test_a_record_that_has_changed_meanwhile_is_not_overwritten(pupil, cast):
    change = ask(pupil, cast.it_staff)
    mend(pupil, cast.homeroom_teacher, full_name="Nguyễn Văn Anh")
    with pytest.raises(TransitionDenied, match="đã đổi từ khi"):
        services.approve_identity_change(change=change, by=again(cast.principal))
    pupil.refresh_from_db()
    assert pupil.full_name == "Nguyễn Văn Anh"


# --- two people ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["it_staff", "homeroom_teacher", "teacher", "subject_head", "parent"])
def test_only_leaders_decide(pupil, cast, name):
    change = ask(pupil, cast.it_staff)
    with pytest.raises(TransitionDenied):
        services.approve_identity_change(change=change, by=again(getattr(cast, name)))


def test_who_asked_does_not_decide_whatever_duty_they_have_by_now(pupil, cast, school):
    """Twin of the check: the database refuses the row, too."""
    change = ask(pupil, cast.it_staff)
    IdentityChange.objects.update(requested_by=cast.principal)
    with pytest.raises(TransitionDenied, match="không thể tự duyệt"):
        services.approve_identity_change(change=change, by=again(cast.principal))
    with pytest.raises(IntegrityError, match="identity_change_two_people"), transaction.atomic():
        IdentityChange.objects.filter(pk=change.pk).update(
            state="approved", decided_by=cast.principal, decided_at=change.requested_at
        )


def test_without_personal_numbers_nobody_knows_that_they_are_two(pupil, cast):
    change = ask(pupil, cast.it_staff)
    StaffProfile.objects.filter(user=cast.it_staff).update(personal_number=None)
    with pytest.raises(TransitionDenied, match="số định danh"):
        services.approve_identity_change(change=change, by=again(cast.principal))


def test_closed_year_asks_for_nothing(pupil, cast):
    year = pupil.enrollments.get().school_class.school_year
    year.closed_at, year.closed_by = "2027-06-30T00:00:00Z", cast.principal
    type(year).objects.filter(pk=year.pk).update(closed_at=year.closed_at, closed_by=cast.principal)
    assert "đã khóa" in permissions.ask_identity_denial(again(cast.it_staff), Student.objects.get(pk=pupil.pk))


# --- pages --------------------------------------------------------------------------------------
def test_from_the_form_to_the_record(pupil, cast):
    desk = client_of(cast.it_staff)
    address = reverse("registry:identity_new", args=[pupil.pk])
    body = {"full_name": "Nguyễn Văn Ân", "birth_date": "01/02/2014", "sex": "male"}
    bare = desk.post(address, body)
    assert bare.status_code == 422
    assert "Nguyễn Văn Ân" in bare.content.decode(), "what was typed stays"
    sent = desk.post(address, {**body, "reason": "Ghi nhầm dấu.", "paper": PAPER})
    change = IdentityChange.objects.get()
    assert sent.url == reverse("registry:identity_detail", args=[change.pk])
    assert "đang có một đề nghị" in desk.get(address).content.decode()
    assert str(change) in desk.get(reverse("registry:identity_list")).content.decode()
    office = client_of(cast.principal)
    assert "1 đề nghị chờ" in office.get(reverse("today")).content.decode()
    page = office.get(sent.url).content.decode()
    assert "<del>Nguyễn Văn An</del>" in page
    assert PAPER in page


def test_a_refusal_says_why(pupil, cast):
    change = ask(pupil, cast.it_staff)
    office = password_given(client_of(cast.principal), cast.principal)
    address = reverse("registry:identity_step", args=[change.pk, "refuse"])
    assert office.post(address, {"comment": " "}).status_code == 422
    assert office.post(address, {"comment": "Khai sinh ghi là An."}).status_code == 302
    change.refresh_from_db()
    assert change.state == "refused"
