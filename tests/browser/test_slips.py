"""A parent gets in with a slip: printed by the homeroom teacher, used on a phone, no e-mail and no app (A13, C1)."""

import re
import subprocess
from pathlib import Path

from playwright.sync_api import expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
NUMBER, PIN = "0000 987 654", "308462"


def test_from_the_slip_to_the_children_in_three_screens(sign_in, records, tmp_path: Path):
    tie, guardian, child, born = records.rows(
        """SELECT t.id, g.full_name, s.full_name, s.birth_date FROM registry_guardianship t
             JOIN registry_guardian g ON g.id = t.guardian_id JOIN registry_student s ON s.id = t.student_id
             JOIN registry_enrollment e ON e.student_id = s.id JOIN registry_schoolclass c ON c.id = e.school_class_id
            WHERE c.name = '7A1' AND g.user_id IS NULL AND s.birth_date IS NOT NULL ORDER BY e.roll_no, t.id LIMIT 1"""
    )[0]
    desk = sign_in("gvcn").new_page()
    desk.goto("/invites/")
    desk.get_by_role("link", name=re.compile("7A1")).click()
    ticked = desk.locator("input[name=tie]:checked")
    assert ticked.count() > 40, "whoever has no slip is ticked already"
    ticked.evaluate_all("(boxes, tie) => boxes.forEach((box) => { box.checked = box.value === tie; })", str(tie))
    with desk.expect_download() as printing:
        desk.get_by_role("button", name="In phiếu cho những người đã chọn").click()
    printing.value.save_as(tmp_path / "slips.pdf")
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "slips.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert guardian in text
    code = re.search(r"\b\d{3} \d{3} \d{3}\b", text)[0].replace(" ", "")

    phone = sign_in(None, **PHONE)
    page = phone.new_page()
    screens = ["code"]
    page.goto(f"/m/{code}/")  # what the QR code opens
    page.get_by_label("Ngày sinh của con").fill(f"{born:%d%m%Y}")
    page.get_by_role("button", name="Tiếp tục").click()
    screens.append("pin")
    expect(page.get_by_text(guardian)).to_be_visible()
    page.get_by_label("Số điện thoại của anh/chị").fill(NUMBER)
    page.get_by_label("Chọn mã PIN 6 số").fill(PIN)
    page.get_by_label("Nhập lại mã PIN").fill(PIN)
    page.get_by_role("button", name="Xong, vào xem").click()
    screens.append("home")
    expect(page.get_by_role("heading", name=child)).to_be_visible()
    assert len(screens) <= 4

    # Comes back the next week: the number and six digits, on this phone.
    page.get_by_role("link", name="Thêm", exact=True).click()
    page.get_by_role("main").get_by_role("button", name="Đăng xuất").click()
    page.get_by_label("Số điện thoại hoặc tên đăng nhập").fill(NUMBER)
    page.get_by_label("Mật khẩu hoặc mã PIN").fill(PIN)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", name=child)).to_be_visible()

    desk.reload()
    row = desk.get_by_role("row").filter(has_text=guardian).filter(has_text=child)
    expect(row).to_contain_text("Đã kích hoạt")
