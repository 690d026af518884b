"""Exchange with the sector as its people work it: the clerk's report from the list to "sent", IT staff over a sector's list."""

import hashlib
import io
import re

import openpyxl
from playwright.sync_api import expect

from schoolops.lib.demo import PASSWORD
from tests.registry.sheets import xlsx

HEADINGS = ["STT", "Mã\nlớp", "Mã học sinh", "Họ tên", "Ngày sinh\n(dd/mm/yyyy)", "Số định danh cá nhân"]
PUPILS = """SELECT s.moet_id, s.full_name, to_char(s.birth_date, 'DD/MM/YYYY'), s.national_id, s.id
            FROM registry_enrollment e JOIN registry_schoolclass c ON c.id = e.school_class_id
            JOIN registry_student s ON s.id = e.student_id
            WHERE c.name = '9A1' AND e.left_on IS NULL AND s.moet_id IS NOT NULL AND s.birth_date IS NOT NULL
            ORDER BY e.roll_no"""


def test_a_clerk_makes_looks_at_downloads_and_notes_the_pupil_list(sign_in, watch):
    """R7, P1-17: gaps, file, password and reason, sent; the hash on the page is that of the file, and stays."""
    watch.expect(r"status of 422")
    page = sign_in("vanthu").new_page()
    page.goto("/reports/")
    expect(page.get_by_text("Quá hạn").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^Danh sách học sinh trên cơ sở dữ liệu ngành – Học kỳ I ")).click()
    gap = page.locator(".gaps .row-list a").first
    expect(gap).to_have_attribute("href", re.compile(r"^/students/\d+/$"))
    page.get_by_role("button", name="Lập tệp").click()
    expect(page.get_by_text("Đã lập tệp từ dữ liệu lúc này.")).to_be_visible()
    page.get_by_role("button", name="Tải tệp Excel").click()
    expect(page.locator(".error-summary")).to_contain_text("Lý do tải")
    page.get_by_label("Lý do tải").fill("Nộp theo công văn số 45")
    page.get_by_role("button", name="Tải tệp Excel").click()
    page.get_by_label("Mật khẩu", exact=False).first.fill(PASSWORD)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Xác nhận và tiếp tục").click()
    content = downloading.value.path().read_bytes()
    assert downloading.value.suggested_filename.startswith("CSDL_HocSinh_")
    assert len(list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())) > 100
    page.goto("/reports/")
    page.get_by_role("link", name=re.compile("^Danh sách học sinh trên cơ sở dữ liệu ngành – Học kỳ I ")).click()
    page.get_by_label("Số, ký hiệu khi gửi").fill("45/BC-THCS")
    page.get_by_role("button", name="Ghi nhận đã gửi").click()
    expect(page.get_by_text("Tệp được giữ nguyên như lúc gửi.")).to_be_visible()
    expect(page.get_by_text(hashlib.sha256(content).hexdigest())).to_be_visible()
    expect(page.get_by_role("button", name="Lập lại tệp")).to_have_count(0)
    expect(page.get_by_text("Nộp theo công văn số 45")).to_be_visible()


def test_it_staff_take_over_what_they_choose_of_a_sectors_list(sign_in, records, tmp_path):
    """R8: upload, the picture of differences, one of two ticks; the history of the pupil tells it.

    A birth date that stands in open books is nothing to tick: the list leads to the petition (QT 5.2).
    """
    rows = records.rows(PUPILS)
    lines = [[number, "9A1", *row[:4]] for number, row in enumerate(rows, start=1)]
    lines[0][4], lines[1][5], lines[2][5] = "01/02/2012", "001200999101", "001200999102"
    lines.append([99, "9A1", "0099999777", "Lò Thị Sen", "03/03/2012", None])
    file = tmp_path / "C1-HocSinh.xlsx"
    file.write_bytes(xlsx([HEADINGS, *lines], sheet="C1-HocSinh"))
    page = sign_in("quantri").new_page()
    page.goto("/registry/sector/")
    page.get_by_label("Tệp .xlsx hoặc .csv").set_input_files(file)
    page.get_by_role("button", name="Tải lên và so sánh").click()
    expect(page.get_by_role("heading", name="Khác nhau")).to_be_visible()
    fixed = page.locator("li", has_text=rows[0][1]).filter(has_text="01/02/2012")
    expect(fixed).to_contain_text("Gửi đề nghị sửa thông tin")
    expect(fixed.get_by_role("checkbox")).to_have_count(0)
    first = page.locator("li", has_text=rows[1][1]).filter(has_text="001200999101")
    first.get_by_role("checkbox").check()
    page.locator("li", has_text="Lò Thị Sen").get_by_role("checkbox").check()
    page.get_by_role("button", name="Cập nhật những chỗ đã chọn").click()
    expect(page.get_by_text("Đã cập nhật những chỗ đã chọn.")).to_be_visible()
    kept = "SELECT to_char(birth_date, 'DD/MM/YYYY'), national_id FROM registry_student WHERE id = %s"
    assert records.one(kept, rows[0][4])[0] == rows[0][2]
    assert records.one(kept, rows[1][4])[1] == "001200999101"
    assert records.one(kept, rows[2][4])[1] == rows[2][3]
    assert records.one("SELECT count(*) FROM registry_student WHERE moet_id = '0099999777'") == 1
    page.goto(f"/students/{rows[1][4]}/?tab=history")
    expect(page.get_by_text(re.compile("đổi số định danh")).first).to_be_visible()
