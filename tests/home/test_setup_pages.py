"""A9, R2: /admin/setup/: what each page shows, what it refuses and keeps, and that it asks few questions of the database."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gradebook.models import Gradebook
from registry.forms.setup import YearForm, typed_dates
from registry.importing.cells import ClassName
from registry.models import (
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GradeScheme,
    HomeroomAssignment,
    SchoolClass,
    SchoolYear,
    Student,
    Subject,
    TeachingAssignment,
    Term,
)
from registry.selectors.setup import calendar
from registry.services import setup as services
from schoolops.lib import names
from tests.support import enter_admin

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def it(client, cast):
    client.force_login(cast.it_staff, backend="accounts.backends.SignInBackend")
    enter_admin(client)
    return client


@pytest.fixture
def new_year(school, cast):
    return services.open_year(dates=calendar.propose(school.year, date(2027, 6, 1)), by=cast.it_staff)


@pytest.fixture
def ready(new_year, cast):
    services.copy_programme(year=new_year, by=cast.it_staff)
    wanted = [ClassName(f"{grade}A{number}", grade) for grade in range(6, 10) for number in (1, 2)]
    services.make_classes(year=new_year, wanted=wanted, by=cast.it_staff)
    return new_year


def at(name, year, *more):
    return reverse(name, args=[year.code, *more])


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def sent_year(dates, **changes):
    values = {}
    for name, value in typed_dates(dates).items():
        if isinstance(value, date):
            values[name] = f"{value:%d/%m/%Y}"
        elif isinstance(value, dict):
            values[name] = YearForm(initial={name: value})[name].value()
        else:
            values[name] = value
    return values | changes


# --- the way there ------------------------------------------------------------------------------
def test_places_that_lead_there(it):
    """The rail, "Thêm", and the index of the admin; one place of the rail is the current one."""
    for page in ("/today/", "/more/", "/admin/"):
        assert 'href="/admin/setup/"' in it.get(page).content.decode(), page
    assert it.get("/admin/setup/").content.decode().count('aria-current="page"') == 1


def test_year_that_is_not_there(it, school):
    assert it.get("/admin/setup/1999-2000/").status_code == 404


def test_next_year_is_offered_once_this_one_has_begun(it, school, cast):
    """And not the year after one that still lies ahead."""
    assert "chưa được lập" in text(it.get("/admin/setup/"))
    services.open_year(dates=calendar.propose(school.year, date(2027, 6, 1)), by=cast.it_staff)
    assert "chưa được lập" not in text(it.get("/admin/setup/"))


def test_step_of_the_pupils_is_done_when_only_decisions_are_left(it, ready, school, cast):
    """Pupils who left keep no step open for ever; they stay on the check list."""
    [higher] = ready.classes.filter(name="8A1")
    # One of the second class too, so that no class of last year is untouched.
    pupils = (
        Enrollment.objects.filter(school_class__school_year=school.year)
        .order_by("pk")
        .values_list("student", flat=True)
    )
    services.place_pupils(year=ready, places=dict.fromkeys(pupils[:6], higher.pk), by=cast.it_staff)
    page = it.get(at("setup_year", ready))
    step = next(step for step in page.context["board"].steps if "pupils" in step.url)
    assert (step.progress, "4 em" in step.note) == ("done", True)
    assert f"4 em của năm học {school.year.code} chờ quyết định" in text(page)


def test_first_year_of_all(it):
    """A new installation: the page says so and leads to the first year."""
    for model in (
        TeachingAssignment,
        HomeroomAssignment,
        Enrollment,
        ClassSubject,
        SchoolClass,
        CurriculumItem,
        GradeScheme,
    ):
        model.objects.all().delete()
    Term.objects.all().delete()
    SchoolYear.objects.all().delete()
    assert "Trường chưa có năm học nào." in text(it.get("/admin/setup/"))
    assert it.get("/admin/setup/new/").context["form"].initial["code"]


# --- the year -----------------------------------------------------------------------------------
def test_proposal_is_accepted_as_it_stands(it, school):
    """A9: what the page fills in beforehand is what the form reads; a double click makes one year."""
    form = it.get("/admin/setup/new/").context["form"]
    proposed = calendar.propose(school.year, date(2027, 6, 1))
    assert form.initial["code"] == proposed.code
    data = sent_year(proposed)
    for _press in range(2):
        answer = it.post("/admin/setup/new/", data)
        assert answer.url == f"/admin/setup/{proposed.code}/"
    year = SchoolYear.objects.get(code=proposed.code)
    assert calendar.dates_of(year) == proposed


def test_typed_values_stay_beside_the_reason(it, school):
    """Nothing that was typed is lost: fields and lines of the calendar come back with the reason next to them."""
    proposed = calendar.propose(school.year, date(2027, 6, 1))
    data = sent_year(proposed, code=school.year.code, made_up="13/13/2027 học bù")
    answer = it.post("/admin/setup/new/", data)
    assert answer.status_code == 422
    assert "không có ngày 13/13/2027" in text(answer)
    assert "13/13/2027 học bù" in answer.content.decode()
    answer = it.post("/admin/setup/new/", data | {"made_up": ""})
    assert answer.status_code == 422
    assert f"Đã có năm học {school.year.code}" in text(answer)
    assert SchoolYear.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Nghỉ Tết", "Chưa đọc được dòng"),
        ("30/02/2028 Nghỉ", "không có ngày 30/02/2028"),
        ("05/02/2028 - 01/02/2028 Nghỉ", "ngày cuối phải sau ngày đầu"),
        ("01/01/2028 - 31/12/2028 Nghỉ", "nhiều nhất 60 ngày"),
    ],
)
def test_lines_of_the_calendar(line, reason):
    form = YearForm({"free": line})
    assert reason in str(form.errors["free"])


def test_breaks_are_read_and_written_in_lines():
    form = YearForm({"free": "01/02/2028 – 03/02/2028 Nghỉ Tết\n\n30/4/2028: Giải phóng\n1-5-2028"})
    form.is_valid()
    days = form.cleaned_data["free"]
    assert len(days) == 5
    assert days[date(2028, 2, 2)] == "Nghỉ Tết"
    assert days[date(2028, 5, 1)] == "Nghỉ"
    written = YearForm(initial={"free": days})["free"].value()
    assert written.splitlines() == ["01/02/2028 – 03/02/2028 Nghỉ Tết", "30/04/2028 Giải phóng", "01/05/2028 Nghỉ"]


@pytest.mark.parametrize("code", ["2027", "2027-2029", "abcd-efgh", ""])
def test_code_of_the_year(code):
    assert "code" in YearForm({"code": code}).errors


def test_dates_are_mended(it, new_year):
    dates = calendar.dates_of(new_year)
    data = sent_year(dates, free="02/10/2027 Bão", code="1111-2222")
    data["free"] = f"{dates.starts_on:%d/%m/%Y} Khai giảng"
    assert it.post(at("registry:setup_dates", new_year), data).url == f"/admin/setup/{new_year.code}/"
    fresh = SchoolYear.objects.get(pk=new_year.pk)
    assert fresh.code == new_year.code
    assert list(calendar.dates_of(fresh).free.values()) == ["Khai giảng"]
    data["ends_on"] = data["starts_on"]
    refused = it.post(at("registry:setup_dates", new_year), data)
    assert refused.status_code == 422
    assert "Ngày kết thúc phải sau ngày bắt đầu" in text(refused)


def test_closed_year_is_only_read(it, ready, cast):
    """Every page opens and says why; no POST changes anything (403)."""
    ready.closed_at, ready.closed_by = "2028-06-01T00:00Z", cast.principal
    ready.save()
    for name in ("registry:setup_dates", "registry:setup_programme", "registry:setup_classes", "registry:setup_pupils"):
        page = it.get(at(name, ready))
        assert page.status_code == 200
        assert "đã khóa" in text(page)
        assert "<button" not in page.content.decode().split("<h1")[1].split("</main>")[0] or name.endswith("classes")
    assert "đã khóa" in text(it.get(at("setup_check", ready)))
    for name, more in (
        ("registry:setup_dates", []),
        ("registry:setup_copy", []),
        ("registry:setup_grade", [7]),
        ("registry:setup_subject", []),
        ("registry:setup_classes", []),
        ("registry:setup_pupils", []),
        ("registry:setup_sort", []),
        ("setup_open", [1]),
    ):
        assert it.post(at(name, ready, *more)).status_code == 403, name


# --- the programme ------------------------------------------------------------------------------
def test_programme_is_offered_then_mended(it, new_year):
    page = it.get(at("registry:setup_programme", new_year))
    assert "Chép từ năm học" in text(page)
    assert it.post(at("registry:setup_copy", new_year)).status_code == 302
    page = it.get(at("registry:setup_programme", new_year) + "?grade=7")
    assert "Chép từ năm học" not in text(page)
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields}
    maths, literature = (Subject.objects.get(code=code).pk for code in ("TOAN", "NV"))
    data[f"periods-{maths}"], data[f"periods-{literature}"] = "nhiều", ""
    refused = it.post(at("registry:setup_grade", new_year, 7), data)
    assert refused.status_code == 422
    assert 'value="nhiều"' in refused.content.decode()
    assert "Nhập số tiết, ví dụ 105." in text(refused)
    data[f"periods-{maths}"] = "120"
    assert it.post(at("registry:setup_grade", new_year, 7), data).status_code == 302
    assert CurriculumItem.objects.get(school_year=new_year, grade=7, subject=maths).periods == 120
    assert not CurriculumItem.objects.filter(school_year=new_year, grade=7, subject=literature).exists()
    page = text(it.get(at("registry:setup_programme", new_year) + "?grade=7"))
    assert "trước: 140 tiết" in page
    assert "không dạy năm nay" in page


def test_subject_is_added(it, ready):
    data = {"name": "Tiếng Pháp", "code": "TP", "periods": "70", "assessment": "score", "grades": [6, 7]}
    refused = it.post(at("registry:setup_subject", ready), {"periods": "70", "assessment": "score", "grades": [6]})
    assert refused.status_code == 422
    assert "Môn mới cần cả tên và mã" in text(refused)
    assert it.post(at("registry:setup_subject", ready), data).status_code == 302
    assert ClassSubject.objects.filter(item__subject__code="TP").count() == 4
    again = it.post(at("registry:setup_subject", ready), data)
    assert "Đã có môn mang mã này" in text(again)


def test_subjects_with_open_books_are_only_read(it, school, books):
    page = it.get(at("registry:setup_programme", school.year) + "?grade=7")
    assert "Có môn đã mở sổ điểm" in text(page)
    assert "periods-" not in page.content.decode()


# --- classes and pupils -------------------------------------------------------------------------
def test_classes_are_made_as_they_were_shown(it, new_year, cast):
    """Other names than those on the page are shown first; the button makes what it said."""
    services.copy_programme(year=new_year, by=cast.it_staff)
    url = at("registry:setup_classes", new_year)
    page = it.get(url)
    assert "8A1" in text(page)
    assert "từ lớp 7A1, 5 em" in text(page)
    data = {"grade-6": "3", "grade-7": "", "grade-8": "8A1, 8A2", "grade-9": "", "action": "make"}
    data["seen"] = page.context["plan"].fingerprint
    shown = it.post(url, data)
    assert shown.status_code == 200
    assert not new_year.classes.exists()
    data["seen"] = shown.context["plan"].fingerprint
    for _press in range(2):
        assert it.post(url, data).status_code in {200, 302}
    assert new_year.classes.count() == 5
    refused = it.post(url, data | {"grade-6": "7A1"})
    assert refused.status_code == 422
    assert "không phải lớp của khối 6" in text(refused)


def test_whole_classes_then_one_by_one(it, ready, school):
    source, other = school.classes["7A1"], school.classes["7A2"]
    movers = at("registry:setup_movers", ready, source.pk)
    form = it.get(movers).context["form"]
    data = {name: form[name].value() for name in form.fields}
    waiting = next(iter(data))
    data[waiting] = ""
    assert it.post(movers, data).status_code == 302
    page = it.get(at("registry:setup_pupils", ready))
    assert "1 em chờ quyết định" in text(page)
    assert "Xếp 5 em của 1 lớp lên lớp" in text(page)
    target = SchoolClass.objects.get(school_year=ready, name="8A2")
    for _press in range(2):
        it.post(at("registry:setup_pupils", ready), {f"target-{other.pk}": target.pk})
    assert Enrollment.objects.filter(school_class__school_year=ready).count() == 9
    pupil = int(waiting.removeprefix("place-"))
    again = SchoolClass.objects.get(school_year=ready, name="7A1")
    assert it.post(movers, {waiting: again.pk}).status_code == 302
    assert Enrollment.objects.get(student=pupil, school_class__school_year=ready).school_class == again
    assert it.get(at("registry:setup_movers", ready, target.pk)).status_code == 404, "a class of this year"


# --- check list and books -----------------------------------------------------------------------
def test_books_wait_for_what_they_follow_from(it, new_year):
    page = it.get(at("setup_check", new_year))
    assert "Cần có trước khi mở sổ" in text(page)
    assert "/open/" not in page.content.decode()
    it.post(at("setup_open", new_year, 1))
    assert not Gradebook.objects.exists()


def test_books_are_opened_once(it, ready, cast):
    """R2: after that the numbers of the lists stay."""
    page = it.get(at("setup_check", ready))
    assert "Mở 78 sổ điểm" in text(page)
    for _press in range(2):
        assert it.post(at("setup_open", ready, 1)).status_code == 302
    assert Gradebook.objects.filter(term__school_year=ready).count() == 78
    assert it.post(at("setup_open", ready, 3)).status_code == 404
    assert "78 sổ điểm đã mở" in text(it.get(at("setup_year", ready)))


def test_who_cannot_open_books_is_told_who_can(it, ready, monkeypatch):
    monkeypatch.setattr("gradebook.permissions.open_books_denial", lambda _user: "Sổ điểm do lãnh đạo mở.")
    page = it.get(at("setup_check", ready))
    assert "Sổ điểm do lãnh đạo mở." in text(page)
    assert it.post(at("setup_open", ready, 1)).status_code == 403
    assert not Gradebook.objects.exists()


def test_leaders_get_no_links_into_the_admin(client, ready, cast):
    client.force_login(cast.vice_principal, backend="accounts.backends.SignInBackend")
    page = client.get(at("setup_check", ready)).content.decode()
    assert "/admin/registry/" not in page
    assert "kind=assignments" in page


def test_lists_are_sorted_from_the_check_list(it, ready):
    target = ready.classes.get(name="6A1")
    for number, name in ((1, "Trần Văn Yên"), (3, "Lê Thị An")):
        pupil = Student.objects.create(full_name=name, sort_key=names.sort_key(name))
        Enrollment.objects.create(student=pupil, school_class=target, roll_no=number, enrolled_on=ready.starts_on)
    assert "Xếp lại theo tên" in text(it.get(at("setup_check", ready)))
    assert it.post(at("registry:setup_sort", ready)).status_code == 302
    listed = Enrollment.objects.filter(school_class=target).order_by("roll_no")
    assert list(listed.values_list("roll_no", "student__full_name")) == [(1, "Lê Thị An"), (2, "Trần Văn Yên")]
    assert "Xếp lại theo tên" not in text(it.get(at("setup_check", ready)))


# --- few questions ------------------------------------------------------------------------------
PAGES = [
    "setup_year",
    "setup_check",
    "registry:setup_dates",
    "registry:setup_programme",
    "registry:setup_classes",
    "registry:setup_pupils",
]


def questions(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in asked]


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_the_school(it, ready, school, name):
    """At most 15, and as many for twice the pupils and classes."""
    few = questions(it, at(name, ready))
    grown = [ClassName(f"{grade}B{number}", grade) for grade in range(6, 10) for number in range(1, 5)]
    services.make_classes(year=ready, wanted=grown, by=school.cast.it_staff)
    for number, target in enumerate(ready.classes.all()):
        for place in range(1, 4):
            pupil = Student.objects.create(full_name=f"Lê Văn {'ABCDEFGH'[number % 8]}", moet_id=f"x{number}-{place}")
            Enrollment.objects.create(student=pupil, school_class=target, roll_no=place, enrolled_on=ready.starts_on)
    many = questions(it, at(name, ready))
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= MOST_QUERIES, "\n".join(many)


def test_queries_of_one_class(it, ready, school):
    url = at("registry:setup_movers", ready, school.classes["7A1"].pk)
    few = questions(it, url)
    for number in range(10, 30):
        pupil = Student.objects.create(full_name="Lê Văn Thêm", moet_id=f"y{number}")
        Enrollment.objects.create(
            student=pupil, school_class=school.classes["7A1"], roll_no=number, enrolled_on=school.year.starts_on
        )
    assert len(questions(it, url)) == len(few) <= MOST_QUERIES
