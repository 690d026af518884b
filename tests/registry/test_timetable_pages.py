"""W7, C9: the timetable on the pages of teachers, families, leaders; and the way of a file through the browser's forms."""

import io
import re
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registry import services
from registry.models import Timetable
from registry.selectors.timetables import build_plan
from registry.services import Facts
from tests.registry.sheets import timetable, xlsx

pytestmark = pytest.mark.django_db
NEW = "/timetable/versions/new/"
DAYS = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy")


def signed_in(user):
    client = Client()
    client.force_login(user, "accounts.backends.SignInBackend")
    return client


def text(response):
    """What a reader sees, without tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def week_file(lesson="Toán - Lan", period=1, name="7A1"):
    """The same lesson in one period of every day."""
    return xlsx([["Thứ", "Tiết", name], *([day, period, lesson] for day in DAYS)], sheet="TKB")


@pytest.fixture
def put(school, cast):
    def publish(content, *, day=None, note="", steps="sp"):
        made = services.upload_timetable(
            school_year=school.year,
            content=content,
            name="tkb.xlsx",
            facts=Facts(day or school.year.starts_on, None, note),
            by=cast.it_staff,
        )
        if "s" in steps:
            fingerprint = build_plan(made).fingerprint
            made = services.save_timetable(timetable=made, fingerprint=fingerprint, by=cast.it_staff)
        return services.publish_timetable(timetable=made, by=cast.vice_principal) if "p" in steps else made

    return publish


@pytest.fixture
def child(school, cast):
    """The parent of the cast answers for the first pupil of 7A1."""
    tie = services.add_guardian(
        student=school.students[0],
        person={"full_name": "Nguyễn Thị Hạnh", "phone": ""},
        tie={"relation": "mother"},
        by=cast.homeroom_teacher,
    )
    tie.guardian.user = cast.parent
    tie.guardian.save()
    return school.students[0]


def next_monday():
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


# --- reading ------------------------------------------------------------------------------------
def test_a_teacher_sees_their_own_week_and_classes(put, cast, school):
    """W7: today, the week, and the classes they teach."""
    put(week_file())
    page = signed_in(cast.teacher).get("/timetable/").content.decode()
    assert page.count('<span class="strong">Toán</span>') >= 6
    assert f"/timetable/classes/{school.classes['7A1'].pk}/" in page
    assert f"/timetable/classes/{school.classes['7A2'].pk}/" not in page
    assert "Tải lên thời khóa biểu" not in page


def test_whoever_teaches_nothing_is_told_so(put, cast):
    put(week_file())
    assert "Chưa có thời khóa biểu nào để xem." in text(signed_in(cast.stranger).get("/timetable/"))


def test_a_draft_is_seen_by_those_who_prepare_it_alone(put, cast, school):
    """W7: nobody reads a timetable that may still change."""
    made = put(week_file("Văn - Hoa"), steps="s")
    url = reverse("registry:timetable_class", args=[school.classes["7A1"].pk]) + f"?version={made.pk}"
    assert "Phan Thị Hoa" in text(signed_in(cast.vice_principal).get(url))
    assert signed_in(cast.homeroom_teacher).get(url).status_code == 404
    assert "Phan Thị Hoa" not in text(signed_in(cast.homeroom_teacher).get(url.partition("?")[0]))


def test_a_family_reads_the_timetable_of_its_class(put, cast, school, child):
    """W7, M7: from the home page; a new one is announced there; another class does not exist for them."""
    parent = signed_in(cast.parent)
    assert "Thời khóa biểu lớp" not in text(parent.get("/home/"))
    put(week_file())
    day = next_monday() + timedelta(days=7)
    put(week_file("Văn - Hoa"), day=day)
    home = text(parent.get("/home/"))
    assert "Thời khóa biểu lớp 7A1" in home
    assert f"Thời khóa biểu mới áp dụng từ Thứ Hai {day:%d/%m/%Y}" in home
    page = text(parent.get(reverse("registry:timetable_class", args=[school.classes["7A1"].pk])))
    assert "Trần Thị Lan" in page
    assert "Thời khóa biểu số 2 áp dụng từ" in page
    assert parent.get(reverse("registry:timetable_class", args=[school.classes["7A2"].pk])).status_code == 404
    assert parent.get("/timetable/versions/").status_code == 403


def test_a_child_who_left_the_class_leaves_its_timetable_too(put, cast, school, child):
    put(week_file())
    url = reverse("registry:timetable_class", args=[school.classes["7A1"].pk])
    assert signed_in(cast.parent).get(url).status_code == 200
    child.enrollments.update(left_on=timezone.localdate())
    assert signed_in(cast.parent).get(url).status_code == 404


@pytest.mark.parametrize(("later", "shown"), [(0, True), (6, False)], ids=["Monday", "Sunday"])
def test_today_names_todays_lessons(put, cast, monkeypatch, later, shown):
    """C9: on Hôm nay, for whoever teaches on that day."""
    put(week_file())
    day = next_monday() + timedelta(days=later)
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    monkeypatch.setattr("schoolops.home.views.timezone", SimpleNamespace(now=lambda: noon))
    assert ("Tiết dạy hôm nay Sáng 1 Toán · 7A1" in text(signed_in(cast.teacher).get("/today/"))) == shown
    assert "Tiết dạy hôm nay" not in text(signed_in(cast.it_staff).get("/today/"))


def test_leaders_choose_any_teacher(put, cast):
    """W7: by a plain form; others have no such choice."""
    put(week_file())
    leader = signed_in(cast.principal)
    assert "Thời khóa biểu của giáo viên" in text(leader.get("/timetable/"))
    response = leader.get("/timetable/", {"teacher": cast.teacher.pk})
    assert response.url == reverse("registry:timetable_teacher", args=[cast.teacher.pk])
    assert "Toán" in text(leader.get(response.url))
    assert "Thời khóa biểu của giáo viên" not in text(signed_in(cast.other_teacher).get("/timetable/"))


@pytest.mark.parametrize("asked", ["", "khong-ngay", "9999-12-31", "0001-01-01", "2026-13-40"])
def test_a_week_that_cannot_be_is_the_present_one(put, cast, asked):
    put(week_file())
    response = signed_in(cast.teacher).get("/timetable/", {"week": asked})
    assert response.status_code == 200
    assert "Toán" in text(response)


def test_on_paper(put, cast, school, monkeypatch):
    """W7: a sheet for the classroom and one for the teacher; a draft says so."""
    put(week_file())
    draft = put(week_file("Văn - Hoa"), day=next_monday(), steps="s")
    shown = {}

    def render(template, context, **_more):
        shown.update(context, template=template)
        return b"%PDF"

    monkeypatch.setattr("registry.documents.render_pdf", render)
    url = reverse("registry:timetable_class_pdf", args=[school.classes["7A1"].pk])
    response = signed_in(cast.teacher).get(url)
    assert response["Content-Type"] == "application/pdf"
    assert "attachment" in response["Content-Disposition"]
    assert (shown["title"], shown["of_class"], shown["week"].has_lessons) == ("Lớp 7A1", True, True)
    signed_in(cast.principal).get(f"{url}?version={draft.pk}")
    assert shown["week"].timetables == [draft]


def test_the_sheet_is_a_pdf(put, cast):
    put(week_file())
    url = reverse("registry:timetable_teacher_pdf", args=[cast.teacher.pk])
    assert b"".join(signed_in(cast.teacher).get(url)).startswith(b"%PDF")


# --- versions -----------------------------------------------------------------------------------
def test_the_list_says_what_changed_and_which_one_holds(put, cast):
    """W7: for all staff; drafts for those who prepare them."""
    put(week_file(), note="Đầu năm")
    put(week_file("Văn - Hoa"), day=next_monday(), note="Đổi tiết", steps="s")
    mine = text(signed_in(cast.teacher).get("/timetable/versions/"))
    assert "Thời khóa biểu số 1" in mine
    assert "Đang áp dụng" in mine
    assert "số 2" not in mine
    assert "Đổi tiết" in text(signed_in(cast.it_staff).get("/timetable/versions/"))


def test_everybody_reads_the_changes_that_concern_them(put, cast):
    """W7: leaders all of them, a teacher their own and those of their classes."""
    put(timetable({"7A1": ["Toán - Lan"], "7A2": ["Toán - Hoa"]}))
    made = put(timetable({"7A1": [None, "Toán - Lan"], "7A2": [None, "Toán - Hoa"]}), day=next_monday())
    url = reverse("registry:timetable_version", args=[made.pk])
    all_of_them, mine = text(signed_in(cast.principal).get(url)), text(signed_in(cast.teacher).get(url))
    assert "So với thời khóa biểu số 1: 2 tiết dời chỗ." in all_of_them
    assert all(name in all_of_them for name in ("7A1: 1 thay đổi", "7A2: 1 thay đổi", "Phan Thị Hoa: 1 thay đổi"))
    assert "Thứ Hai, sáng tiết 1" in mine
    assert "Trần Thị Lan: 1 thay đổi" in mine
    assert not any(name in mine for name in ("7A2: 1 thay đổi", "Phan Thị Hoa: 1 thay đổi"))


# --- a file on its way --------------------------------------------------------------------------
def upload(client, school, content, **more):
    data = {
        "school_year": school.year.pk,
        "applies_from": f"{next_monday():%d/%m/%Y}",
        "number": "1",
        "note": "Đầu năm",
        "document_number": "",
        "file": SimpleUploadedFile("tkb.xlsx", content),
        **more,
    }
    return client.post(NEW, data)


def test_from_the_file_to_the_teachers(cast, school):
    """W7: upload, mend in place, save, publish: plain forms, and each page says what comes next."""
    it, leader = signed_in(cast.it_staff), signed_in(cast.vice_principal)
    response = upload(it, school, timetable({"7A1": ["Toán - Lan", "Tón - Lan", "Văn - Ai Đó"]}))
    made = Timetable.objects.get()
    url = reverse("registry:timetable_version", args=[made.pk])
    assert response.url == url
    page = it.get(url)
    assert "Đã đọc tệp: 2 chỗ cần xem lại." in text(page)
    assert "Trang tính TKB, ô D3 (dòng 3, cột 7A1)" in text(page)
    it.post(reverse("registry:timetable_edit", args=[made.pk]), {"action": "accept"})
    assert build_plan(Timetable.objects.get()).problems == []
    page = it.get(url).content.decode()
    fingerprint = re.search(r'name="fingerprint" value="(\w{64})"', page)[1]
    it.post(reverse("registry:timetable_save", args=[made.pk]), {"fingerprint": fingerprint})
    assert "Công bố, áp dụng từ" not in it.get(url).content.decode()
    assert "Công bố, áp dụng từ" in leader.get(url).content.decode()
    assert it.post(reverse("registry:timetable_publish", args=[made.pk])).status_code == 403
    response = leader.post(reverse("registry:timetable_publish", args=[made.pk]), follow=True)
    assert "Đã công bố" in text(response)
    assert Timetable.objects.get().state == "published"
    assert "Văn" in text(
        signed_in(cast.homeroom_teacher).get(f"/timetable/classes/{school.classes['7A1'].pk}/?week={next_monday()}")
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"applies_from": "mai"}, "Chưa đọc được ngày này"),
        ({"applies_from": "05/09/2031"}, "ngoài năm học"),
        ({"number": "x"}, "Nhập một số."),
        ({"file": ""}, "Chọn tệp cần nhập."),
        ({"file": SimpleUploadedFile("a.xlsx", b"\x00\x01")}, "không phải bảng tính"),
    ],
    ids=["day", "other year", "number", "no file", "no table"],
)
def test_a_refused_upload_keeps_what_was_typed(cast, school, more, words):
    """W7: 422, the reason beside the field, everything typed still there."""
    response = upload(signed_in(cast.it_staff), school, week_file(), **more)
    assert response.status_code == 422
    assert words in text(response)
    assert 'value="Đầu năm"' in response.content.decode()
    assert not Timetable.objects.exists()


def test_a_taken_number_is_said_in_the_form(put, cast, school):
    put(week_file())
    response = upload(signed_in(cast.it_staff), school, week_file())
    assert response.status_code == 422
    assert "mang số đó" in text(response)


def test_what_is_said_of_a_version_is_mended_on_its_page(put, cast):
    made = put(week_file(), steps="s")
    it, url = signed_in(cast.it_staff), reverse("registry:timetable_edit", args=[made.pk])
    day = next_monday() + timedelta(days=7)
    facts = {"action": "facts", "applies_from": f"{day:%d/%m/%Y}", "number": "5", "note": "Sửa", "document_number": ""}
    assert it.post(url, {**facts, "applies_from": ""}).status_code == 422
    it.post(url, facts)
    made.refresh_from_db()
    assert (made.applies_from, made.number, made.note) == (day, 5, "Sửa")


def test_a_version_put_aside_frees_its_number(put, cast):
    made = put(week_file(), steps="s")
    it = signed_in(cast.it_staff)
    it.post(reverse("registry:timetable_discard", args=[made.pk]))
    assert "Bản này đã được bỏ." in text(it.get(reverse("registry:timetable_version", args=[made.pk])))
    assert "số 1" not in text(it.get("/timetable/versions/"))
    assert 'value="1"' in it.get(NEW).content.decode()


def test_the_template_has_the_classes_and_the_codes(put, cast, school):
    """W7: and with `filled` the lessons that hold today."""
    put(week_file())
    it = signed_in(cast.it_staff)
    for query, lesson in (("", None), ("?filled=1", "Toán - GV001")):
        content = b"".join(it.get(reverse("registry:timetable_template") + query))
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert [cell.value for cell in book["TKB"][2]] == ["Thứ", "Buổi", "Tiết", "7A1", "7A2"]
        assert (book["TKB"]["D3"].value or None) == lesson
        assert ["GV002", "Phan Thị Hoa"] in [[cell.value for cell in row][:2] for row in book["Giáo viên"].iter_rows()]
        assert [cell.value for cell in book["Môn học"][2]] == ["TOAN", "Toán", "Toán"]


def test_without_an_open_year_the_page_says_so(cast, school):
    school.year.closed_at, school.year.closed_by = timezone.now(), cast.principal
    school.year.save()
    assert "Chưa có năm học nào đang mở." in text(signed_in(cast.it_staff).get(NEW))
    assert signed_in(cast.it_staff).get(reverse("registry:timetable_template")).status_code == 302


# --- what pages cost ----------------------------------------------------------------------------
def cost(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def few_and_many():
    few = timetable({"7A1": ["Toán - Lan"]})
    rows = [["Thứ", "Tiết", "7A1", "7A2"]]
    rows += [[day, period, "Toán - Lan", "Văn - Hoa"] for day in DAYS for period in range(1, 6)]
    return few, xlsx(rows, sheet="TKB")


@pytest.mark.parametrize("who", ["teacher", "homeroom_teacher", "vice_principal", "it_staff"])
@pytest.mark.parametrize("page", ["own", "class", "versions", "published", "draft", "today"])
def test_pages_cost_the_same_for_any_number_of_lessons(put, cast, school, page, who):
    """B-06: at most 15 queries, equal for few and many."""
    client, counts = signed_in(getattr(cast, who)), []
    put(week_file())
    for number, content in enumerate(few_and_many(), start=1):
        made = put(content, day=timezone.localdate() + timedelta(days=number))
        draft = put(content, day=next_monday() + timedelta(days=30), steps="s")
        urls = {
            "own": f"/timetable/?week={next_monday()}",
            "class": f"/timetable/classes/{school.classes['7A1'].pk}/?week={next_monday()}",
            "versions": "/timetable/versions/",
            "published": f"/timetable/versions/{made.pk}/",
            "draft": f"/timetable/versions/{draft.pk}/",
            "today": "/today/",
        }
        if page == "draft" and who in {"teacher", "homeroom_teacher"}:
            return
        counts.append(cost(client, urls[page]))
    assert counts[0] == counts[1] <= 15, counts
