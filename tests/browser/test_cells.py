"""What one types, pastes and reads in the cells of the grid."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import GridPage, usual_scores, written_once


# --- what is typed into a cell --------------------------------------------------------------------
def test_offer_to_round_is_taken_with_enter(grid, book, records):
    grid.type("7,25")
    expect(grid.note).to_contain_text("Làm tròn 7,3? Enter để nhận")
    expect(grid.cell(0)).to_be_focused()
    grid.page.keyboard.press("Enter")
    expect(grid.cell(1)).to_be_focused()
    grid.expect_saved()
    assert records.codes(book, "GK")[0] == "7.3"


def test_offer_to_round_is_refused_with_escape(grid, book, records):
    grid.type("7,25")
    grid.page.keyboard.press("Escape")
    expect(grid.note).to_have_count(0)
    expect(grid.cell(0)).to_have_value("")
    grid.type("7,2")
    grid.expect_saved()
    assert records.codes(book, "GK")[0] == "7.2"


@pytest.mark.parametrize(
    ("typed", "quick", "why"),
    [
        ("abc", True, "Chưa đọc được điểm này"),
        ("11", False, "Điểm phải từ 0 đến 10."),
        ("75", False, "Điểm phải từ 0 đến 10."),
        ("10,5", True, "Điểm phải từ 0 đến 10."),
        ("M", True, "Thông tư 22 không có ô miễn"),
    ],
)
def test_unreadable_value_stays_with_its_reason(grid, book, records, typed, quick, why):
    grid.page.get_by_label("Gõ nhanh").set_checked(quick)
    grid.type_at(0, typed)
    expect(grid.note).to_contain_text(why)
    expect(grid.cell(0)).to_be_focused()
    expect(grid.cell(0)).to_have_value(typed)
    expect(grid.cell(0)).to_have_attribute("aria-invalid", "true")
    grid.cell(0).select_text()
    grid.type("8")
    grid.expect_saved()
    assert records.codes(book, "GK")[0] == "8"
    assert records.writes(book, "GK") == written_once(book, 1)


def test_quick_digits_say_once_what_they_became(grid):
    grid.type("75")
    expect(grid.note).to_contain_text("75 được hiểu là 7,5")
    expect(grid.cell(0)).to_have_value("7,5")
    grid.type("85")
    expect(grid.note).to_have_count(0)


def test_escape_restores(grid, book, records):
    grid.type("7,5")
    grid.expect_saved()
    grid.type_at(0)
    grid.page.keyboard.type("9")
    grid.page.keyboard.press("Escape")
    expect(grid.cell(0)).to_have_value("7,5")
    grid.page.keyboard.press("Enter")
    expect(grid.cell(1)).to_be_focused()
    assert records.writes(book, "GK") == written_once(book, 1)


def test_deleting_asks_once(grid, book, records):
    grid.type("7,5")
    grid.expect_saved()
    for answer, held in (("Escape", "7,5"), ("Enter", "")):
        grid.cell(0).focus()
        grid.cell(0).select_text()
        grid.page.keyboard.press("Delete")
        grid.page.keyboard.press("Enter")
        expect(grid.note).to_contain_text(f"Xóa điểm 7,5 của {book.pupils[0].name}?")
        expect(grid.cell(0)).to_be_focused()
        grid.page.keyboard.press(answer)
        expect(grid.cell(0)).to_have_value(held)
        grid.expect_saved()
    assert records.codes(book, "GK")[0] == ""
    assert records.writes(book, "GK")[book.pupils[0].id] == 2


def test_up_and_down_without_a_mouse(grid):
    grid.type("7", "8", "9")
    grid.page.keyboard.press("Shift+Enter")
    expect(grid.cell(2)).to_be_focused()
    grid.page.keyboard.press("ArrowUp")
    expect(grid.cell(1)).to_be_focused()
    grid.page.keyboard.press("ArrowDown")
    expect(grid.cell(2)).to_be_focused()


def test_value_after_an_absence_is_a_makeup_score(grid, book, records):
    grid.type("V", "v", "7")
    grid.expect_saved()
    assert records.codes(book, "GK")[:3] == ["V", "V", "7"]
    grid.type_at(0, "65")
    grid.expect_saved()
    assert records.cell(book, "GK", 0) == ("6.5", True, "gvcn")
    assert records.cell(book, "GK", 2) == ("7", False, "gvcn")
    grid.reload()
    expect(grid.box(0)).to_have_class(re.compile(r"\bmk\b"))


def test_enter_belongs_to_the_keyboard_while_it_composes(context, grid, book, records):
    """C-06: a Vietnamese input method commits with Enter; the grid neither moves nor saves until it has."""
    keyboard = context.new_cdp_session(grid.page)
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    keyboard.send("Input.imeSetComposition", {"text": "7", "selectionStart": 1, "selectionEnd": 1})
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter, "windowsVirtualKeyCode": 229})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    expect(grid.cell(0)).to_be_focused()
    expect(grid.state).to_have_attribute("data-state", "idle")
    keyboard.send("Input.insertText", {"text": "7,5"})
    expect(grid.cell(0)).to_have_value("7,5")
    grid.page.keyboard.press("Enter")
    expect(grid.cell(1)).to_be_focused()
    grid.expect_saved()
    assert records.codes(book, "GK")[0] == "7.5"


def test_tab_saves_and_goes_to_the_next_column(grid, book, records):
    grid.cell(0, "TX4").focus()
    grid.page.keyboard.type("75")
    grid.page.keyboard.press("Tab")
    expect(grid.cell(0)).to_be_focused()
    expect(grid.page.locator("[data-active-label]")).to_have_text("Giữa kỳ")
    grid.expect_saved()
    assert records.codes(book, "TX4")[0] == "7.5"


def test_past_of_a_cell_by_keyboard(grid, book):
    grid.type("7,5")
    grid.expect_saved()
    grid.type_at(0, "8")
    grid.expect_saved()
    grid.cell(0).focus()
    grid.page.keyboard.press("Alt+Enter")
    panel = grid.page.get_by_role("dialog")
    expect(panel).to_contain_text(book.pupils[0].name)
    expect(panel.get_by_role("listitem")).to_have_count(2)
    expect(panel.get_by_role("listitem").last).to_contain_text("Trần Thị Lan")
    grid.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(grid.cell(0)).to_be_focused()


# --- subjects by comment ----------------------------------------------------------------------------
def test_comment_subject_takes_letters(sign_in, records):
    book = records.book("7A1", "GDTC")
    grid = GridPage.open(sign_in(book.teacher), book)
    grid.type("d", "c", "dd", "cd", "D", "V")
    # Unikey writes đ by taking the d back first.
    grid.page.keyboard.type("d")
    grid.page.keyboard.press("Backspace")
    grid.page.keyboard.insert_text("đ")
    grid.page.keyboard.press("Enter")
    grid.expect_saved()
    expect(grid.cell(0)).to_have_value("Đ")
    expect(grid.cell(1)).to_have_value("CĐ")
    assert records.codes(book, "GK")[:7] == ["D", "CD", "D", "CD", "D", "V", "D"]
    grid.type("8")
    expect(grid.note).to_contain_text("Chưa đọc được. Gõ d cho Đạt, c cho Chưa đạt.")
    expect(grid.cell(7)).to_be_focused()


# --- a block from Excel -----------------------------------------------------------------------------
def test_block_from_excel_skips_the_closed_column(context, book, records):
    records.set_window(book, "TX3", closes="-1 minute")
    held = records.codes(book, "TX3")
    grid = GridPage.open(context, book, "TX2")
    grid.paste(0, [[f"{row % 10},5", "9,5", str(row % 11)] for row in range(45)])
    expect(grid.note).to_contain_text("Đã dán 90 ô, bỏ qua 45 ô đã khóa hoặc ngoài bảng.")
    grid.expect_saved()
    assert records.codes(book, "TX2") == [f"{row % 10}.5" for row in range(45)]
    assert records.codes(book, "TX3") == held
    assert records.codes(book, "TX4") == [str(row % 11) for row in range(45)]


def test_block_from_excel_shows_what_it_could_not_read(grid, book, records):
    grid.paste(40, [["7,5"], ["vắng"], ["8"], ["11"], [""], ["5"]])
    expect(grid.note).to_contain_text("Chưa đọc được điểm này")
    expect(grid.note).to_contain_text("Đã dán 2 ô, bỏ qua 1 ô")
    expect(grid.cell(41)).to_be_focused()
    for row, value in ((41, "vắng"), (43, "11")):
        expect(grid.cell(row)).to_have_value(value)
        expect(grid.cell(row)).to_have_attribute("aria-invalid", "true")
    grid.expect_saved()
    assert records.codes(book, "GK")[40:] == ["7.5", "", "8", "", ""]


# --- D-07: warnings ---------------------------------------------------------------------------------
def test_column_shifted_by_a_row_is_noticed(grid, book, records):
    usual = usual_scores(records, book)
    grid.paste_column([*usual[:17], usual[16], *usual[17:-1]])
    warning = grid.page.locator("#column-checks")
    expect(warning).to_contain_text("Có thể bị lệch dòng")
    row = int(re.search(r"từ khoảng STT (\d+)", warning.inner_text())[1])
    assert abs(row - 18) <= 3
    assert any(records.codes(book, "GK"))  # it warns and never blocks


def test_clean_column_raises_no_warning(grid, book, records):
    grid.paste_column(usual_scores(records, book))
    grid.expect_saved()
    expect(grid.page.locator("#column-checks")).to_have_text("")


def test_column_typed_into_the_wrong_place_is_noticed(grid, book, records):
    copied = [code.replace(".", ",") for code in records.codes(book, "TX2")]
    with grid.page.expect_response("**/checks/"):
        grid.paste(0, [[score] for score in copied])
    expect(grid.page.locator("#column-checks")).to_contain_text("điểm giống hệt cột TX2")
