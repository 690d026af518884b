"""On a bad line a form arrives twice, without a script to hold the button: it is written down once (P0-4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from accounts import services as account_services
from accounts.models import Incident
from accounts.roles import Role
from registry import services
from registry.models import Guardian, Guardianship, HealthNote
from schoolops.lib.models import OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, build_school, committed_database, grant, person

AUNT = {"full_name": "Trần Thị Hoa", "phone": ""}


def report(by):
    return account_services.report_incident(text="Máy chậm", page="/", device="", by=by)


def test_an_incident(cast):
    first = report(cast.teacher)
    assert report(cast.teacher) == first
    assert OutboxMessage.objects.filter(kind="incident.reported").count() == 1
    assert report(cast.other_teacher) != first
    account_services.take_incident(incident=first, by=again(cast.it_staff))
    assert report(cast.teacher) != first


def test_a_guardian(school, cast):
    given = {"student": school.students[0], "by": cast.homeroom_teacher}
    services.add_guardian(person=dict(AUNT), tie={"relation": "mother"}, **given)
    with pytest.raises(TransitionDenied, match="đã có trong gia đình"):
        services.add_guardian(person={**AUNT, "full_name": "TRẦN  THỊ HOA"}, tie={"relation": "mother"}, **given)
    services.add_guardian(person=dict(AUNT), tie={"relation": "other"}, **given)
    assert Guardianship.objects.filter(student=school.students[0]).count() == 2, "an aunt may bear the mother's name"


def test_a_health_note(school, cast):
    nurse = person("nurse", "Lò Thị Ín")
    grant(nurse, Role.MEDICAL, school.decision, by=cast.it_staff)
    note = {"noted_on": timezone.localdate(), "category": "allergy", "text": "Dị ứng tôm"}
    made = services.add_health_note(student=school.students[0], note=note, by=nurse)
    with pytest.raises(TransitionDenied, match="đã có trong hồ sơ"):
        services.add_health_note(student=school.students[0], note=note, by=nurse)
    services.add_health_note(student=school.students[1], note=note, by=nurse)
    services.end_health_note(note=made, by=nurse)
    services.add_health_note(student=school.students[0], note=note, by=nurse)
    assert HealthNote.objects.count() == 3


def test_a_request_about_data(school, cast):
    tie = services.add_guardian(
        student=school.students[0],
        person=dict(AUNT),
        tie={"relation": "mother", "is_legal_representative": True},
        by=cast.homeroom_teacher,
    )
    Guardian.objects.filter(pk=tie.guardian_id).update(user=cast.parent)
    tie.guardian.refresh_from_db()
    asked = {"student": tie.student, "guardian": tie.guardian, "kind": "correct", "by": again(cast.parent)}
    first = services.receive_data_request(text="Ngày sinh ghi nhầm.", **asked)
    assert services.receive_data_request(text="Ngày sinh ghi nhầm.", **asked) == first
    assert services.receive_data_request(text="Tên đệm ghi nhầm.", **asked) != first
    services.answer_data_request(request=first, by=again(cast.principal), comment="Nhà trường đã nhận.")
    assert services.receive_data_request(text="Ngày sinh ghi nhầm.", **asked) != first


def test_at_the_same_moment(worker_name, django_db_blocker):
    """Eight at once: the person's row is the turn-stile."""

    def send(_number):
        try:
            return report(again(teacher)).pk
        finally:
            connection.close()

    with committed_database(f"sent_twice_{worker_name}", django_db_blocker):
        teacher = build_school().cast.teacher
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(send, range(8)))) == 1
        assert Incident.objects.count() == 1
