"""Pages and API of the grade book as a browser asks for them."""

import json
import re
import uuid
import zlib
from contextlib import suppress
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gradebook.models import LockRule, Score, ScoreColumn
from gradebook.services import act_as
from tests.gradebook.test_services import codes, save
from tests.support import column, forget_actor, pupils_of

BACKEND = "accounts.backends.SignInBackend"


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.teacher, BACKEND)
    return client


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.vice_principal, BACKEND)
    return client


def close(book, code, by):
    act_as(by)
    ScoreColumn.objects.filter(pk=column(book, code).pk).update(closes_at=timezone.now() - timedelta(minutes=1))
    forget_actor()


def post_cells(client, book, *cells):
    body = {"cells": [{"v": 0, "o": str(uuid.uuid4()), "q": False, **cell} for cell in cells]}
    return client.post(reverse("gradebook:score_save", args=[book.pk]), json.dumps(body), "application/json")


def test_grid_shows_names_inputs_and_average(teacher, maths, cast):
    save(maths, cast.teacher, "TX1", "7,5")
    page = teacher.get(reverse("gradebook:gradebook_detail", args=[maths.pk])).content.decode()
    pupil = pupils_of(maths)[0]
    assert f'name="c{column(maths, "TX1").pk}-{pupil.pk}" value="7,5" data-v="1"' in page
    assert "7,5*" in page
    assert "Nguyễn Văn An" in page


def test_closed_column_is_text_and_says_who_closed_it(teacher, maths, cast):
    save(maths, cast.teacher, "GK", "7,5")
    close(maths, "GK", cast.vice_principal)
    page = teacher.get(reverse("gradebook:gradebook_detail", args=[maths.pk])).content.decode()
    assert f'name="c{column(maths, "GK").pk}-' not in page
    assert "đã khóa từ" in page


def test_leader_reads_without_inputs_and_is_offered_an_exception(leader, maths, cast):
    close(maths, "GK", cast.vice_principal)
    page = leader.get(reverse("gradebook:gradebook_detail", args=[maths.pk])).content.decode()
    assert 'data-v="' not in page
    assert "Chỉ xem" in page
    assert reverse("gradebook:exception_new", args=[column(maths, "GK").pk]) in page


