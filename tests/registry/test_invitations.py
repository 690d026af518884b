"""Slips: printed by the homeroom teacher, used once on the family's own phone, without an e-mail (A13)."""

import io
import re
from datetime import date, timedelta

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services as account_services
from accounts.models import Device, SecurityEvent, User
from accounts.models.codes import code_hash
from accounts.roles import Role
from accounts.services.sign_in import key_of
from registry import permissions, services
from registry.documents import slips_pdf
from registry.models import Enrollment, Guardian, Guardianship, Invitation
from registry.selectors.invitations import families_of_class, pupils_reached
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, grant

BACKEND = "accounts.backends.SignInBackend"
BIRTH = date(2014, 9, 5)
PHONE, PIN = "0912345678", "308462"
Relation = Guardianship.Relation


@pytest.fixture
def child(school):
    return pupil(school, 1)


def pupil(school, roll_no, name="7A1"):
    seat = Enrollment.objects.select_related("student").get(school_class=school.classes[name], roll_no=roll_no)
    seat.student.birth_date = BIRTH
    seat.student.save()
    return seat.student


def family(student, name="Nguyễn Thị Hạnh", relation=Relation.MOTHER, **of_guardian):
    guardian = Guardian.objects.create(full_name=name, **of_guardian)
    return Guardianship.objects.create(
        student=student, guardian=guardian, relation=relation, valid_from=date(2026, 9, 5)
    )


def slip(tie, by):
    seat = Enrollment.objects.select_related("school_class").filter(student=tie.student).first()
    [made] = services.print_slips(school_class=seat.school_class, guardianships=[tie.pk], by=again(by))
    return made


def use_code(client, code, born="05/09/2014"):
    return client.post(reverse("registry:slip_code"), {"code": code, "birth_date": born})


def choose_pin(client, phone=PHONE, pin=PIN, again=None):
    return client.post(reverse("registry:slip_pin"), {"phone": phone, "pin": pin, "again": again or pin})


def sign_in(client, login=PHONE, password=PIN):
    return client.post("/login/", {"login": login, "password": password, "remember": "true"})


def is_in(client):
    return client.get(reverse("profile")).status_code == 200


def said(response):
    return re.sub(r"<[^>]+>", " ", response.content.decode())


NEUTRAL = "Mã hoặc ngày sinh chưa khớp, hoặc phiếu đã hết dùng."


# --- from the slip to one's children --------------------------------------------------------------
def test_from_slip_to_child_in_three_screens(client, child, cast):
    made = slip(family(child), cast.homeroom_teacher)
    assert use_code(client, f"{made.code[:3]} {made.code[3:6]} {made.code[6:]}").url == reverse("registry:slip_pin")
    assert "Nguyễn Thị Hạnh" in said(client.get(reverse("registry:slip_pin")))
    assert choose_pin(client).url == reverse("family_home")
    page = said(client.get(reverse("family_home")))
    assert child.full_name in page
    assert "Lớp 7A1" in page
    account = User.objects.get(phone=PHONE)
    assert (account.full_name, account.salutation, account.guardian) == ("Nguyễn Thị Hạnh", "bà", made.tie.guardian)
    assert not account.has_usable_password()


def test_comes_back_with_phone_and_pin_on_this_phone_only(client, child, cast):
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    choose_pin(client)
    client.post("/logout/")
    assert sign_in(client).status_code == 302
    assert is_in(client)
    elsewhere = Client()
    sign_in(elsewhere)
    assert not is_in(elsewhere), "six digits open nothing on a strange device"


def test_pin_ends_with_the_device_and_after_ninety_days(client, child, cast):
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    choose_pin(client)
    device = Device.objects.get()
    assert PIN not in device.pin
    client.post("/logout/")
    Device.objects.update(last_seen_at=timezone.now() - timedelta(days=91))
    sign_in(client)
    assert not is_in(client)
    Device.objects.update(last_seen_at=timezone.now())
    account_services.forget_devices(Device.objects.filter(pk=device.pk))
    sign_in(client)
    assert not is_in(client)


def test_pin_of_somebody_who_works_here_now_opens_nothing(client, school, child, cast):
    """P0-16: a second factor stands before the duties of staff."""
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    choose_pin(client)
    client.post("/logout/")
    grant(User.objects.get(phone=PHONE), Role.LIBRARIAN, school.decision, by=cast.it_staff)
    sign_in(client)
    assert not is_in(client)


@pytest.mark.parametrize("typed", ["05/09/2014", "5/9/2014", "05-09-2014", "05092014", " 05.09.2014 "])
def test_birth_date_as_people_type_it(client, child, cast, typed):
    assert use_code(client, slip(family(child), cast.homeroom_teacher).code, typed).status_code == 302


