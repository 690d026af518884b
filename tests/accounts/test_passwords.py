"""Passwords: how long, which not, how old, and the slips with which staff set them (A2, A8)."""

import hashlib
import io
import re
from datetime import timedelta

import pikepdf
import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.breached import is_listed
from accounts.models import PasswordRecord, PolicyVersion, SecurityEvent, StaffProfile, StaffSlip, User
from accounts.selectors.passwords import duty_after_sign_in
from schoolops.lib.models import Job, OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import again

BACKEND = "accounts.backends.SignInBackend"
OLD = "mat-khau-dai"
GOOD = "cau ngan de nho lam"


def refused(password, user=None):
    with pytest.raises(ValidationError) as caught:
        validate_password(password, user)
    return {error.code for error in caught.value.error_list}


def with_factor(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})


def enter(client, login="teacher", password=OLD):
    return client.post("/login/", {"login": login, "password": password, "remember": "true"})


def said(response):
    return re.sub(r"<[^>]+>", " ", response.content.decode())


def aged(user, days):
    PasswordRecord.objects.filter(person=user).delete()
    PasswordRecord.objects.create(person=user, hash=user.password, set_at=timezone.now() - timedelta(days=days))


# --- a new password -------------------------------------------------------------------------------
@pytest.mark.parametrize(("profile", "least"), [("vn-level2", 14), ("nist", 15)])
def test_length_by_profile_and_second_factor(cast, settings, profile, least):
    settings.SECURITY_PROFILE = profile
    text = "xqzjwvkmhtgrdplb"
    assert "password_too_short" in refused(text[: least - 1], cast.teacher)
    validate_password(text[:least], cast.teacher)
    with_factor(cast.teacher)
    assert "password_too_short" in refused(text[:7], cast.teacher)
    validate_password(text[:8], cast.teacher)


def test_recovery_codes_alone_are_no_second_factor(cast):
    Authenticator.objects.create(user=cast.teacher, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert "password_too_short" in refused("xqzjwvkmht", cast.teacher)


@pytest.mark.parametrize(
    "password",
    ["truonghoc2026-2027", "Trường học 2026 2027", "giaovien123456789", "hoaban-hoaban-2026", "matkhau!!!matkhau"],
)
def test_words_of_the_place_alone_are_refused(db, settings, password):
    settings.PASSWORD_CONTEXT_WORDS = ["Hoa Ban"]
    assert "password_of_the_place" in refused(password)


def test_a_sentence_passes(db):
    validate_password("con mèo trèo cây cau", None)


def test_ones_own_name_and_number_are_refused(cast):
    cast.teacher.phone = "0900123456"
    assert "password_too_similar" in refused("0900123456 0900", cast.teacher)
    assert "password_too_similar" in refused("Trần Thị Lan Lan", cast.teacher)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 200])
def test_leaked_passwords_are_found_in_a_sorted_file(tmp_path, settings, size):
    """The file is searched by halving: every line is found, the first and the last, with and without counts."""
    leaked = [f"leaked password {number}" for number in range(size)]
    lines = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in leaked)
    for ending in ("\n", ":42\n", "\r\n"):
        path = tmp_path / "leaked"
        path.write_bytes("".join(line + ending for line in lines).encode())
        assert all(is_listed(word, path) for word in leaked)
        assert not any(is_listed(f"other {number}", path) for number in range(50))
    settings.BREACHED_PASSWORDS_FILE = str(path)
    if leaked:
        assert "password_breached" in refused(leaked[-1])


def test_a_list_that_is_missing_is_no_list(settings, tmp_path):
    settings.BREACHED_PASSWORDS_FILE = str(tmp_path / "not there")
    with pytest.raises(FileNotFoundError):
        validate_password("con mèo trèo cây cau")


def test_the_last_ten_are_refused(cast, settings):
    words = [f"câu mật khẩu thứ {number} của tôi" for number in range(12)]
    for word in words:
        cast.teacher.set_password(word)
        cast.teacher.save()
    assert "password_used_before" in refused(words[11], cast.teacher)
    assert "password_used_before" in refused(words[2], cast.teacher)
    validate_password(words[1], cast.teacher)
    settings.SECURITY_PROFILE = "nist"
    validate_password(words[2], cast.teacher)
    assert "password_used_before" in refused(words[11], cast.teacher)


def test_page_of_change_says_the_reason_and_keeps_nobody_out(client, cast):
    enter(client)
    page = client.post(
        reverse("account_change_password"), {"oldpassword": OLD, "password1": "ngan qua", "password2": "ngan qua"}
    )
    assert "ít nhất 14 ký tự" in said(page)
    client.post(reverse("account_change_password"), {"oldpassword": OLD, "password1": GOOD, "password2": GOOD})
    assert again(cast.teacher).check_password(GOOD)
    assert SecurityEvent.objects.filter(person=cast.teacher, kind="password_changed").exists()


