"""P1-21: requests about data are answered in 2 working days, settled in 15, prolonged once; each step reaches the family."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessLog
from accounts.roles import Role
from registry import services
from registry.models import CalendarDay, DataRequest, Guardianship, HealthNote
from registry.services import data_requests
from schoolops.lib.models import JobItem, OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, client_of, grant, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def tie(school, cast):
    made = services.add_guardian(
        student=school.students[0],
        person={"full_name": "Nguyễn Thị Hạnh", "phone": "0000111222", "birth_year": 1985, "occupation": "Thợ may"},
        tie={"relation": "mother", "is_legal_representative": True},
        by=cast.homeroom_teacher,
    )
    made.guardian.user = cast.parent
    made.guardian.save()
    return made


@pytest.fixture
def clerk(school, cast):
    user = person("clerk", "Đoàn Thị Sen")
    grant(user, Role.CLERK, school.decision, by=cast.it_staff)
    return user


def ask(tie, cast, kind="correct", text="Ngày sinh ghi nhầm.", **more):
    return services.receive_data_request(
        student=tie.student, guardian=tie.guardian, kind=kind, text=text, by=again(cast.parent), **more
    )


def messages_to(user, kind):
    return [row for row in OutboxMessage.objects.filter(kind=kind) if user.pk in row.recipients]


# --- terms --------------------------------------------------------------------------------------
def test_two_working_days_and_fifteen_days(tie, school, cast, monkeypatch):
    """Received on a Friday before a holiday: answered until the end of Wednesday."""
    friday = datetime.combine(date(2026, 11, 27), time(15, 0), tzinfo=timezone.get_current_timezone())
    monkeypatch.setattr(data_requests, "db_now", lambda: friday)
    CalendarDay.objects.create(school_year=school.year, day=date(2026, 11, 30), kind="holiday")
    made = ask(tie, cast)
    assert timezone.localtime(made.answer_by).strftime("%d/%m %H:%M") == "02/12 23:59"
    assert timezone.localtime(made.settle_by).strftime("%d/%m %H:%M") == "12/12 23:59"


def test_the_way_of_a_request(tie, cast):
    made = ask(tie, cast)
    assert messages_to(cast.principal, "data_request.received")
    taken = services.answer_data_request(request=made, by=cast.principal, comment="Đã nhận.")
    assert taken.answered_at <= taken.answer_by
    term = taken.settle_by
    prolonged = services.prolong_data_request(request=taken, by=cast.principal, comment="Chờ giấy khai sinh.")
    assert prolonged.settle_by == term + timedelta(days=15)
    with pytest.raises(TransitionDenied, match="đã gia hạn"):
        services.prolong_data_request(request=prolonged, by=cast.principal, comment="Lần nữa.")
    done = services.close_data_request(request=prolonged, step="settle", by=cast.principal, comment="Đã sửa.")
    assert (done.state, done.outcome) == ("done", "Đã sửa.")
    for kind in ("answered", "prolonged", "settled"):
        assert messages_to(cast.parent, f"data_request.{kind}")
    assert [row.step for row in done.transitions.all()] == ["answer", "prolong", "settle"]


def test_no_step_before_the_one_before(tie, cast):
    made = ask(tie, cast)
    with pytest.raises(TransitionDenied):
        services.close_data_request(request=made, step="settle", by=cast.principal, comment="Xong.")
    services.answer_data_request(request=made, by=cast.principal, comment="Đã nhận.")
    with pytest.raises(TransitionDenied):
        services.answer_data_request(request=made, by=cast.principal, comment="Đã nhận.")


def test_who_asks_and_who_answers(tie, school, cast, clerk):
    """A family for its own child; the office with a paper; answered by nobody but those named for it."""
    for user, paper in ((cast.stranger, ""), (clerk, ""), (cast.homeroom_teacher, "đơn 12")):
        with pytest.raises(PermissionDenied):
            services.receive_data_request(
                student=tie.student, guardian=tie.guardian, kind="other", text="Ý kiến.", by=user, paper=paper
            )
    made = services.receive_data_request(
        student=tie.student, guardian=tie.guardian, kind="other", text="Ý kiến.", by=clerk, paper="công văn đến 12"
    )
    for user in (clerk, cast.it_staff, cast.vice_principal, cast.parent):
        with pytest.raises(TransitionDenied):
            services.answer_data_request(request=made, by=user, comment="Đã nhận.")
    Guardianship.objects.filter(pk=tie.pk).update(is_legal_representative=False)
    with pytest.raises(PermissionDenied):
        ask(tie, cast)
    with pytest.raises(TransitionDenied, match="không phải là người đại diện"):
        services.receive_data_request(
            student=tie.student, guardian=tie.guardian, kind="other", text="Ý kiến.", by=clerk, paper="đơn 13"
        )


# --- reminders ----------------------------------------------------------------------------------
def test_reminders_once_a_day_until_it_is_closed(tie, cast):
    made = ask(tie, cast)
    now = timezone.now()
    assert data_requests.start_data_request_reminders(at=now) == 1
    assert data_requests.start_data_request_reminders(at=now) == 0
    data_requests.remind_of_request(JobItem.objects.get(job__kind=data_requests.KIND))
    assert messages_to(cast.principal, "data_request.due")
    services.answer_data_request(request=made, by=cast.principal, comment="Đã nhận.")
    assert data_requests.start_data_request_reminders(at=now + timedelta(days=1)) == 0, "the term is far"
    assert data_requests.start_data_request_reminders(at=made.settle_by - timedelta(days=2)) == 1
    services.close_data_request(request=made, step="refuse", by=cast.principal, comment="Không có căn cứ.")
    assert data_requests.start_data_request_reminders(at=made.settle_by) == 0
    before = OutboxMessage.objects.filter(kind="data_request.due").count()
    data_requests.remind_of_request(JobItem.objects.filter(job__kind=data_requests.KIND).last())
    assert OutboxMessage.objects.filter(kind="data_request.due").count() == before


# --- erasure ------------------------------------------------------------------------------------
@pytest.fixture
def erasure(tie, school, cast):
    HealthNote.objects.create(
        student=tie.student,
        noted_on=school.year.starts_on,
        category="allergy",
        text="Dị ứng tôm",
        recorded_by=cast.teacher,
    )
    made = ask(tie, cast, "erase", "Xóa nghề nghiệp và ghi chú sức khỏe.")
    return services.answer_data_request(request=made, by=cast.principal, comment="Đã nhận.")


def test_what_may_go_goes_with_its_past(erasure, tie, cast):
    """The year of birth and the trade of a guardian; in the history, too. What the school needs stays, and is named."""
    done = services.erase_on_request(request=erasure, by=cast.principal)
    guardian = type(tie.guardian).objects.get(pk=tie.guardian_id)
    assert (guardian.birth_year, guardian.occupation, guardian.phone) == (None, "", "0000111222")
    assert not guardian.history.exclude(occupation="").exists()
    assert HealthNote.objects.get().text == "Dị ứng tôm", "health notes are no family's to erase"
    assert done.state == "done"
    assert "nghề nghiệp" in done.outcome
    assert "Giữ lại theo quy định" in done.outcome


def test_more_goes_when_the_pupil_has_left(erasure, tie, school, cast):
    tie.student.enrollments.update(left_on=school.year.starts_on)
    services.erase_on_request(request=erasure, by=cast.principal)
    guardian = type(tie.guardian).objects.get(pk=tie.guardian_id)
    assert guardian.phone == ""
    assert guardian.full_name == "Nguyễn Thị Hạnh"


def test_brothers_and_sisters_keep_theirs(erasure, tie, school, cast):
    other = school.students[1]
    Guardianship.objects.create(
        student=other, guardian=tie.guardian, relation="mother", valid_from=school.year.starts_on
    )
    services.erase_on_request(request=erasure, by=cast.principal)
    assert type(tie.guardian).objects.get(pk=tie.guardian_id).occupation == "Thợ may"


def test_nothing_is_erased_without_a_request_for_it(tie, cast):
    made = services.answer_data_request(request=ask(tie, cast), by=cast.principal, comment="Đã nhận.")
    with pytest.raises(TransitionDenied, match="không phải là yêu cầu xóa"):
        services.erase_on_request(request=made, by=cast.principal)
    with pytest.raises(PermissionDenied):
        services.erase_on_request(request=made, by=cast.it_staff)
    assert tie.guardian.occupation == "Thợ may"


# --- pages --------------------------------------------------------------------------------------
def test_a_family_asks_and_follows(tie, cast):
    client = client_of(cast.parent)
    url = reverse("registry:child_request_new", args=[tie.student_id])
    assert client.post(url, {"kind": "correct", "text": ""}).status_code == 422
    response = client.post(url, {"kind": "correct", "text": "Ngày sinh ghi nhầm."})
    page = client.get(response.url).content.decode()
    assert "Mới nhận" in page
    assert "Trả lời đã tiếp nhận" not in page, "the school's part is not offered"
    made = DataRequest.objects.get()
    assert client.post(reverse("registry:data_request_step", args=[made.pk, "answer"])).status_code == 403
    assert client_of(cast.stranger).get(response.url).status_code == 404


def test_the_desk_sees_terms_and_answers(tie, cast):
    made = ask(tie, cast)
    DataRequest.objects.filter(pk=made.pk).update(
        received_at=made.received_at - timedelta(days=9), answer_by=made.received_at - timedelta(days=5)
    )
    client = client_of(cast.principal)
    assert "Quá hạn" in client.get(reverse("registry:data_request_list")).content.decode()
    assert f"Yêu cầu về dữ liệu #{made.pk}" in client.get(reverse("today")).content.decode()
    step = reverse("registry:data_request_step", args=[made.pk, "answer"])
    assert client.post(step, {"comment": ""}).status_code == 422
    assert client.post(step, {"comment": "Đã nhận, sẽ đối chiếu."}).status_code == 302
    assert (
        "Đã nhận, sẽ đối chiếu." in client.get(reverse("registry:data_request_detail", args=[made.pk])).content.decode()
    )


def test_a_paper_copy_leaves_a_line(tie, cast):
    made = ask(tie, cast, "copy", "Xin bản in.")
    desk = client_of(cast.principal)
    asked = desk.post(reverse("registry:data_request_copy", args=[made.pk]))
    assert asked.url.startswith("/reauthenticate/")
    assert not AccessLog.objects.exists()
    response = desk.post(asked.url, {"password": "mat-khau-dai"})
    assert response["Content-Type"] == "application/pdf"
    [line] = AccessLog.objects.filter(record="copy")
    assert (line.person, line.about_id, line.purpose) == (cast.principal, tie.student_id, f"yêu cầu số {made.pk}")