# --- what does not open -------------------------------------------------------------------------------
def test_every_failure_reads_the_same(child, cast):
    """Used, expired, revoked, wrong birth date, no such code: never which part was wrong."""
    used = slip(family(child, "Một"), cast.homeroom_teacher)
    first = Client()
    use_code(first, used.code)
    choose_pin(first)
    revoked = slip(family(child, "Hai"), cast.homeroom_teacher)
    services.revoke_slip(
        guardian=revoked.tie.guardian, school_class=child.enrollments.get().school_class, by=cast.it_staff
    )
    expired = slip(family(child, "Ba"), cast.homeroom_teacher)
    start = timezone.now() - timedelta(days=15)
    Invitation.objects.filter(pk=expired.invitation.pk).update(issued_at=start, expires_at=start + timedelta(days=14))
    good = slip(family(child, "Bốn"), cast.homeroom_teacher)
    ended = slip(family(child, "Năm"), cast.homeroom_teacher)
    Guardianship.objects.filter(pk=ended.tie.pk).update(ended_on=timezone.localdate() - timedelta(days=1))
    pages = []
    for code, born in [
        (used.code, "05/09/2014"),
        (revoked.code, "05/09/2014"),
        (expired.code, "05/09/2014"),
        (ended.code, "05/09/2014"),
        (good.code, "06/09/2014"),
        ("000000001", "05/09/2014"),
    ]:
        response = use_code(Client(), code, born)
        assert response.status_code == 422
        pages.append(re.sub(r'value="[^"]*"', "", response.content.decode()))
    assert NEUTRAL in pages[0]
    assert len(set(pages)) == 1


def test_five_wrong_birth_dates_wear_a_code_out(client, child, cast):
    code = slip(family(child), cast.homeroom_teacher).code
    for day in range(1, 6):
        assert NEUTRAL in said(use_code(Client(REMOTE_ADDR=f"10.0.0.{day}"), code, f"0{day}/01/2014"))
    assert "Đã thử quá nhiều lần" in said(use_code(client, code))
    SecurityEvent.objects.bulk_create(
        [
            SecurityEvent(kind="failed", key=key_of("code:111222333"), at=timezone.now() - timedelta(days=1))
            for _ in range(5)
        ]
    )
    other = slip(family(child, "Trần Văn Ba"), cast.homeroom_teacher)
    Invitation.objects.filter(pk=other.invitation.pk).update(code_hash=code_hash("111222333"))
    assert NEUTRAL in said(use_code(client, "111222333")), "not after the quarter of an hour either"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("12345678", "đúng 9 chữ số"),
        ("abc", "đúng 9 chữ số"),
        ("", "Nhập mã 9 chữ số"),
        ("１２３４５６７８９", "đúng 9"),
    ],
)
def test_what_is_no_code_is_told_so(client, db, code, words):
    assert words in said(use_code(client, code))


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("12345", "12345", "đúng 6 chữ số"),
        ("abcdef", "abcdef", "đúng 6 chữ số"),
        ("111111", "111111", "ai cũng đoán được"),
        ("123456", "123456", "ai cũng đoán được"),
        ("987654", "987654", "ai cũng đoán được"),
        ("050914", "050914", "ngày sinh của con"),
        ("345678", "345678", "ai cũng đoán được"),
        ("308462", "308463", "Hai lần nhập chưa giống nhau"),
    ],
)
def test_weak_pins_are_refused_with_the_reason(client, child, cast, pin, again, words):
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    page = choose_pin(client, pin=pin, again=again)
    assert page.status_code == 422
    assert words in said(page)
    assert PHONE in page.content.decode(), "what was typed stays"
    assert not User.objects.filter(phone=PHONE).exists()


def test_end_of_the_phone_number_is_no_pin(client, child, cast):
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    assert "phần cuối của số điện thoại" in said(choose_pin(client, phone="0912308462", pin="308462"))


def test_phone_of_another_account_is_refused(client, child, cast):
    User.objects.filter(pk=cast.teacher.pk).update(phone=PHONE)
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    assert "thuộc một tài khoản khác" in said(choose_pin(client))


def test_pin_page_needs_a_slip(client, child, cast):
    assert client.get(reverse("registry:slip_pin")).url == reverse("registry:slip_code")
    made = slip(family(child), cast.homeroom_teacher)
    use_code(client, made.code)
    Invitation.objects.update(revoked_at=timezone.now())
    assert choose_pin(client).url == reverse("registry:slip_code")
    assert not Guardian.objects.get().user


def test_used_twice_works_once(child, cast):
    made = slip(family(child), cast.homeroom_teacher)
    services.activate(invitation=made.invitation, phone=PHONE)
    with pytest.raises(TransitionDenied, match="đã được dùng"):
        services.activate(invitation=made.invitation, phone="0987654321")


