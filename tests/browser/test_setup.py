"""A9, R2, Q1: IT staff set up a new school year from three Excel files: 60 staff, 1,800 pupils, the annex of 45 classes × 13 subjects."""

import re
import time
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_corrections import Hand
from tests.browser.test_pages import DEVICES, assert_in_order
from tests.registry.sheets import xlsx

STAFF, PUPILS, MOST_ACTIONS = 60, 1800, 40
CLASSES = {6: 12, 7: 11, 8: 11, 9: 11}
NAMES = [f"{grade}A{number}" for grade, count in CLASSES.items() for number in range(1, count + 1)]
NEW_SUBJECT = "Tiếng Thái"
SUBJECTS = [
    *("Ngữ văn", "Toán", "Ngoại ngữ 1 (Tiếng Anh)", "Giáo dục công dân", "Lịch sử và Địa lí", "Khoa học tự nhiên"),
    *("Công nghệ", "Tin học", "Giáo dục thể chất", "Nghệ thuật (Âm nhạc, Mĩ thuật)", "GDĐP", "HĐTN", NEW_SUBJECT),
]
FAMILIES = ["Lò", "Quàng", "Cầm", "Hoàng", "Tòng", "Nguyễn", "Trần", "Lê", "Bùi", "Đỗ"]
MIDDLES = ["Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc"]
GIVEN = ["An", "Ánh", "Ân", "Bình", "Chi", "Dũng", "Đạt", "Giang", "Hà", "Hương", "Khánh", "Lan", "Mai", "Nam", "Phúc"]
# What one press of this size may take on two busy cores.
SECONDS = 20


