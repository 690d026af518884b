"""A9: the pages of the import: who gets in, what they show, and that only POST changes anything."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import ImportBatch, Student
from tests.registry.sheets import pupil, pupils, xlsx

pytestmark = pytest.mark.django_db
LIST = "/registry/import/"


@pytest.fixture
def it(client, cast):
    client.force_login(cast.it_staff, backend="accounts.backends.SignInBackend")
    return client


@pytest.fixture
def outsider(client, cast):
    client.force_login(cast.stranger, backend="accounts.backends.SignInBackend")
    return client


def address(batch, step=""):
    return reverse(f"registry:import_{step or 'detail'}", args=[batch.pk])


def upload(client, school, content, kind="students", **more):
    data = {
        "kind": kind,
        "school_year": school.year.pk,
        "valid_from": f"{school.year.starts_on:%d/%m/%Y}",
        "file": SimpleUploadedFile("ds.xlsx", content),
        **more,
    }
    return client.post(LIST, data)


def text(response):
    """What a reader sees, without tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def fingerprint(response):
    return re.search(r'name="fingerprint" value="(\w{64})"', response.content.decode())[1]


# --- who gets in --------------------------------------------------------------------------------
def test_strangers_see_nothing(outsider, send):
    """A9: the list and the templates say why not (403); a file that is not theirs to see does not exist (404)."""
    batch = send(pupils(pupil("Lê An")))
    for url in (LIST, reverse("registry:import_template", args=["students"])):
        response = outsider.get(url)
        assert response.status_code == 403
        assert "hiệu trưởng" in text(response)
    assert outsider.post(LIST, {"kind": "students"}).status_code == 403
    assert outsider.get(address(batch)).status_code == 404
    for step in ("edit", "apply", "discard"):
        assert outsider.post(address(batch, step)).status_code == 404
    batch.refresh_from_db()
    assert batch.state == "preview"


def test_nobody_signed_in_is_sent_to_sign_in(client, send):
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("step", ["edit", "apply", "discard"])
def test_only_post_changes_anything(it, send, step):
    assert it.get(address(send(pupils(pupil("Lê An"))), step)).status_code == 405


# --- sending a file -----------------------------------------------------------------------------
def test_list_offers_three_kinds_with_templates(it, school):
    """A9: each kind has its template and its form."""
    response = it.get(LIST)
    assert response.status_code == 200
    for kind in ("students", "staff", "assignments"):
        template = it.get(reverse("registry:import_template", args=[kind]))
        assert template.headers["Content-Disposition"].startswith("attachment")
        assert openpyxl.load_workbook(io.BytesIO(b"".join(template.streaming_content))).sheetnames[1] == "Hướng dẫn"
        assert f'value="{kind}"' in response.content.decode()
    assert it.get(reverse("registry:import_template", args=["parents"])).status_code == 404


def test_upload_leads_to_the_preview(it, school):
    """A9: sending changes nothing of the register yet."""
    count = Student.objects.count()
    response = upload(it, school, pupils(pupil("Lê An")))
    batch = ImportBatch.objects.get()
    assert response.headers["Location"] == address(batch)
    page = text(it.get(address(batch)))
    assert "Lê An" in page
    assert "Nhập 1 dòng mới" in page
    assert Student.objects.count() == count


@pytest.mark.parametrize("kind", ["students", "staff", "assignments"])
def test_form_as_it_stands_on_the_page_is_accepted(it, school, kind):
    """A9: what the page fills in beforehand is what the form reads."""
    (form,) = (card["form"] for card in it.get(LIST).context["cards"] if card["kind"] == kind)
    sent = {name: form[name].value() for name in ("kind", "school_year")}
    sent["valid_from"] = re.search(r'value="([^"]*)"', str(form["valid_from"]))[1]
    content = xlsx([["Mã cán bộ", "Họ và tên", "Lớp", "STT", "Môn"], ["GV001", "Trần Thị Lan", "7A1", 1, "Toán"]])
    response = it.post(LIST, {**sent, "file": SimpleUploadedFile("ds.xlsx", content)})
    assert response.status_code == 302