# --- age ------------------------------------------------------------------------------------------
def test_reminded_a_week_ahead_once_for_each_due_day(cast):
    aged(cast.teacher, 84)
    aged(cast.other_teacher, 82)
    aged(cast.homeroom_teacher, 10)
    assert services.start_password_reminders(at=timezone.now()) == 1
    assert services.start_password_reminders(at=timezone.now()) == 0
    [item] = Job.objects.get(kind="accounts.password_ending").items.all()
    from accounts.services.passwords import tell_of_password

    tell_of_password(item)
    [message] = OutboxMessage.objects.filter(kind="account.password_ending")
    assert message.recipients == [cast.teacher.pk]
    cast.teacher.set_password(GOOD)
    cast.teacher.save()
    tell_of_password(item)
    assert OutboxMessage.objects.filter(kind="account.password_ending").count() == 1, "changed meanwhile"


def test_overdue_is_asked_at_sign_in_and_may_wait(client, cast, settings):
    """A2: reminded before, asked at sign-in after; a teacher is not forced."""
    settings.SIGN_IN_DUTIES = True
    with_factor(cast.teacher)
    aged(cast.teacher, 91)
    client.force_login(cast.teacher, BACKEND)
    session = client.session
    session["sign_in_duty"] = duty_after_sign_in(again(cast.teacher), timezone.now()).value
    session.save()
    assert client.get(reverse("today")).url == reverse("accounts:duty")
    assert "Nên đổi bây giờ" in said(client.get(reverse("accounts:duty")))
    client.post(reverse("accounts:duty_later"))
    assert client.get(reverse("today")).status_code == 200


def test_administrators_are_held_to_sixty_days(client, cast, settings):
    with_factor(cast.it_staff)
    aged(cast.it_staff, 61)
    assert duty_after_sign_in(again(cast.it_staff), timezone.now()) == "forced"
    session = start_session(client, cast.it_staff)
    assert client.get(reverse("admin:index")).url == reverse("accounts:duty")
    assert "Để lần sau" not in said(client.get(reverse("accounts:duty")))
    client.post(reverse("accounts:duty_later"))
    assert client.get(reverse("today")).url == reverse("accounts:duty")
    client.post(reverse("account_change_password"), {"oldpassword": OLD, "password1": GOOD, "password2": GOOD})
    assert client.get(reverse("today")).status_code == 200
    assert session
    settings.SECURITY_PROFILE = "nist"
    aged(cast.it_staff, 61)
    assert duty_after_sign_in(again(cast.it_staff), timezone.now()) is None


def start_session(client, user):
    client.force_login(user, BACKEND)
    session = client.session
    session["sign_in_duty"] = "due"
    session.save()
    return session


def test_school_sets_the_interval(school, cast):
    with_factor(cast.teacher)
    aged(cast.teacher, 40)
    assert duty_after_sign_in(again(cast.teacher), timezone.now()) is None
    for value, expected in (("30", "due"), ("0", None)):
        PolicyVersion.objects.create(
            key="accounts.password_days", value=value, decision=school.decision, set_by=cast.it_staff
        )
        assert duty_after_sign_in(again(cast.teacher), timezone.now()) == expected


def test_leaders_see_whose_password_is_overdue(client, cast):
    """A7"""
    aged(cast.teacher, 91)
    client.force_login(cast.principal, BACKEND)
    page = said(client.get(reverse("power_list"), {"q": "Lan"}))
    assert "Mật khẩu quá hạn" in page
    aged(cast.teacher, 10)
    assert "Mật khẩu quá hạn" not in said(client.get(reverse("power_list"), {"q": "Lan"}))


# --- the second factor ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "role", ["teacher", "homeroom_teacher", "subject_head", "vice_principal", "principal", "it_staff"]
)
def test_staff_without_a_second_factor_get_no_further(cast, settings, role):
    """P0-16: nothing but setting it up, changing the password, and leaving."""
    settings.SIGN_IN_DUTIES = True
    client = Client()
    enter(client, role)
    for name in ("today", "profile", "gradebook:class_list", "accounts:session_list"):
        assert client.get(reverse(name)).url == reverse("accounts:duty")
    assert "Bật đăng nhập hai bước" in said(client.get(reverse("accounts:duty")))
    assert client.get(reverse("mfa_activate_totp")).status_code in {200, 302}
    with_factor(getattr(cast, role))
    assert client.get(reverse("today")).status_code == 200


def test_parents_are_not_asked(cast, settings):
    settings.SIGN_IN_DUTIES = True
    client = Client()
    enter(client, "parent")
    assert client.get(reverse("profile")).status_code == 200


# --- slips of staff --------------------------------------------------------------------------------------
def printed(cast, *people):
    return services.print_staff_slips(people=[person.pk for person in people], by=again(cast.it_staff))