def test_code_is_kept_as_a_keyed_hash(child, cast, settings):
    made = slip(family(child), cast.homeroom_teacher)
    kept = made.invitation.code_hash
    assert made.code not in str(vars(made.invitation))
    settings.SECRET_KEY = "another"
    assert code_hash(made.code) != kept


# --- brothers, sisters, second parents ------------------------------------------------------------------
def test_second_guardian_has_a_code_and_account_of_their_own(child, cast):
    mother, father = family(child), family(child, "Nguyễn Văn Bình", Relation.FATHER)
    codes = [slip(tie, cast.homeroom_teacher).code for tie in (mother, father)]
    assert len(set(codes)) == 2
    for number, code in enumerate(codes):
        client = Client()
        use_code(client, code)
        choose_pin(client, phone=f"091234567{number}")
        assert is_in(client)
    assert User.objects.filter(phone__startswith="09123").count() == 2


def test_slip_of_another_child_adds_it_to_the_account(client, school, child, cast):
    """C8: the register did not know that both children have one mother."""
    sister = pupil(school, 2)
    use_code(client, slip(family(child), cast.homeroom_teacher).code)
    choose_pin(client)
    other = family(sister, "Nguyễn Hạnh")
    assert use_code(client, slip(other, cast.homeroom_teacher).code).url == reverse("registry:slip_child")
    assert sister.full_name in said(client.get(reverse("registry:slip_child")))
    client.post(reverse("registry:slip_child"))
    account = User.objects.get(phone=PHONE)
    assert set(permissions.children_of(account)) == {child, sister}
    assert other.guardian.guardianships.count() == 0
    assert Guardianship.history.filter(id=other.pk).count() == 2, "who answered before stays readable"


def test_slip_of_somebody_with_an_account_joins_nobody_else(client, school, child, cast):
    first, second = Client(), Client()
    use_code(first, slip(family(child), cast.homeroom_teacher).code)
    choose_pin(first)
    sister = pupil(school, 2)
    father = family(sister, "Nguyễn Văn Bình", Relation.FATHER)
    use_code(second, slip(father, cast.homeroom_teacher).code)
    choose_pin(second, phone="0987654321")
    use_code(first, slip(father, cast.homeroom_teacher).code)
    page = first.post(reverse("registry:slip_child"), follow=True)
    assert "đã có tài khoản riêng" in said(page)
    assert set(permissions.children_of(User.objects.get(phone=PHONE))) == {child}


def test_teacher_with_a_child_here_has_both_pages(client, school, child, cast):
    """One account for one person: the slip joins the teacher's own account (A1)."""
    client.force_login(cast.teacher, BACKEND)
    use_code(client, slip(family(child, cast.teacher.full_name), cast.homeroom_teacher).code)
    client.post(reverse("registry:slip_child"))
    assert client.get(reverse("today")).status_code == 200
    assert child.full_name in said(client.get(reverse("family_home")))
    assert "Trang của phụ huynh" in said(client.get(reverse("more")))


def test_no_slip_opens_the_account_of_staff(client, school, child, cast):
    """Neither printed for them, nor used by somebody who printed it before they worked here."""
    tie = family(child, cast.other_teacher.full_name, user=cast.other_teacher)
    assert (
        services.print_slips(school_class=school.classes["7A1"], guardianships=[tie.pk], by=cast.homeroom_teacher) == []
    )
    later = family(child, "Bùi Văn Lạ", user=cast.stranger)
    use_code(client, slip(later, cast.homeroom_teacher).code)
    grant(cast.stranger, Role.LIBRARIAN, school.decision, by=cast.it_staff)
    assert "không mở bằng phiếu được" in said(choose_pin(client))
    assert not is_in(client)


def test_forgotten_pin_is_a_new_slip_for_the_same_account(client, child, cast):
    tie = family(child)
    use_code(client, slip(tie, cast.homeroom_teacher).code)
    choose_pin(client)
    new_phone = Client()
    use_code(new_phone, slip(tie, cast.homeroom_teacher).code)
    choose_pin(new_phone, pin="772013")
    assert User.objects.filter(guardian__isnull=False).count() == 1
    assert OutboxMessage.objects.filter(kind="account.new_device").count() == 1
    new_phone.post("/logout/")
    sign_in(new_phone, password="772013")
    assert is_in(new_phone)


# --- the school's side --------------------------------------------------------------------------------
def test_printing_again_ends_the_slip_before(client, child, cast):
    tie = family(child)
    old = slip(tie, cast.homeroom_teacher)
    new = slip(tie, cast.homeroom_teacher)
    assert NEUTRAL in said(use_code(client, old.code))
    assert use_code(client, new.code).status_code == 302
    assert Invitation.objects.usable(timezone.now()).count() == 1


