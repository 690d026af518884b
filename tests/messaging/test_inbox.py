"""From the outbox to the inbox: once, in words, for the recipient alone."""

import pytest
from django.urls import reverse

from messaging import services
from messaging.models import Notification
from messaging.tasks import sweep_outbox
from messaging.texts import TEXTS, text_of
from schoolops.lib.models import OutboxMessage

SAMPLE = {
    "number": 7,
    "page": "/today/",
    "book": "Toán – 7A1",
    "column": "Giữa kỳ",
    "missing": 3,
    "year": "2026-2027",
    "count": 2,
    "until": "2026-11-22T10:00:00+00:00",
    "closes_at": "2026-11-23T16:59:00+00:00",
    "due_at": "2026-11-24T09:00:00+00:00",
    "who": "cô Lan",
    "person": "thầy Sơn",
    "role": "Văn thư – lưu trữ",
    "day": "31/05/2027",
    "duties": "Duyệt đề nghị điều chỉnh điểm",
    "starts_at": "2026-11-21T00:00:00+00:00",
    "by": "thầy Hùng",
    "browser": "Chrome · Android",
    "at": "2026-11-21T00:00:00+00:00",
    "comment": "Ảnh chưa thấy rõ điểm.",
    "uses": "Ảnh trong lớp",
    "answer_by": "2026-11-25T16:59:00+00:00",
    "new": 45,
    "report": "Danh sách học sinh",
    "period": "Học kỳ I",
    "file": "CSDL_HocSinh.xlsx",
    "changed": 2,
    "corrected": 1,
}


@pytest.mark.parametrize("kind", TEXTS)
def test_every_kind_has_words(kind):
    text = text_of(kind, SAMPLE)
    assert "%(" not in text
    assert "2026-11" not in text


def test_moment_is_written_as_people_write_it():
    assert "23:59 ngày 23/11/2026" in text_of("locks.closing", SAMPLE)


def test_a_browser_that_does_not_say_what_it_is():
    assert "(Trình duyệt khác)" in text_of("account.new_device", SAMPLE | {"browser": ""})


@pytest.fixture
def message(school, cast):
    return OutboxMessage.objects.create(
        kind="incident.taken", recipients=[cast.teacher.pk, cast.parent.pk, 10**9], context={"number": 7}, url="/today/"
    )


def test_delivered_twice_arrives_once(message, cast):
    services.deliver(message_id=message.pk)
    services.deliver(message_id=message.pk)
    assert Notification.objects.count() == 2
    assert services.undelivered() == []


def test_opening_marks_read_and_leads_on(message, cast, client):
    services.deliver(message_id=message.pk)
    client.force_login(cast.teacher, "accounts.backends.SignInBackend")
    mine = Notification.objects.get(recipient=cast.teacher)
    response = client.post(reverse("messaging:notification_open", args=[mine.pk]))
    assert response.url == "/today/"
    mine.refresh_from_db()
    assert mine.read_at is not None


def test_an_outside_address_is_not_followed(message, cast, client):
    message.url = "https://elsewhere.example/"
    message.save()
    services.deliver(message_id=message.pk)
    client.force_login(cast.teacher, "accounts.backends.SignInBackend")
    mine = Notification.objects.get(recipient=cast.teacher)
    assert client.post(reverse("messaging:notification_open", args=[mine.pk])).url == reverse("messaging:inbox")


def test_unread_count_and_reading_all(message, cast, client):
    services.deliver(message_id=message.pk)
    client.force_login(cast.teacher, "accounts.backends.SignInBackend")
    assert "chưa đọc" in client.get("/inbox/").content.decode()
    client.post(reverse("messaging:inbox_read_all"))
    assert not Notification.objects.filter(recipient=cast.teacher, read_at=None).exists()
    assert Notification.objects.filter(recipient=cast.parent, read_at=None).exists()


def test_one_broken_message_holds_back_no_other(message, cast, monkeypatch):
    broken = OutboxMessage.objects.create(kind="incident.taken", recipients=[cast.teacher.pk], context={})
    younger = OutboxMessage.objects.create(kind="incident.taken", recipients=[cast.teacher.pk], context={"number": 8})
    real = services.deliver

    def deliver(*, message_id):
        if message_id == broken.pk:
            raise ValueError("broken")
        real(message_id=message_id)

    monkeypatch.setattr(services, "deliver", deliver)
    sweep_outbox()
    assert services.undelivered() == [broken.pk]
    assert Notification.objects.filter(message=younger).exists()
