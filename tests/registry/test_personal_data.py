"""P1-21: the copy of one child is whole (no table missing) and pure (nothing of another child)."""

import json
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessLog
from gradebook.services import CellChange, save_cells
from registry import services
from registry.models import ConsentUse, HealthCheck, Student
from registry.selectors import personal_data
from registry.services import Said
from schoolops.lib.personal_data import HOLDINGS, TOLD
from tests.support import again, column, pupils_of

pytestmark = pytest.mark.django_db


def tables_about_pupils() -> Iterator[type]:
    """Every table whose rows lead to a pupil by foreign keys, however many."""
    found, grown = {Student}, True
    while grown:
        grown = False
        for model in apps.get_models():
            targets = {item.related_model for item in model._meta.concrete_fields if item.is_relation}
            if model not in found and targets & found:
                found.add(model)
                grown = True
    yield from found


def covered() -> set[type]:
    tables = {holding.model for holding in HOLDINGS} | {model for told in TOLD for model in told.covers}
    return tables | {model.history.model for model in tables if hasattr(model, "history")}


def test_every_table_about_a_pupil_is_declared():
    """A table that somebody adds and forgets here fails the build."""
    missing = {model._meta.label for model in tables_about_pupils()} - {model._meta.label for model in covered()}
    assert not missing


def test_every_field_of_a_holding_has_words():
    """No label of a copy is a field's name in code."""
    for holding in HOLDINGS:
        for item in holding.fields:
            assert str(item.verbose_name) != item.name.replace("_", " "), f"{holding.model._meta.label}.{item.name}"


@pytest.fixture
def child(school, cast, maths):
    """A pupil about whom every part of the portal knows something; the neighbour has the same, with canaries."""
    today = timezone.localdate()
    text = services.publish_text(
        use=ConsentUse.PHOTO_CLASS, text="Xin phép đăng ảnh hoạt động của lớp có mặt em.", by=cast.principal
    )
    pupils = pupils_of(maths)[:2]
    for student, mark in zip(pupils, ("MINE", "CANARY"), strict=True):
        student.address = f"12 đường {mark}"
        student.save()
        tie = services.add_guardian(
            student=student,
            person={"full_name": f"Trần Thị {mark.title()}", "phone": "", "occupation": f"nghề {mark}"},
            tie={"relation": "mother", "is_legal_representative": True},
            by=cast.homeroom_teacher,
        )
        services.add_policy(
            student=student, status={"category": "poor", "valid_from": today, "paper": f"giấy {mark}"}, by=cast.it_staff
        )
        HealthCheck.objects.create(
            student=student,
            school_year=school.year,
            round=1,
            checked_on=today,
            height_mm=1425,
            conclusion=f"kết luận {mark}",
            recorded_by=cast.principal,
        )
        said = [Said(text.pk, is_given=True, guardian=tie.guardian)]
        services.answer_consents(student=student, said=said, by=cast.homeroom_teacher, paper=f"phiếu {mark}")
        changes = [CellChange(column(maths, "TX1").pk, student.pk, "7,5" if mark == "MINE" else "3,3")]
        save_cells(gradebook=maths, changes=[*changes, _remark(maths, student, mark)], by=cast.teacher)
    services.enter_pupils(by=cast.it_staff)
    services.note_read(by=again(cast.principal), record=AccessLog.Record.FILE, about=pupils[0])
    return pupils[0]


def _remark(book, student, mark):
    return CellChange(column(book, "NX1").pk, student.pk, f"Lời nhận xét {mark}.")


def text_of(sections) -> str:
    return json.dumps([[item.title, item.rows] for item in sections], ensure_ascii=False)


def test_the_copy_is_whole_and_pure(child):
    sections = personal_data.copy_of(child)
    text = text_of(sections)
    for mine in (
        "12 đường MINE",
        "Trần Thị Mine",
        "nghề MINE",
        "giấy MINE",
        "kết luận MINE",
        "142,5",
        "phiếu MINE",
        "7,5",
        "nhận xét MINE",
    ):
        assert mine in text, mine
    assert "CANARY" not in text.upper()
    assert "3,3" not in text
    titles = {item.title for item in sections}
    assert {str(holding.title) for holding in HOLDINGS} <= titles
    assert {str(told.title) for told in TOLD} <= titles
    by_title = {item.title: item for item in sections}
    assert by_title["nhật ký xem dữ liệu"].rows[0]["với tư cách"] == "Hiệu trưởng"
    assert by_title["mọi lần ghi điểm"].rows[0]["mới"] == "7,5"


def test_no_member_of_staff_is_named(child, cast):
    """The log tells the family which duty read, not who; so does the copy."""
    text = text_of(personal_data.copy_of(child))
    for user in (cast.principal, cast.teacher, cast.homeroom_teacher, cast.it_staff):
        assert user.full_name not in text


def test_the_family_takes_its_copy(child, cast):
    tie = child.guardianships.get()
    tie.guardian.user = cast.parent
    tie.guardian.save()
    client = Client()
    client.force_login(cast.parent, "accounts.backends.SignInBackend")
    response = client.post(reverse("registry:child_copy", args=[child.pk, "json"]))
    data = json.loads(b"".join(response))
    assert "12 đường MINE" in json.dumps(data, ensure_ascii=False)
    assert child.full_name not in response["Content-Disposition"]
    pdf = client.post(reverse("registry:child_copy", args=[child.pk, "pdf"]))
    assert b"".join(pdf).startswith(b"%PDF")
    assert [line.capacity for line in AccessLog.objects.filter(record="copy")] == ["family", "family"]
    assert client.post(reverse("registry:child_copy", args=[child.pk, "exe"])).status_code == 404
    neighbour = Student.objects.exclude(pk=child.pk).first()
    assert client.post(reverse("registry:child_copy", args=[neighbour.pk, "json"])).status_code == 404