def test_states_of_a_class(school, child, cast):
    ties = [family(child, f"Người {number}") for number in range(4)]
    slip(ties[0], cast.homeroom_teacher)
    revoked = slip(ties[1], cast.homeroom_teacher)
    services.revoke_slip(guardian=revoked.tie.guardian, school_class=school.classes["7A1"], by=cast.homeroom_teacher)
    expired = slip(ties[2], cast.homeroom_teacher)
    start = timezone.now() - timedelta(days=15)
    Invitation.objects.filter(pk=expired.invitation.pk).update(issued_at=start, expires_at=start + timedelta(days=14))
    active = slip(ties[3], cast.homeroom_teacher)
    services.activate(invitation=active.invitation, phone=PHONE)
    rows = {row.tie.pk: row.state for row in families_of_class(school.classes["7A1"], timezone.now())[0].guardians}
    assert [rows[tie.pk] for tie in ties] == ["open", "revoked", "expired", "active"]
    assert (
        pupils_reached(type(school.classes["7A1"]).objects.all(), timezone.now())[school.classes["7A1"].pk].reached == 1
    )


def test_page_prints_a_file_with_the_codes(client, school, child, cast):
    tie = family(child)
    client.force_login(cast.homeroom_teacher, BACKEND)
    url = reverse("registry:invitation_print", args=[school.classes["7A1"].pk])
    response = client.post(url, {"tie": [tie.pk]})
    assert response["Content-Type"] == "application/pdf"
    assert child.full_name not in response["Content-Disposition"]
    with pikepdf.open(io.BytesIO(b"".join(response.streaming_content))) as pdf:
        assert len(pdf.pages) == 1
    assert "Chọn ít nhất một người" in said(client.post(url, {"tie": ["x", "999999999"]}, follow=True))


def test_eight_slips_on_a_page(school, cast):
    ties = [family(pupil(school, roll), f"Người {roll} {n}") for roll in (1, 2, 3) for n in range(3)]
    made = services.print_slips(
        school_class=school.classes["7A1"], guardianships=[tie.pk for tie in ties], by=cast.homeroom_teacher
    )
    assert len(made) == 9
    content = slips_pdf(school.classes["7A1"], made, url="https://truong.example/m/")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 2


def test_nobody_prints_for_other_classes(client, school, child, cast):
    tie = family(child)
    for user in (cast.teacher, cast.other_teacher, cast.principal):
        with pytest.raises(TransitionDenied):
            services.print_slips(school_class=school.classes["7A1"], guardianships=[tie.pk], by=again(user))
    with pytest.raises(TransitionDenied):
        services.print_slips(school_class=school.classes["7A2"], guardianships=[], by=again(cast.homeroom_teacher))
    # A pupil of another class is not reached through one's own.
    other = family(pupil(school, 1, "7A2"))
    assert services.print_slips(school_class=school.classes["7A1"], guardianships=[other.pk], by=cast.it_staff) == []
    client.force_login(cast.homeroom_teacher, BACKEND)
    revoke = reverse("registry:invitation_revoke", args=[school.classes["7A1"].pk, other.guardian_id])
    assert client.post(revoke).status_code == 404


def test_queries_do_not_grow_with_the_class(client, school, cast, django_assert_max_num_queries):
    for roll in range(1, 6):
        for n in range(4):
            slip(family(pupil(school, roll), f"Người {roll} {n}"), cast.homeroom_teacher)
    client.force_login(cast.homeroom_teacher, BACKEND)
    client.get(reverse("profile"))
    with django_assert_max_num_queries(15):
        client.get(reverse("registry:invitation_detail", args=[school.classes["7A1"].pk]))
    with django_assert_max_num_queries(15):
        client.get(reverse("registry:invitation_list"))


def test_adoption_is_counted_for_staff_and_classes(client, school, child, cast):
    client.force_login(cast.it_staff, BACKEND)
    page = said(client.get(reverse("registry:invitation_list")))
    assert "0 trong 5 em có phụ huynh đã kích hoạt" in page
    assert "đã đăng nhập ít nhất một lần" in page


def test_children_are_ones_own(client, school, child, cast):
    """A parent sees their children, for as long as they answer for them."""
    tie = family(child, user=cast.parent)
    assert list(permissions.children_of(cast.parent)) == [child]
    client.force_login(cast.parent, BACKEND)
    assert client.get(reverse("today")).url == reverse("family_home")
    page = said(client.get(reverse("family_home")))
    assert pupil(school, 2).full_name not in page
    Guardianship.objects.filter(pk=tie.pk).update(ended_on=timezone.localdate() - timedelta(days=1))
    assert "chưa gắn với học sinh nào" in said(client.get(reverse("family_home")))