def use(client, username, code):
    return client.post(reverse("accounts:slip_enter"), {"username": username, "code": code})


def test_new_teacher_sets_their_first_password(client, cast):
    """A8: IT staff open the account and never know the password."""
    newcomer = User.objects.create(username="moi", full_name="Lê Thị Mới")
    newcomer.set_unusable_password()
    newcomer.save()
    StaffProfile.objects.create(user=newcomer, staff_code="CB99")
    [slip] = printed(cast, newcomer)
    assert slip.slip.expires_at - slip.slip.issued_at == timedelta(days=14)
    assert use(client, "MOI", slip.code).url == reverse("accounts:slip_password")
    short = client.post(reverse("accounts:slip_password"), {"new_password1": "ngắn", "new_password2": "ngắn"})
    assert "ít nhất 14 ký tự" in said(short)
    done = client.post(reverse("accounts:slip_password"), {"new_password1": GOOD, "new_password2": GOOD}, follow=True)
    assert "Đã đặt mật khẩu" in said(done)
    enter(client, "moi", GOOD)
    assert client.get(reverse("profile")).status_code == 200


def test_reset_ends_sessions_keeps_the_factor_and_is_told(client, cast):
    with_factor(cast.teacher)
    at_work = Client()
    at_work.force_login(cast.teacher, BACKEND)
    [slip] = printed(cast, cast.teacher)
    assert slip.slip.expires_at - slip.slip.issued_at == timedelta(days=1)
    own, leaders = OutboxMessage.objects.filter(kind="account.slip_printed").order_by("pk")
    assert (own.recipients, leaders.recipients) == ([cast.teacher.pk], [cast.principal.pk])
    assert (own.url, leaders.url) == (reverse("accounts:session_list"), reverse("power_detail", args=[cast.teacher.pk]))
    use(client, "teacher", slip.code)
    client.post(reverse("accounts:slip_password"), {"new_password1": GOOD, "new_password2": GOOD})
    assert at_work.get(reverse("profile")).status_code == 302
    assert Authenticator.objects.filter(user=cast.teacher).exists()
    assert "2fa" in enter(client, "teacher", GOOD).url, "the second step still stands before the door"


def test_slip_of_staff_works_once_for_its_holder_in_its_time(cast):
    neutral = "Tên đăng nhập hoặc mã chưa khớp"
    [slip] = printed(cast, cast.teacher)
    assert neutral in said(use(Client(), "other_teacher", slip.code))
    services.use_staff_slip(slip=slip.slip, password=GOOD)
    with pytest.raises(TransitionDenied, match="đã được dùng"):
        services.use_staff_slip(slip=slip.slip, password=GOOD)
    [old] = printed(cast, cast.other_teacher)
    [new] = printed(cast, cast.other_teacher)
    assert neutral in said(use(Client(), "other_teacher", old.code))
    start = timezone.now() - timedelta(days=2)
    StaffSlip.objects.filter(pk=new.slip.pk).update(issued_at=start, expires_at=start + timedelta(days=1))
    assert neutral in said(use(Client(), "other_teacher", new.code))
    assert Client().get(reverse("accounts:slip_password")).url == reverse("accounts:slip_enter")


def test_five_wrong_names_wear_the_code_out(cast):
    [slip] = printed(cast, cast.teacher)
    for number in range(5):
        use(Client(REMOTE_ADDR=f"10.0.0.{number + 1}"), f"ten{number}", slip.code)
    assert "Đã thử quá nhiều lần" in said(use(Client(), "teacher", slip.code))


def test_nobody_prints_a_slip_for_themselves_and_nobody_else_prints_any(client, cast):
    with pytest.raises(TransitionDenied, match="chính mình"):
        printed(cast, cast.it_staff)
    for user in (cast.principal, cast.teacher, cast.homeroom_teacher):
        assert services.print_staff_slips(people=[cast.teacher.pk], by=again(user)) == []
        client.force_login(user, BACKEND)
        assert client.get(reverse("staff_slip_list")).status_code == 403


def test_page_prints_after_the_password_again(client, cast):
    enter(client, "it_staff")
    page = client.get(reverse("staff_slip_list"))
    assert page.content.decode().count("checked") == StaffProfile.objects.count() - 1, (
        "whoever has never signed in is ticked"
    )
    client.post(reverse("account_reauthenticate"), {"password": OLD})
    response = client.post(reverse("staff_slip_print"), {"person": [cast.teacher.pk, cast.it_staff.pk, "x"]})
    assert response.status_code == 200, response.url
    with pikepdf.open(io.BytesIO(b"".join(response.streaming_content))) as pdf:
        assert len(pdf.pages) == 1
    assert StaffSlip.objects.count() == 1
    stale = Client()
    stale.force_login(cast.it_staff, BACKEND)
    assert "reauthenticate" in stale.post(reverse("staff_slip_print"), {"person": [cast.teacher.pk]}).url
