"""A12: a change of staff is in the records within 5 working days of its decision; what is overdue is shown."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Decision, PolicyVersion
from registry import services
from registry.models import CalendarDay, StaffChange
from registry.selectors import duties, staff
from registry.selectors.calendar import working_day_after, working_days_after
from registry.services import News
from schoolops.lib.workflow import TransitionDenied

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 13)


def note(cast, by=None, kind="title", signed=FRIDAY, number="12/QĐ-UBND", who="teacher", **more):
    return services.note_staff_change(
        staff=getattr(cast, who).staff_profile,
        news=News(kind, "Bổ nhiệm tổ phó", signed, **more),
        decision=Decision(number=number, issued_on=signed, signer="Chủ tịch UBND xã"),
        by=by or cast.principal,
    )


def at(day, hour=12):
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))  # made aware at once


def line_of(change, moment):
    (line,) = staff.lines_of([change], moment)
    return line


# --- five working days --------------------------------------------------------------------------
def test_five_working_days_from_the_decision(cast):
    """A12: weekends do not count; the last minute of the fifth day is in time."""
    line = line_of(note(cast), at(FRIDAY))
    assert f"{timezone.localtime(line.due_at):%H:%M %d/%m/%Y}" == "23:59 20/11/2026"
    change = line.change
    assert not line_of(change, at(date(2026, 11, 20), 23)).is_late
    assert line_of(change, at(date(2026, 11, 21), 0)).is_late


def test_holidays_do_not_count_and_days_made_up_do(cast, school):
    """A12: by the calendar of the school."""
    CalendarDay.objects.create(school_year=school.year, day="2026-11-20", kind="holiday", name="Ngày Nhà giáo")
    assert line_of(note(cast), at(FRIDAY)).due_at.date() == date(2026, 11, 23)
    CalendarDay.objects.create(school_year=school.year, day="2026-11-14", kind="teaching", name="Học bù")
    assert working_day_after(FRIDAY, 5) == date(2026, 11, 19)


def test_many_days_in_one_query(db):
    days = [FRIDAY + timedelta(days=number) for number in range(20)]
    with CaptureQueriesContext(connection) as queries:
        found = working_days_after(days, 5)
    assert len(queries) == 1
    assert found == {day: working_day_after(day, 5) for day in days}


def test_the_school_sets_the_days(cast, school):
    PolicyVersion.objects.create(
        key="registry.staff_change_days", value="3", decision=school.decision, set_by=cast.it_staff
    )
    assert line_of(note(cast), at(FRIDAY)).due_at.date() == date(2026, 11, 18)


# --- noting and recording -----------------------------------------------------------------------
def test_recording_ends_it_and_the_profile_follows(cast):
    """A12: with who and when; a new position stands in the profile from then on."""
    change = note(cast, new_position="Tổ phó")
    assert cast.teacher.staff_profile.position == ""
    done = services.record_staff_change(change=change, by=cast.it_staff)
    assert (done.recorded_by, done.recorded_at is not None) == (cast.it_staff, True)
    profile = type(cast.teacher.staff_profile).objects.get(user=cast.teacher)
    assert (profile.position, profile.history.latest().history_user) == ("Tổ phó", cast.it_staff)
    assert staff.open_lines(timezone.now()) == []
    with pytest.raises(TransitionDenied, match="đã được cập nhật"):
        services.record_staff_change(change=change, by=cast.it_staff)


def test_leaving_closes_the_profile(cast):
    change = note(cast, kind="retirement", who="other_teacher")
    services.record_staff_change(change=change, by=cast.it_staff)
    profile = type(cast.teacher.staff_profile).objects.get(user=cast.other_teacher)
    assert profile.left_on == FRIDAY


def test_one_decision_for_several_people_and_never_twice_for_one(cast):
    first, second = note(cast), note(cast, who="other_teacher")
    assert first.decision == second.decision
    with pytest.raises(TransitionDenied, match="đã được ghi nhận"):
        note(cast)


def test_recorded_has_both_who_and_when(cast):
    change = note(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffChange.objects.filter(pk=change.pk).update(recorded_at=timezone.now())


@pytest.mark.parametrize("role", ["teacher", "homeroom_teacher", "subject_head", "parent", "stranger"])
def test_others_note_and_record_nothing(cast, role):
    with pytest.raises(PermissionDenied):
        note(cast, by=getattr(cast, role))
    change = note(cast)
    with pytest.raises(PermissionDenied):
        services.record_staff_change(change=change, by=getattr(cast, role))


def test_leaders_note_and_the_office_records(cast):
    """A12: who signs is not who keeps the records."""
    change = note(cast, by=cast.vice_principal)
    with pytest.raises(PermissionDenied):
        services.record_staff_change(change=change, by=cast.principal)


# --- who sees what is overdue -------------------------------------------------------------------
def test_the_duty_names_its_holders(cast):
    change = note(cast)
    (duty,) = duties.staff_changes(timezone.now())
    assert (duty.holders, duty.object, duty.done_at) == ((cast.it_staff.pk,), change, None)
    assert duty.is_late(duty.due_at)


def page(user):
    client = Client()
    client.force_login(user, "accounts.backends.SignInBackend")
    return client


def test_the_page_shows_what_is_overdue(cast):
    """A12: for IT staff and leaders; from the page it is noted and recorded."""
    today = timezone.localdate()
    note(cast, signed=today - timedelta(days=30))
    text = page(cast.principal).get(reverse("registry:staff_change_list")).content.decode()
    assert "Quá hạn" in text
    assert "Đã cập nhật vào hồ sơ" not in text
    data = {
        "staff": cast.other_teacher.staff_profile.pk,
        "kind": "salary",
        "what": "Nâng bậc lương",
        "new_position": "",
        "happened_on": f"{today:%d/%m/%Y}",
        "number": "15/QĐ-UBND",
        "issued_on": f"{today:%d/%m/%Y}",
        "signer": "Chủ tịch UBND xã",
    }
    told = page(cast.vice_principal).post(reverse("registry:staff_change_new"), data, follow=True)
    assert "Nâng bậc lương" in told.content.decode()
    pk = StaffChange.objects.get(kind="salary").pk
    told = page(cast.it_staff).post(reverse("registry:staff_change_record", args=[pk]), follow=True)
    assert "Đúng hạn" in told.content.decode()


def test_hom_nay_reminds_those_who_keep_the_records(cast):
    note(cast, signed=timezone.localdate() - timedelta(days=30))
    assert "1 thay đổi chờ cập nhật hồ sơ" in page(cast.it_staff).get("/today/").content.decode()
    assert "chờ cập nhật hồ sơ" not in page(cast.teacher).get("/today/").content.decode()


def test_the_page_costs_the_same_for_any_number(cast):
    client, counts = page(cast.it_staff), []
    client.get(reverse("registry:staff_change_list"))
    for extra in (1, 10):
        for number in range(extra):
            note(cast, number=f"{extra}-{number}/QĐ", signed=FRIDAY - timedelta(days=number))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("registry:staff_change_list"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, counts
