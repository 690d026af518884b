"""The other ways to a complete column: from a stack of papers, without scripts, on a phone; and reading it back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SignIn
from tests.browser.pages import CODES, TYPED, GridPage, usual_scores
from tests.browser.records import Book


# --- an unsorted stack, reading back, confirming --------------------------------------------------------
def test_stack_of_papers(context, book, records):
    page = context.new_page()
    page.goto(f"{book.column_path('GK')}stack/")
    line, who = page.locator("#stack-line"), page.locator("#stack-who")
    expect(line).to_be_focused()
    expect(page.locator("#stack-count")).to_have_text("45")
    page.keyboard.type("12 ")
    expect(who).to_have_text(f"12. {book.pupils[11].name}")
    page.keyboard.type("75")
    page.keyboard.press("Enter")
    expect(who).to_contain_text("7,5")
    for text in ("3 8", "45 10", "1 v"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(line).to_have_value("")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    expect(page.locator("#stack-count")).to_have_text("41")
    found = {row + 1: code for row, code in enumerate(records.codes(book, "GK")) if code}
    assert found == {1: "V", 3: "8", 12: "7.5", 45: "10"}


def test_stack_asks_before_it_replaces_and_says_what_it_cannot_read(context, book, records):
    page = context.new_page()
    page.goto(f"{book.column_path('GK')}stack/")
    who = page.locator("#stack-who")

    def enter(text: str) -> None:
        page.locator("#stack-line").fill(text)
        page.keyboard.press("Enter")

    enter("12 75")
    enter("12 8")
    expect(who).to_have_text(f"{book.pupils[11].name} đã có 7,5. Enter lần nữa để thay bằng 8.")
    page.keyboard.press("Enter")
    expect(who).to_contain_text("8")
    for text, why in (("99 8", "Không có em nào mang số 99."), ("8", "Gõ số thứ tự"), ("5 abc", "Chưa đọc được")):
        enter(text)
        expect(who).to_contain_text(why)
    enter("6 7,25")
    expect(who).to_contain_text("Làm tròn 7,3?")
    page.keyboard.press("Enter")
    expect(page.locator("#stack-line")).to_have_value("")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    assert (records.codes(book, "GK")[11], records.codes(book, "GK")[5]) == ("8", "7.3")


def test_reading_back_shows_odd_values_first_and_confirms(grid, book, records):
    usual = usual_scores(records, book)
    usual[4] = 1.5
    grid.paste_column(usual)
    grid.expect_saved()
    grid.page.get_by_role("link", name="Đối chiếu & xác nhận").click()
    first = grid.page.locator(".readback.odd li").first
    expect(grid.page.locator(".readback.odd li").filter(has_text=book.pupils[4].name)).to_contain_text("từ 2 trở xuống")
    expect(first.locator("strong")).not_to_be_empty()
    expect(grid.page.locator("ol.readback li")).to_have_count(45)
    grid.page.get_by_role("button", name="Xác nhận 45 điểm cột Giữa kỳ").click()
    expect(grid.page.get_by_text("Đã xác nhận cột Giữa kỳ.")).to_be_visible()
    assert records.confirmed_by(book, "GK") == "gvcn"


def test_incomplete_column_is_not_confirmed(grid, book, records):
    grid.type(*TYPED[:44])
    grid.expect_saved()
    grid.page.goto(f"{book.column_path('GK')}verify/")
    expect(grid.page.get_by_text("Còn thiếu 1 điểm")).to_be_visible()
    grid.page.get_by_role("button", name="Xác nhận 44 điểm").click()
    expect(grid.page.get_by_text("Cột Giữa kỳ còn thiếu 1 điểm.")).to_be_visible()
    assert records.confirmed_by(book, "GK") is None


def test_column_is_not_confirmed_while_scores_wait_on_this_machine(context, grid, book, watch):
    watch.expect(r"status of 503")
    grid.page.route("**/save/", lambda route: route.fulfill(status=503, body=""))
    grid.type(*TYPED[:3])
    grid.expect_kept(3)
    page = context.new_page()
    page.goto(f"{book.column_path('GK')}verify/")
    expect(page.locator("[data-unsent-note]")).to_contain_text("Còn 3 điểm trên máy này chưa gửi.")
    expect(page.get_by_role("button", name=re.compile("Xác nhận"))).to_be_hidden()


# --- without JavaScript -------------------------------------------------------------------------------
@pytest.fixture
def plain(sign_in: SignIn, book: Book) -> GridPage:
    """The grid in a browser that runs no scripts."""
    return GridPage.open(sign_in("gvcn", java_script_enabled=False), book)


def test_whole_column_without_javascript(plain, book, records):
    for row, text in enumerate(TYPED):
        plain.cell(row).fill(text)
    plain.page.get_by_role("button", name="Lưu cột").click()
    expect(plain.page.get_by_text("Đã lưu cột Giữa kỳ.")).to_be_visible()
    assert records.codes(book, "GK") == CODES


def test_refused_values_are_kept_without_javascript(plain, book, records, watch):
    watch.expect(r"status of 422")
    for row, text in enumerate(["7,5", "abc", "7,25", "8", "11,5"]):
        plain.cell(row).fill(text)
    plain.page.get_by_role("button", name="Lưu cột").click()
    expect(plain.page.get_by_role("heading", level=1)).to_have_text("Chưa lưu hết cột Giữa kỳ")
    for row, text, why in (
        (1, "abc", "Chưa đọc được điểm này"),
        (2, "7,25", "Điểm chỉ lấy một chữ số thập phân."),
        (4, "11,5", "Điểm phải từ 0 đến 10."),
    ):
        expect(plain.cell(row)).to_have_value(text)
        expect(plain.page.get_by_role("row").filter(has=plain.cell(row))).to_contain_text(why)
    assert records.codes(book, "GK")[:5] == ["7.5", "", "", "8", ""]
    for row, text in ((1, "6"), (2, "7,3"), (4, "10")):
        plain.cell(row).fill(text)
    plain.page.get_by_role("button", name="Lưu lại").click()
    expect(plain.page.get_by_text("Đã lưu cột Giữa kỳ.")).to_be_visible()
    assert records.codes(book, "GK")[:5] == ["7.5", "6", "7.3", "8", "10"]


def test_nothing_can_be_typed_where_it_would_not_be_saved_without_javascript(plain):
    """The form saves one column: inputs of the others would swallow what is typed."""
    expect(plain.cell(0)).to_be_visible()
    for column in ("TX2", "TX3", "TX4"):
        expect(plain.cell(0, column)).to_be_hidden()


# --- on a phone ---------------------------------------------------------------------------------------
@pytest.fixture
def phone(sign_in: SignIn, book: Book) -> GridPage:
    return GridPage.open(sign_in("gvcn", **PHONE), book)


def test_phone_shows_one_column(phone):
    expect(phone.cell(0)).to_be_visible()
    for column in ("TX2", "TX3", "TX4"):
        expect(phone.cell(0, column)).to_be_hidden()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 360


def test_phone_keys_move_and_mark_absence(phone, book, records):
    keys = phone.page.locator("#grid-keys")
    phone.cell(0).tap()
    phone.page.keyboard.type("75")
    keys.get_by_role("button", name="Tiếp").tap()
    expect(phone.cell(1)).to_be_focused()
    phone.page.keyboard.type("8")
    keys.get_by_role("button", name="Tiếp").tap()
    keys.get_by_role("button", name="V", exact=True).tap()
    expect(phone.cell(3)).to_be_focused()
    keys.get_by_role("button", name="Trước").tap()
    expect(phone.cell(2)).to_be_focused()
    phone.expect_saved()
    assert records.codes(book, "GK")[:4] == ["7.5", "8", "V", ""]


def test_phone_keys_stay_above_the_bar_and_cover_no_cell(phone):
    """Down to the last pupil: the keys are tapped where they are, and the cell in hand is in sight."""
    keys, last = phone.page.locator("#grid-keys"), phone.cell(44)
    last.tap()
    phone.page.keyboard.type("75")
    keys.get_by_role("button", name="Tiếp").tap()
    phone.expect_saved()
    bar, cell = phone.page.locator(".bottom-bar").bounding_box(), last.bounding_box()
    box = keys.bounding_box()
    assert box["y"] + box["height"] <= bar["y"] + 1
    assert cell["y"] + cell["height"] <= box["y"]
