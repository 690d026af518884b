"""The register as its people work it: a homeroom teacher mends a record, IT staff let a pupil go, a wrong event is taken back."""

import re
from datetime import datetime

from playwright.sync_api import expect

from tests.browser.portal import SCHOOL_TIME


def pupil_of(records, class_name: str, roll_no: int) -> int:
    return records.one(
        """SELECT e.student_id FROM registry_enrollment e JOIN registry_schoolclass c ON c.id = e.school_class_id
           WHERE c.name = %s AND e.roll_no = %s""",
        class_name,
        roll_no,
    )


def test_a_homeroom_teacher_mends_a_record(sign_in):
    """R3, H4: from the list to the record and on to the history, in words."""
    page = sign_in("gvcn").new_page()
    page.goto("/roster/")
    page.get_by_role("link", name="7A1").click()
    page.get_by_role("link", name=re.compile("^Sửa")).nth(4).click()
    page.get_by_label("Ngày sinh").fill("6/9/2014")
    page.get_by_label("Điện thoại liên hệ").fill("0000 777 888")
    page.get_by_role("button", name=re.compile("^Lưu")).last.click()
    expect(page.get_by_text("Đã lưu hồ sơ của 1 em.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Sửa")).nth(4).click()
    expect(page.get_by_label("Ngày sinh")).to_have_value("06/09/2014")
    expect(page.get_by_text("Cô Lan đổi ngày sinh")).to_be_visible()
    expect(page.get_by_text(re.compile("Cô Lan đổi điện thoại"))).to_be_visible()


def test_a_pupil_leaves_and_it_is_taken_back(sign_in, records):
    """R4, Q6: choose, fill in, done; the list keeps the number; a mistake is cancelled with its reason."""
    page = sign_in("quantri").new_page()
    page.goto(f"/students/{pupil_of(records, '9A1', 2)}/?tab=moves")
    expect(page.get_by_text("Trạng thái: Đang học")).to_be_visible()
    page.get_by_role("link", name="Ghi biến động").click()
    page.get_by_role("link", name="Chuyển đi").click()
    page.get_by_label("Lý do").fill("Theo gia đình")
    page.get_by_label("Chuyển đến trường").fill("Trường THCS Nà Hoa")
    page.get_by_label("Số giấy tờ").fill("12/GGT")
    page.get_by_label("Ngày ký giấy tờ").fill(f"{datetime.now(SCHOOL_TIME):%d/%m/%Y}")
    page.get_by_role("button", name=re.compile("^Ghi Chuyển đi")).click()
    expect(page.get_by_text("Trạng thái: Chuyển đi")).to_be_visible()
    page.goto("/roster/")
    page.get_by_role("link", name="9A1").click()
    page.get_by_text("1 em đã rời lớp").click()
    page.locator("details").get_by_role("link").click()
    page.get_by_role("link", name="Quá trình học").click()
    page.get_by_role("link", name="Ghi nhầm, hủy").click()
    page.get_by_label("Lý do hủy").fill("Gia đình đổi ý")
    page.get_by_role("button", name=re.compile("^Hủy biến động")).click()
    expect(page.get_by_text("Trạng thái: Đang học")).to_be_visible()