def invented(number: int) -> str:
    family, middle = FAMILIES[number % 10], MIDDLES[number // 10 % 6]
    return f"{family} {middle} {GIVEN[number // 7 % 15]}"


def staff_file() -> bytes:
    rows = [
        [f"M{number:03d}", invented(number), "Nữ" if number % 2 else "Nam", "Tổ Xã hội", "Giáo viên"]
        for number in range(STAFF)
    ]
    return xlsx([["Mã cán bộ", "Họ và tên", "Giới tính", "Tổ chuyên môn", "Chức vụ"], *rows])


def pupils_file() -> bytes:
    each = PUPILS // len(NAMES)
    rows = [
        [name, invented(number), date(2016, 1, 1) + timedelta(days=number % 365), f"88{number:08d}"]
        for place, name in enumerate(NAMES)
        for number in range(place * each, (place + 1) * each)
    ]
    return xlsx([["Lớp", "Họ và tên", "Ngày sinh", "Mã định danh học sinh"], *rows])


def annex_file() -> bytes:
    """Five teachers share a subject, nine classes each; every class has a homeroom teacher."""
    parts = [NAMES[first : first + 9] for first in range(0, len(NAMES), 9)]
    teaching = [
        [f"M{(place * len(parts) + part) % STAFF:03d}", ", ".join(classes), subject, None]
        for place, subject in enumerate(SUBJECTS)
        for part, classes in enumerate(parts)
    ]
    keeping = [[f"M{number:03d}", name, None, "x"] for number, name in enumerate(NAMES)]
    return xlsx([["Mã cán bộ", "Lớp", "Môn", "Chủ nhiệm"], *teaching, *keeping])


@pytest.fixture
def files(tmp_path):
    made = {"staff": staff_file(), "students": pupils_file(), "assignments": annex_file()}
    for kind, content in made.items():
        (tmp_path / f"{kind}.xlsx").write_bytes(content)
    return {kind: tmp_path / f"{kind}.xlsx" for kind in made}


def step(page: Page, title: str):
    return page.locator(".stepper > li").filter(has=page.get_by_text(title, exact=True)).get_by_role("link").last


def load(page: Page, hand: Hand, title: str, file, before=None) -> float:
    """One file from the step of the year to the next; how long the slower of its two presses took."""
    hand.click(step(page, title))
    if before:
        before()
    hand.set_input_files(page.get_by_label("Tệp .xlsx hoặc .csv"), file)
    began = time.monotonic()
    hand.click(page.get_by_role("button", name="Tải lên và xem trước"))
    expect(page.get_by_role("button", name="Bỏ tệp này")).to_be_visible(timeout=SECONDS * 1000)
    sent = time.monotonic()
    hand.click(page.get_by_role("button", name=re.compile("^Nhập .* dòng mới")))
    expect(page.get_by_text("Đã nhập xong.")).to_be_visible(timeout=SECONDS * 1000)
    return max(sent - began, time.monotonic() - sent)


def test_new_school_year_in_forty_actions(sign_in, records, files, capsys):
    page = sign_in("quantri").new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto("/today/")
    hand = Hand(page)
    hand.click(page.locator(".rail").get_by_role("link", name="Đầu năm học", exact=True))
    hand.click(page.get_by_role("link", name=re.compile("^Lập năm học")))
    hand.click(page.get_by_role("button", name="Lập năm học"))
    expect(page.get_by_text("Đã lập năm học")).to_be_visible()
    year = re.search(r"/setup/([\d-]+)/", page.url)[1]

    hand.click(step(page, "Quy định đánh giá và chương trình"))
    hand.click(page.get_by_role("button", name=re.compile("^Chép chương trình")))
    hand.click(page.locator("summary", has_text="Thêm môn"))
    hand.fill(page.get_by_label("Tên môn mới"), NEW_SUBJECT)
    hand.fill(page.get_by_label("Mã môn mới"), "TTHAI")
    hand.fill(page.get_by_label("Số tiết cả năm"), "70")
    hand.click(page.get_by_role("button", name="Thêm môn"))
    hand.click(page.locator(".breadcrumb").get_by_role("link", name=f"Đầu năm học {year}").last)

    hand.click(step(page, "Lớp"))
    for grade, count in CLASSES.items():
        hand.fill(page.get_by_label(f"Các lớp khối {grade}"), str(count))
    hand.click(page.get_by_role("button", name="Xem trước tên vừa sửa"))
    hand.click(page.get_by_role("button", name="Lập 45 lớp"))
    hand.click(step(page, "Học sinh lên lớp"))
    hand.click(page.get_by_role("button", name=re.compile(r"^Xếp \d+ em của 3 lớp lên lớp")))

    load(page, hand, "Cán bộ, giáo viên", files["staff"])
    longest = load(page, hand, "Học sinh mới", files["students"])

    def decision() -> None:
        hand.click(page.locator("summary", has_text="Ghi quyết định mới"))
        hand.fill(page.get_by_label("Số quyết định mới"), "88/QĐ-THCSHB")
        hand.fill(page.get_by_label("Ngày ký"), "28/08/2027")
        hand.fill(page.get_by_label("Người ký"), "Lò Thị Hoa")

    load(page, hand, "Phân công theo quyết định", files["assignments"], decision)
    hand.click(step(page, "Kiểm tra và mở sổ"))
    hand.click(page.get_by_role("button", name="Xếp lại theo tên"))
    began = time.monotonic()
    hand.click(page.get_by_role("button", name="Mở 585 sổ điểm").first)
    expect(page.get_by_text("Đã mở 585 sổ điểm của Học kỳ I.")).to_be_visible()
    opened = time.monotonic() - began

    with capsys.disabled():
        print(
            f"\nsetup: {hand.actions} actions, slowest press of 1,800 pupils {longest:.1f} s, 585 books {opened:.1f} s"
        )
    assert hand.actions <= MOST_ACTIONS
    assert longest < SECONDS
    made = "FROM registry_enrollment e JOIN registry_schoolclass c ON c.id = e.school_class_id JOIN registry_schoolyear y ON y.id = c.school_year_id WHERE y.code = %s"
    assert records.one(f"SELECT count(*) {made}", year) == PUPILS + 135
    assert records.one(f"SELECT count(DISTINCT c.id) {made}", year) == len(NAMES)
    taught = "FROM registry_teachingassignment a JOIN accounts_decision d ON d.id = a.decision_id WHERE d.number = %s"
    assert records.one(f"SELECT count(*) {taught}", "88/QĐ-THCSHB") == len(NAMES) * len(SUBJECTS)
    expect(page.get_by_text("chưa có giáo viên chủ nhiệm")).to_have_count(0)
    expect(page.get_by_text("lớp – môn chưa có giáo viên")).to_have_count(0)


@pytest.mark.parametrize("device", DEVICES)
def test_pages_of_a_year_half_set_up(sign_in, watch, device):
    """Refused dates, a programme and classes to look at, pupils one by one, the check list: readable on a desk and a phone."""
    page = sign_in("quantri", **DEVICES[device]).new_page()
    page.goto("/admin/setup/new/")
    ends = page.get_by_label("Năm học kết thúc")
    proposed = ends.input_value()
    ends.fill("01/01/2020")
    watch.expect(r"status of 422")
    page.get_by_role("button", name="Lập năm học").click()
    expect(page.get_by_text("Ngày kết thúc phải sau ngày bắt đầu.").last).to_be_visible()
    assert_in_order(page, device, watch)
    page.get_by_label("Năm học kết thúc").fill(proposed)
    page.get_by_role("button", name="Lập năm học").click()
    expect(page.locator(".stepper")).to_be_visible()
    year = page.url.rstrip("/").rsplit("/", 1)[1]
    page.goto(f"/admin/setup/{year}/programme/")
    assert_in_order(page, device, watch)
    page.get_by_role("button", name=re.compile("^Chép chương trình")).click()
    expect(page.locator("td input").first).to_be_visible()
    assert_in_order(page, device, watch)
    page.goto(f"/admin/setup/{year}/classes/")
    assert_in_order(page, device, watch)
    page.get_by_role("button", name=re.compile("^Lập .* lớp")).click()
    for part in ("", "pupils/", "check/"):
        page.goto(f"/admin/setup/{year}/{part}")
        assert_in_order(page, device, watch)
    page.goto(f"/admin/setup/{year}/pupils/")
    page.get_by_role("link", name=re.compile("từng em")).first.click()
    expect(page.locator("td select").first).to_be_visible()
    assert_in_order(page, device, watch)


def test_second_press_and_way_back(sign_in, records, watch):
    """A double click lập năm học makes one year; the wizard is found again where it was left."""
    page = sign_in("quantri").new_page()
    page.goto("/admin/setup/new/")
    page.get_by_role("button", name="Lập năm học").dblclick()
    expect(page.locator(".stepper")).to_be_visible()
    assert records.one("SELECT count(*) FROM registry_schoolyear") == 2
    page.goto("/admin/setup/")
    current = page.locator('.stepper > li[aria-current="step"]')
    expect(current).to_contain_text("Quy định đánh giá và chương trình")