def test_hostile_name_is_escaped(teacher, maths):
    pupil = pupils_of(maths)[0]
    type(pupil).objects.filter(pk=pupil.pk).update(full_name="<script>alert(1)</script>")
    page = teacher.get(reverse("gradebook:gradebook_detail", args=[maths.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_batch_answers_each_cell_and_gives_the_averages(teacher, maths, cast):
    tx1, first, second = column(maths, "TX1"), *pupils_of(maths)[:2]
    response = post_cells(
        teacher, maths, {"c": tx1.pk, "s": first.pk, "t": "75", "q": True}, {"c": tx1.pk, "s": second.pk, "t": "abc"}
    )
    body = response.json()
    assert [(cell["st"], cell["code"]) for cell in body["cells"]] == [("saved", "7.5"), ("invalid", "")]
    assert body["averages"] == {str(first.pk): "7,5*"}


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}', '{"cells": [{"c": "x", "s": 1, "t": "7", "o": "1"}]}', "\x00"],
)
def test_malformed_body_is_refused(teacher, maths, body):
    response = teacher.post(reverse("gradebook:score_save", args=[maths.pk]), body, "application/json")
    assert response.status_code == 400
    assert not Score.objects.exists()


def test_too_many_cells_are_refused(teacher, maths, settings):
    settings.SAVE_MAX_CELLS = 2
    cell = {"c": column(maths, "TX1").pk, "s": pupils_of(maths)[0].pk, "t": "7"}
    assert post_cells(teacher, maths, cell, cell, cell).status_code == 400


def test_huge_numbers_are_refused_in_words(teacher, maths):
    assert post_cells(teacher, maths, {"c": 10**30, "s": 1, "t": "7"}).status_code == 400
    assert teacher.get(f"/gradebook/{10**30}/").status_code == 404


def test_plain_form_saves_the_column_and_returns(teacher, maths):
    tx1, pupils = column(maths, "TX1"), pupils_of(maths)
    data = {"versions": ",".join(f"{pupil.pk}:0" for pupil in pupils)}
    data |= {f"c{tx1.pk}-{pupil.pk}": text for pupil, text in zip(pupils, ["7,5", "8", "", "V", "10"], strict=True)}
    response = teacher.post(reverse("gradebook:column_save", args=[maths.pk, tx1.pk]), data)
    assert response.status_code == 302
    assert codes(maths, "TX1") == ["7.5", "8", "", "V", "10"]


def test_plain_form_keeps_what_could_not_be_saved(teacher, maths, cast):
    tx1, pupils = column(maths, "TX1"), pupils_of(maths)
    save(maths, cast.teacher, "TX1", "6")
    data = {"versions": f"{pupils[0].pk}:0,{pupils[1].pk}:0,{pupils[2].pk}:0"}
    data |= {f"c{tx1.pk}-{pupils[0].pk}": "9", f"c{tx1.pk}-{pupils[1].pk}": "7,25", f"c{tx1.pk}-{pupils[2].pk}": "8"}
    response = teacher.post(reverse("gradebook:column_save", args=[maths.pk, tx1.pk]), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="9"' in page
    assert 'value="7,25"' in page
    assert "vừa nhập ô này" in page
    assert codes(maths, "TX1")[:3] == ["6", "", "8"]


def test_cell_tells_its_past(teacher, maths, cast):
    save(maths, cast.teacher, "GK", "5,7")
    save(maths, cast.teacher, "GK", "7,5", version=1)
    url = reverse("gradebook:cell_detail", args=[maths.pk, column(maths, "GK").pk, pupils_of(maths)[0].pk])
    page = teacher.get(url).content.decode()
    assert page.index("5,7") < page.index("7,5")
    assert "Trần Thị Lan" in page
    fragment = teacher.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "7,5" in fragment


def test_cell_of_a_foreign_pupil_or_column_is_not_found(teacher, maths, books):
    foreign = pupils_of(books["TOAN 7A2"])[0]
    other = column(books["TOAN 7A2"], "GK")
    assert (
        teacher.get(reverse("gradebook:cell_detail", args=[maths.pk, column(maths, "GK").pk, foreign.pk])).status_code
        == 404
    )
    assert teacher.get(reverse("gradebook:column_verify", args=[maths.pk, other.pk])).status_code == 404


def test_read_back_puts_odd_values_first_and_confirms(teacher, maths, cast):
    save(maths, cast.teacher, "TX1", "8", "8", "8", "8", "8")
    save(maths, cast.teacher, "GK", "1,5", "8", "8", "8", "8")
    gk = column(maths, "GK")
    page = teacher.get(reverse("gradebook:column_verify", args=[maths.pk, gk.pk])).content.decode()
    assert "Xem trước những dòng này" in page
    assert "từ 2 trở xuống" in page
    response = teacher.post(reverse("gradebook:column_confirm", args=[maths.pk, gk.pk]), follow=True)
    assert "Đã xác nhận cột Giữa kỳ." in response.content.decode()
    save(maths, cast.teacher, "GK", "7,5", version=1)
    page = teacher.get(reverse("gradebook:column_verify", args=[maths.pk, gk.pk])).content.decode()
    assert "có 1 ô thay đổi" in page


def fonts_of(pdf: bytes) -> set[bytes]:
    """The names of the fonts in a PDF, compressed objects included."""
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompress(stream))
    return set(re.findall(rb"/FontName */[A-Z]{6}\+([\w-]+)", b"\n".join(parts)))


def test_read_back_prints_as_pdf(teacher, maths, cast):
    save(maths, cast.teacher, "GK", "7,5", "V")
    response = teacher.get(reverse("gradebook:column_readback", args=[maths.pk, column(maths, "GK").pk]))
    content = b"".join(response)
    assert content.startswith(b"%PDF-")
    # One Times-like font holds every Vietnamese letter; a second one would mean that letters were borrowed.
    assert {name.split(b"-")[0] for name in fonts_of(content)} == {b"Liberation"}
    assert response["Content-Disposition"].startswith("attachment")
    assert "Nguyễn" not in response["Content-Disposition"]
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_calendar_draft_impact_publish(leader, maths, school, cast):
    moment = timezone.localtime(timezone.now() + timedelta(days=2))
    data = {"grade": "7", "column": "GK", "closes_at": f"{moment:%d/%m/%Y} 23:59"}
    response = leader.post(reverse("gradebook:rule_new"), data, follow=True)
    page = response.content.decode()
    assert "cột còn thiếu" in page
    made = LockRule.objects.get()
    assert timezone.localtime(made.closes_at).strftime("%d/%m/%Y %H:%M") == f"{moment:%d/%m/%Y} 23:59"
    response = leader.post(reverse("gradebook:rules_publish"), {"rule": made.pk}, follow=True)
    assert "Đã công bố lịch: 6 cột đổi giờ, báo tới 2 giáo viên." in response.content.decode()


def test_calendar_reads_day_before_month(leader, maths, school):
    """C-02: 05/09 is 5 September."""
    data = {"column": "GK", "closes_at": "05/09/2027 23:59"}
    leader.post(reverse("gradebook:rule_new"), data)
    assert timezone.localtime(LockRule.objects.get().closes_at).month == 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"closes_at": "31/02/2027 10:00"}, "closes_at"),
        ({"closes_at": ""}, "closes_at"),
        ({"opens_at": "06/09/2027 23:59"}, "Giờ khóa phải sau giờ mở"),
        ({"grade": "7", "school_class": "own"}, "Chọn khối hoặc lớp"),
    ],
)
def test_calendar_refuses_nonsense_next_to_the_field(leader, maths, school, change, message):
    data = {"column": "GK", "closes_at": "05/09/2027 23:59", **change}
    if data.get("school_class") == "own":
        data["school_class"] = school.classes["7A1"].pk
    response = leader.post(reverse("gradebook:rule_new"), data)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not LockRule.objects.exists()


