"""R1, R3: the pupil page by who reads it; family and policy categories added, chosen and ended, never deleted."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from registry import services
from registry.models import Guardian, Guardianship, PolicyStatus
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, client_of, grant, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school):
    student = school.students[0]
    student.national_id, student.address, student.ethnicity = "079314001234", "12 Lê Lợi, Huế", "Tày"
    student.save()
    return student


@pytest.fixture
def mother(pupil, cast):
    return add(pupil, cast.homeroom_teacher, "Trần Thị Hoa", phone="0000111222", relation="mother")


def add(student, by, full_name, phone="", **tie):
    return services.add_guardian(
        student=student, person={"full_name": full_name, "phone": phone}, tie={"relation": "father", **tie}, by=by
    )


def look(user, student, tab="record"):
    return client_of(user).get(reverse("registry:student_detail", args=[student.pk]) + f"?tab={tab}")


def send(user, name, *args, **data):
    return client_of(user).post(reverse(f"registry:{name}", args=args), data)


def newcomer(role, school, name="helper"):
    user = person(name, "Lò Thị Ín")
    grant(user, role, school.decision, by=User.objects.get(username="it_staff"))
    return user


# --- who reads what -----------------------------------------------------------------------------
def test_numbers_are_masked_until_asked_for(pupil, cast):
    """R1: three digits show; those who may ask see all of it once, and the next look is masked again."""
    shown = look(cast.it_staff, pupil).content.decode()
    assert "079314001234" not in shown
    assert "•••••••••234" in shown
    asked = send(cast.it_staff, "student_identifiers", pupil.pk, purpose="Lập danh sách dự thi")
    assert "079314001234" in asked.content.decode()
    assert "079314001234" not in look(cast.it_staff, pupil).content.decode()


@pytest.mark.parametrize("role", ["homeroom_teacher", "principal"])
def test_others_see_no_number_in_full(pupil, cast, role):
    response = send(getattr(cast, role), "student_identifiers", pupil.pk, purpose="Lập danh sách dự thi")
    assert response.status_code == 403
    assert "079314001234" not in response.content.decode()


def test_medical_staff_see_the_record_without_the_family(pupil, school, mother):
    """R1: address, policy categories and family are not for everybody who sees the class."""
    nurse = newcomer(Role.MEDICAL, school)
    services.add_policy(
        student=pupil, status={"category": "poor", "valid_from": timezone.localdate()}, by=school.cast.it_staff
    )
    for tab in ("record", "family", "history"):
        text = look(nurse, pupil, tab).content.decode()
        assert pupil.full_name in text
        for secret in ("Trần Thị Hoa", "Hộ nghèo", "12 Lê Lợi"):
            assert secret not in text


def test_a_pupil_who_left_is_read_only(pupil, mother, school, cast):
    """P11: the record stays readable, nothing of it can be changed."""
    pupil.enrollments.update(left_on=school.year.starts_on)
    text = look(cast.homeroom_teacher, pupil, "family").content.decode()
    assert "Em đã rời trường" in text
    assert "thôi đại diện" not in text
    with pytest.raises(PermissionDenied, match="chỉ xem"):
        add(pupil, cast.homeroom_teacher, "Lê Bình")


def test_parents_read_their_own_child(pupil, mother, school, cast):
    """The family reads its own record; another child stays unseen, and nothing is offered for change."""
    mother.guardian.user = cast.parent
    mother.guardian.save()
    text = look(cast.parent, pupil, "family").content.decode()
    assert "Trần Thị Hoa" in text
    assert "Thêm người" not in text
    assert look(cast.parent, school.students[1]).status_code == 404
    assert send(cast.parent, "guardian_end", pupil.pk, mother.pk).status_code == 403


@pytest.mark.parametrize("tab", ["record", "family", "moves", "history"])
def test_a_page_costs_at_most_fifteen_queries(pupil, mother, cast, tab):
    client = client_of(cast.homeroom_teacher)
    url = reverse("registry:student_detail", args=[pupil.pk]) + f"?tab={tab}"
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    assert len(queries) <= 15, len(queries)


# --- the family ---------------------------------------------------------------------------------
def test_the_first_of_the_family_is_the_contact(pupil, mother, cast):
    """R1: there is always somebody to call while there is somebody."""
    assert mother.is_contact
    father = add(pupil, cast.homeroom_teacher, "Lê Văn Bình")
    assert not father.is_contact
    services.choose_contact(tie=father, by=cast.homeroom_teacher)
    assert contacts(pupil) == ["Lê Văn Bình"]
    services.end_guardianship(tie=Guardianship.objects.get(pk=father.pk), by=cast.homeroom_teacher)
    assert contacts(pupil) == ["Trần Thị Hoa"]
    assert pupil.guardianships.count() == 2


def contacts(student):
    ties = student.guardianships.filter(is_contact=True, ended_on=None)
    return [tie.guardian.full_name for tie in ties]


def test_brothers_and_sisters_share_their_people(pupil, mother, school, cast):
    """R1: the same name and number is the same person; the page names the other child."""
    other = school.students[1]
    tie = add(other, cast.homeroom_teacher, "Trần Thị Hoa", phone="0000111222", relation="mother")
    assert tie.guardian == mother.guardian
    assert other.full_name in look(cast.homeroom_teacher, pupil, "family").content.decode()
    assert add(other, cast.homeroom_teacher, "Trần Thị Hoa").guardian != mother.guardian


def test_nobody_stands_twice_in_a_family(pupil, mother, cast):
    with pytest.raises(TransitionDenied, match="đã có trong gia đình"):
        add(pupil, cast.homeroom_teacher, "Trần Thị Hoa", phone="0000111222")


def test_a_guardian_by_law_needs_a_paper(pupil, cast):
    """R1: who is appointed is appointed by something."""
    data = {"relation": "guardian", "full_name": "Lê Thị Bà", "is_legal_representative": "on"}
    response = send(cast.homeroom_teacher, "guardian_new", pupil.pk, **data)
    assert (response.status_code, "căn cứ cho việc giám hộ" in response.content.decode()) == (422, True)
    send(cast.homeroom_teacher, "guardian_new", pupil.pk, paper="Quyết định số 12/QĐ-UBND", **data)
    assert pupil.guardianships.get().is_legal_representative


def test_a_tie_of_another_pupil_cannot_be_reached(pupil, mother, school, cast):
    """Ids of another pupil's family do nothing under this pupil's address."""
    other = school.students[1]
    assert send(cast.homeroom_teacher, "guardian_end", other.pk, mother.pk).status_code == 404
    mother.refresh_from_db()
    assert mother.ended_on is None


@pytest.mark.parametrize("role", ["teacher", "vice_principal", "principal", "parent"])
def test_others_change_no_family(pupil, mother, cast, role):
    user = getattr(cast, role)
    acts = [
        lambda: add(pupil, user, "Lê Bình"),
        lambda: services.choose_contact(tie=mother, by=user),
        lambda: services.end_guardianship(tie=mother, by=user),
        lambda: services.add_policy(
            student=pupil, status={"category": "none", "valid_from": timezone.localdate()}, by=user
        ),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()
    assert Guardian.objects.count() == 1


# --- policy categories --------------------------------------------------------------------------
def policy(student, by, category, day, **more):
    return services.add_policy(student=student, status={"category": category, "valid_from": day, **more}, by=by)


def test_a_category_ends_the_no(pupil, cast):
    """R1: "không" and a category never hold together; nothing is deleted."""
    today = timezone.localdate()
    policy(pupil, cast.homeroom_teacher, "none", today - timedelta(days=30))
    poor = policy(pupil, cast.homeroom_teacher, "poor", today, paper="Giấy số 12")
    assert list(pupil.policies.order_by("pk").values_list("category", "valid_until")) == [
        ("none", today),
        ("poor", None),
    ]
    with pytest.raises(TransitionDenied, match="Hộ nghèo"):
        policy(pupil, cast.homeroom_teacher, "none", today)
    with pytest.raises(TransitionDenied, match="còn hạn"):
        policy(pupil, cast.homeroom_teacher, "poor", today)
    services.end_policy(status=poor, on=today, by=cast.homeroom_teacher)
    policy(pupil, again(cast.homeroom_teacher), "none", today + timedelta(days=1))
    assert PolicyStatus.objects.count() == 3


def test_validity_is_shown(pupil, cast):
    today = timezone.localdate()
    policy(pupil, cast.homeroom_teacher, "poor", today - timedelta(days=400), valid_until=today - timedelta(days=35))
    text = look(cast.homeroom_teacher, pupil).content.decode()
    assert "Hết hạn" in text
    assert f"{today - timedelta(days=35):%d/%m/%Y}" in text


def test_dates_out_of_order_are_refused_with_words(pupil, cast):
    data = {"category": "poor", "valid_from": "05/09/2026", "valid_until": "04/09/2026"}
    response = send(cast.homeroom_teacher, "policy_new", pupil.pk, **data)
    assert (response.status_code, "từ ngày bắt đầu trở đi" in response.content.decode()) == (422, True)


def test_the_history_of_the_family_is_told(pupil, mother, cast):
    """R3: in words, who and what."""
    text = look(cast.homeroom_teacher, pupil, "history").content.decode()
    assert "Thầy Tú ghi người thân: Trần Thị Hoa" in text
