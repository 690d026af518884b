"""A new timetable from Excel to the phones of those concerned (W7, C9), by plain pages."""

import io
import re

import openpyxl
from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def test_from_the_file_in_force_to_teacher_and_family(sign_in, records, watch):
    """W7: the lessons in force as a file, one lesson moved in Excel, seen before it counts, published, announced."""
    watch.expect(r"status of 403")
    it = sign_in("quantri").new_page()
    it.goto("/timetable/")
    it.get_by_role("link", name="Tải lên thời khóa biểu").click()
    with it.expect_download() as coming:
        it.get_by_role("link", name="Tệp với các tiết đang áp dụng").click()
    book = openpyxl.load_workbook(io.BytesIO(coming.value.path().read_bytes()))
    sheet = book["TKB"]
    column = next(cell.column for cell in sheet[2] if cell.value == "7A1")
    lessons = {row: sheet.cell(row, column).value for row in range(3, 63)}
    # A maths lesson of gvcn goes to the afternoon, where everybody is free; and one cell is spoiled.
    maths = next(row for row, text in lessons.items() if text and text.startswith("Toán"))
    spoiled = next(row for row, text in lessons.items() if text and text.startswith("Văn"))
    sheet.cell(maths + 5, column).value, sheet.cell(maths, column).value = lessons[maths], None
    sheet.cell(spoiled, column).value = "Văn - Người Không Có"
    changed = io.BytesIO()
    book.save(changed)

    it.get_by_label("Nội dung thay đổi").fill("Chuyển một tiết Toán của 7A1 sang buổi chiều.")
    it.set_input_files(
        "input[type=file]",
        {"name": "tkb.xlsx", "mimeType": "application/octet-stream", "buffer": changed.getvalue()},
    )
    it.get_by_role("button", name="Tải lên và xem trước").click()
    expect(it.get_by_text("Đã đọc tệp: 1 chỗ cần xem lại.")).to_be_visible()
    cell = it.get_by_label(re.compile(rf"dòng {spoiled}, cột 7A1"))
    # Whoever is assigned stands there as the suggestion.
    expect(cell).to_have_value(lessons[spoiled])
    it.get_by_role("button", name="Lưu các ô đã sửa và kiểm tra lại").click()
    expect(it.get_by_text("So với thời khóa biểu số 1: 1 tiết dời chỗ.")).to_be_visible()
    it.get_by_role("button", name=re.compile("^Lưu .* tiết vào bản nháp$")).click()
    expect(it.get_by_text("Hiệu trưởng hoặc phó hiệu trưởng công bố.")).to_be_visible()

    leader = sign_in("phohieutruong").new_page()
    leader.goto(it.url)
    leader.get_by_text("7A1: 1 thay đổi").click()
    expect(leader.get_by_text("Dời tiết", exact=True).first).to_be_visible()
    leader.get_by_role("button", name=re.compile("^Công bố, áp dụng từ")).click()
    expect(leader.get_by_text("Đã công bố. Giáo viên có tiết thay đổi")).to_be_visible()
    leader.get_by_text("7A1: 1 thay đổi").click()
    leader.get_by_role("link", name="Cả tuần của lớp 7A1").click()
    expect(leader.locator(".timetable-grid").get_by_text("Chiều")).to_be_visible()
    assert sign_in("gvbm").new_page().goto("/timetable/versions/new/").status == 403

    told, place = records.one(
        """SELECT m.recipients @> to_jsonb(u.id), m.url FROM lib_outboxmessage m, accounts_user u
           WHERE m.kind = 'timetable.published' AND u.username = 'gvcn' ORDER BY m.id DESC LIMIT 1"""
    )
    assert told
    teacher = sign_in("gvcn", **PHONE).new_page()
    teacher.goto(place)
    expect(teacher.locator(".timetable-days")).to_be_visible()
    expect(teacher.locator(".timetable-grid")).to_be_hidden()
    expect(teacher.get_by_text("Thời khóa biểu số 4, áp dụng từ")).to_be_visible()

    family = sign_in("phuhuynh", **PHONE).new_page()
    family.goto("/home/")
    expect(family.get_by_text("Thời khóa biểu mới áp dụng từ").first).to_be_visible()
    family.get_by_role("link", name="Thời khóa biểu lớp 7A1").click()
    expect(family.get_by_role("heading", name="Thời khóa biểu lớp 7A1")).to_be_visible()


def test_the_week_on_a_desk_and_on_a_phone(sign_in):
    """W7: a table of six days at 1280, day by day at 360; weeks by links, without scripts of our own."""
    page = sign_in("gvcn").new_page()
    page.goto("/timetable/?week=2026-11-16")
    expect(page.locator(".timetable-grid")).to_be_visible()
    expect(page.locator(".timetable-days")).to_be_hidden()
    expect(page.get_by_role("columnheader")).to_have_count(7)
    page.get_by_role("link", name="Tuần sau").click()
    expect(page.get_by_text("23/11/2026 – 28/11/2026")).to_be_visible()
    phone = sign_in("gvcn", **PHONE).new_page()
    phone.goto("/timetable/?week=2026-11-16")
    expect(phone.get_by_role("heading", level=2, name=re.compile("^Thứ"))).to_have_count(6)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