def test_refused_file_is_explained_beside_its_field(it, school):
    response = upload(it, school, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert response.status_code == 422
    assert text(response).count("Tệp .xls đời cũ chưa đọc được.") == 2, "in the summary and at the field"
    assert not ImportBatch.objects.exists()


def test_form_problems(it, school, settings):
    assert "Chọn tệp cần nhập" in text(it.post(LIST, {"kind": "staff", "school_year": school.year.pk}))
    assert "ngoài năm học" in text(upload(it, school, pupils(pupil("A B")), valid_from="01/01/2001"))
    assert "Quyết định mới cần đủ" in text(
        upload(it, school, pupils(pupil("A B")), kind="assignments", decision_number="1/QĐ")
    )
    settings.UPLOAD_MAX_BYTES = 10
    assert "lớn hơn" in text(upload(it, school, pupils(pupil("A B"))))
    assert it.post(LIST, {"kind": "everything"}).status_code == 200


def test_without_a_school_year(it, school):
    school.year.closed_at, school.year.closed_by = "2026-11-01T00:00Z", school.cast.principal
    school.year.save()
    assert "Chưa có năm học nào đang mở" in text(it.get(LIST))


# --- the preview --------------------------------------------------------------------------------
def test_problem_is_mended_on_the_page(it, send):
    """A9: sheet, row, column and value in words, an input for the cell, and apply stays shut until all is well."""
    batch = send(xlsx([["STT", "Họ và tên", "Ngày sinh"], [1, "Lê An", "31/02/2014"]], sheet="7A1"))
    response = it.get(address(batch))
    shown = text(response)
    assert "Trang tính 7A1, dòng 2, cột “Ngày sinh”: chưa đọc được “31/02/2014”. Nhập dạng 05/09/2014." in shown
    assert 'name="cell-0-birth_date" value="31/02/2014"' in response.content.decode()
    assert re.search(r"<button[^>]*disabled[^>]*>.*?Nhập dữ liệu", response.content.decode(), re.DOTALL)
    denied = it.post(address(batch, "apply"), {"fingerprint": fingerprint(response)}, follow=True)
    assert "Còn dòng cần xem lại" in text(denied)
    mended = it.post(
        address(batch, "edit"), {"row": "0", "cell-0-birth_date": "28/02/2014", "group": "problem"}, follow=True
    )
    assert "Đã lưu" in text(mended)
    done = it.post(address(batch, "apply"), {"fingerprint": fingerprint(mended)}, follow=True)
    assert "Đã nhập xong" in text(done)
    assert Student.objects.filter(full_name="Lê An", birth_date="2014-02-28").exists()


def test_row_is_left_out_and_taken_back(it, send):
    """A9: "Bỏ qua dòng này" is a choice of the user, and can be taken back."""
    batch = send(pupils(pupil("Lê An"), pupil("Lê Bình", "31/02/2014")))
    page = it.post(address(batch, "edit"), {"row": "1", "skip": "1", "cell-1-birth_date": "31/02/2014"}, follow=True)
    assert "Nhập 1 dòng mới" in text(page)
    page = it.get(address(batch), {"group": "skipped"})
    assert "Lê Bình" in text(page)
    page = it.post(address(batch, "edit"), {"row": "1"}, follow=True)
    assert "cần xem lại" in text(page)
    assert "Lê Bình" in text(page)


def test_suggestions_are_filled_in_and_taken_at_once(it, send):
    batch = send(pupils(*(pupil(f"Lê {name}", national_id=79314000000 + n) for n, name in enumerate(("An", "Ba")))))
    page = it.get(address(batch))
    assert 'value="079314000000"' in page.content.decode()
    assert "Nhận 2 đề xuất" in text(page)
    page = it.post(address(batch, "edit"), {"action": "accept"}, follow=True)
    assert "Nhập 2 dòng mới" in text(page)


def test_changes_show_old_and_new(it, send, school):
    student = school.students[0]
    batch = send(pupils(pupil(student.full_name, moet_id=student.moet_id)))
    assert "ngày sinh: cũ: trống → mới: 05/09/2014" in text(it.get(address(batch)))


def test_nothing_new(it, send, school):
    student = school.students[0]
    batch = send(xlsx([["Lớp", "Họ và tên", "Mã định danh"], ["7A1", student.full_name, student.moet_id]]))
    assert "Tệp này không có gì mới" in text(it.get(address(batch)))


def test_decision_for_the_whole_file(it, send, school):
    """A3, A9: the decision may be chosen on the preview page."""
    batch = send(xlsx([["Mã cán bộ", "Môn", "Lớp"], ["GV001", "Văn", "7A2"]]), "assignments", decision=None)
    assert "chưa có quyết định" in text(it.get(address(batch)))
    chosen = {"action": "options", "valid_from": f"{school.year.starts_on:%d/%m/%Y}", "decision": school.decision.pk}
    assert "Nhập 1 dòng mới" in text(it.post(address(batch, "edit"), chosen, follow=True))
    wrong = it.post(address(batch, "edit"), {"action": "options", "valid_from": "hôm nay"}, follow=True)
    assert "Chưa đọc được ngày này" in text(wrong)


def test_stale_preview_is_not_loaded(it, send):
    batch = send(pupils(pupil("Lê An")))
    page = it.post(address(batch, "apply"), {"fingerprint": "0" * 64}, follow=True)
    assert "vừa thay đổi" in text(page)
    assert not Student.objects.filter(full_name="Lê An").exists()


def test_discarded_and_applied_files_stay_visible(it, send, load):
    first, second = send(pupils(pupil("Lê An"))), load(pupils(pupil("Lê Bình", class_name="7A9")))
    page = it.post(address(first, "discard"), follow=True)
    assert "Đã bỏ tệp này" in text(page)
    assert "Tệp này đã được bỏ" in text(it.get(address(first)))
    shown = text(it.get(address(second)))
    assert "1 đã thêm" in shown
    assert "7A9" in shown
    assert "Ngô Quốc Hùng" in shown


def test_hostile_text_stays_text(it, send):
    """A9: what stands in a cell is shown, never run."""
    batch = send(pupils(pupil("<script>alert(1)</script>", '"><img src=x>')))
    page = it.get(address(batch)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    "fields", [{"cell-0-full_name": "\0Lê\ud800"}, {"row": "x" * 50}, {"cell-9-full_name": "x"}, {"page": "'"}]
)
def test_malformed_posts_do_no_harm(it, send, fields):
    batch = send(pupils(pupil("Lê An")))
    fields = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
    assert it.post(address(batch, "edit"), fields).status_code == 302
    assert it.get(address(batch)).status_code == 200


def test_queries_are_equal_for_few_and_many(it, send):
    """A9: neither page asks more questions for more rows, nor for more files."""
    names = ["Lê An", "Lê Ba", "Lê Chi", "Lê Dư", "Lê Ên"]

    def queries(url):
        with CaptureQueriesContext(connection) as asked:
            assert it.get(url).status_code == 200
        return len(asked)

    few = send(pupils(*(pupil(name) for name in names[:2])))
    it.get(address(few))
    before = queries(address(few)), queries(LIST)
    many = send(pupils(*(pupil(f"{one} {two}") for one in names for two in ("An", "Ba", "Chi", "Dư"))))
    for _ in range(8):
        send(pupils(pupil("Lê An")))
    assert (queries(address(many)), queries(LIST)) == before
    assert max(before) <= 15
