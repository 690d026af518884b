"""The check-up of a class as the medical staff type it, and as the family reads it (Y1, R6)."""

import re

from playwright.sync_api import expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


def test_a_class_is_typed_column_by_column_without_the_mouse(sign_in, records, watch):
    """Y1: figures and Enter alone; a slip keeps everything; the family reads it afterwards, other staff do not."""
    watch.expect(r"status of (422|403)")
    page = sign_in("yte").new_page()
    page.goto("/health/")
    page.get_by_role("row").filter(has_text="7A1").get_by_role("link").last.click()
    rows = page.locator(".health-sheet tbody tr")
    pupils = rows.count()
    assert pupils > 40
    page.get_by_label(re.compile("^Chiều cao")).first.focus()
    for typed in ("150,5", "41.5", "10", "9/10"):
        for _pupil in range(pupils):
            page.keyboard.type(typed)
            page.keyboard.press("Enter")
    # From the last figure on to the first note.
    expect(rows.first.get_by_label(re.compile("^Kết luận"))).to_be_focused()
    rows.nth(1).get_by_label(re.compile("^Chiều cao")).fill("1505")
    page.get_by_role("button", name="Lưu cả lớp").click()
    expect(page.get_by_role("alert")).to_contain_text("Chiều cao từ 70 đến 230 cm")
    expect(rows.nth(40).get_by_label(re.compile("^Cân nặng"))).to_have_value("41.5")
    rows.nth(1).get_by_label(re.compile("^Chiều cao")).fill("150,5")
    page.get_by_role("button", name="Lưu cả lớp").click()
    expect(page.get_by_text(f"Đã lưu số liệu của {pupils} em.")).to_be_visible()
    expect(rows.nth(40).get_by_label(re.compile("^Mắt phải"))).to_have_value("9")

    child = records.one(
        """SELECT t.student_id FROM registry_guardianship t JOIN registry_guardian g ON g.id = t.guardian_id
             JOIN accounts_user u ON u.id = g.user_id JOIN registry_enrollment e ON e.student_id = t.student_id
             JOIN registry_schoolclass c ON c.id = e.school_class_id WHERE u.username = 'phuhuynh' AND c.name = '7A1'"""
    )
    phone = sign_in("phuhuynh", **PHONE).new_page()
    phone.goto("/home/")
    phone.locator(f"a[href='/home/{child}/health/']").click()
    expect(phone.get_by_text("150,5 cm, 41,5 kg, BMI 18,3")).to_be_visible()
    assert sign_in("quantri").new_page().goto("/health/").status == 403