def test_exception_form_refuses_more_than_a_day(leader, maths, cast):
    close(maths, "GK", cast.vice_principal)
    url = reverse("gradebook:exception_new", args=[column(maths, "GK").pk])
    late = timezone.localtime(timezone.now() + timedelta(days=2))
    response = leader.post(url, {"until": f"{late:%d/%m/%Y %H:%M}", "reason": "ốm"})
    assert response.status_code == 422
    assert "nhiều nhất 24 giờ" in response.content.decode()
    soon = timezone.localtime(timezone.now() + timedelta(hours=3))
    assert leader.post(url, {"until": f"{soon:%d/%m/%Y %H:%M}", "reason": "ốm"}).status_code == 302


def test_api_reads_and_writes_like_the_page(teacher, maths, cast):
    tx1, pupil = column(maths, "TX1"), pupils_of(maths)[0]
    url = reverse("api-gradebook-scores", args=[maths.pk])
    cell = {"column": tx1.pk, "student": pupil.pk, "text": "7,5", "version": 0, "operation": str(uuid.uuid4())}
    response = teacher.post(url, json.dumps([cell]), "application/json")
    assert response.json()[0]["status"] == "saved"
    detail = teacher.get(reverse("api-gradebook-detail", args=[maths.pk])).json()
    assert detail["rows"][0]["scores"] == {str(tx1.pk): "7.5"}
    close(maths, "TX1", cast.vice_principal)
    cell |= {"text": "9", "version": 1, "operation": str(uuid.uuid4())}
    assert teacher.post(url, json.dumps([cell]), "application/json").json()[0]["status"] == "locked"
    assert teacher.post(url, json.dumps({"x": 1}), "application/json").status_code == 400


def test_api_schema_describes_the_scores(teacher, maths):
    text = teacher.get(reverse("api-schema")).content.decode()
    assert "/api/v1/gradebooks/{id}/scores/" in text
