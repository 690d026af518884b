"""Remarks as a teacher writes them: by keyboard, from the bank of phrases, on a bad line, at the minute of closing (T6)."""

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.portal import wait_for
from tests.browser.records import Book, Records

OFFLINE = r"ERR_INTERNET_DISCONNECTED"
REFUSED = r"status of 422"


class RemarksPage:
    """The regular remarks of one book; `empty` are the rows that nobody has written yet."""

    def __init__(self, page: Page, book: Book, empty: list[int]) -> None:
        self.page, self.book, self.empty = page, book, empty
        self.state = page.locator("#save-state")
        self.bank = page.get_by_role("dialog", name="Mẫu câu")
        self.unsent = page.locator("#unsent")

    @classmethod
    def open(cls, context: BrowserContext, book: Book, records: Records) -> "RemarksPage":
        found = cls(context.new_page(), book, [row for row, words in enumerate(records.words(book)) if not words])
        found.reload()
        return found

    def reload(self) -> None:
        self.page.goto(f"{self.book.path}remarks/?column=NX1")

    def field(self, row: int) -> Locator:
        return self.page.locator(f"[name=c{self.book.columns['NX1']}-{self.book.pupils[row].id}]")

    def note(self, row: int) -> Locator:
        return self.page.locator(f'li[data-s="{self.book.pupils[row].id}"] [data-note]')

    def write(self, row: int, text: str) -> None:
        self.field(row).focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def expect_saved(self) -> None:
        expect(self.state).to_have_attribute("data-state", "saved")
        expect(self.state).to_have_attribute("data-n", "0")


@pytest.fixture
def remarks(context, book, records) -> RemarksPage:
    return RemarksPage.open(context, book, records)


def test_a_class_by_keyboard_with_phrases(remarks, book, records):
    """One pupil per row, / opens the bank, Enter goes on; nobody presses a button to save."""
    first, second = remarks.empty[:2]
    remarks.field(first).focus()
    remarks.page.keyboard.type("/")
    expect(remarks.bank.get_by_label("Tìm trong mẫu câu")).to_be_focused()
    remarks.page.keyboard.type("tap trung")  # typed without marks, as on a hurried evening
    remarks.page.keyboard.press("Enter")
    expect(remarks.field(first)).to_be_focused()
    remarks.page.keyboard.type("Viết chữ đẹp.")
    remarks.page.keyboard.press("Enter")
    expect(remarks.field(first + 1)).to_be_focused()
    remarks.write(second, "Chăm chỉ.")
    remarks.expect_saved()
    found = records.words(book)
    assert found[first] == "Cần tập trung hơn trong giờ học. Viết chữ đẹp."
    assert found[second] == "Chăm chỉ."
    assert records.writes(book, "NX1")[book.pupils[second].id] == 1
    remarks.reload()
    expect(remarks.field(second)).to_have_value("Chăm chỉ.")


def test_a_slash_inside_a_word_is_a_slash(remarks, book, records):
    row = remarks.empty[0]
    remarks.write(row, "Nộp bài ngày 8/9.")
    remarks.expect_saved()
    assert records.words(book)[row] == "Nộp bài ngày 8/9."


def test_a_phrase_of_ones_own(remarks, watch, book, records):
    watch.expect(REFUSED)
    row = remarks.empty[0]
    remarks.page.locator(f'li[data-s="{book.pupils[row].id}"]').get_by_role("button", name="Mẫu câu").click()
    mine = remarks.bank.get_by_label("Thêm mẫu của tôi")
    for expected in (1, 1):
        mine.fill("Hay giúp bạn.")
        remarks.bank.get_by_role("button", name="Giữ làm mẫu").click()
        expect(remarks.bank.get_by_role("button", name="Hay giúp bạn.", exact=True)).to_have_count(expected)
    expect(remarks.bank.get_by_text("Đã có mẫu câu này.")).to_be_visible()
    remarks.bank.get_by_role("button", name="Hay giúp bạn.", exact=True).click()
    expect(remarks.field(row)).to_have_value("Hay giúp bạn. ")
    remarks.page.keyboard.press("Enter")
    remarks.expect_saved()
    assert records.words(book)[row] == "Hay giúp bạn."


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desk", "phone"])
def test_a_double_click_opens_the_bank_once(sign_in, book, records, device):
    remarks = RemarksPage.open(sign_in("gvcn", **device), book, records)
    row = remarks.empty[0]
    remarks.page.locator(f'li[data-s="{book.pupils[row].id}"]').get_by_role("button", name="Mẫu câu").dblclick()
    expect(remarks.bank.get_by_label("Tìm trong mẫu câu")).to_be_focused()
    expect(remarks.field(row)).to_have_value("")


def test_offline_closed_and_opened_again(context, remarks, book, records, watch):
    """Nothing written is lost: not the line that went down, not the tab that was closed in the middle of a sentence."""
    watch.expect(OFFLINE)
    first, second = remarks.empty[:2]
    context.set_offline(True)
    remarks.write(first, "Viết lúc mất mạng.")
    expect(remarks.state).to_contain_text("Mất kết nối – đã giữ 1 nhận xét")
    remarks.field(second).focus()
    remarks.page.keyboard.type("Đang viết dở")
    key = f":{book.columns['NX1']}-{book.pupils[second].id}"
    wait_for(lambda: remarks.page.evaluate("key => Object.keys(localStorage).some(name => name.endsWith(key))", key))
    remarks.page.close()
    context.set_offline(False)
    again = RemarksPage(context.new_page(), book, remarks.empty)
    again.reload()
    again.expect_saved()
    found = records.words(book)
    assert (found[first], found[second]) == ("Viết lúc mất mạng.", "Đang viết dở")
    assert records.writes(book, "NX1")[book.pupils[first].id] == 1


def test_what_is_being_typed_is_never_rewritten(context, remarks, book, records):
    """C-06: an input method sends Backspace and text again; the words and the caret stay as they are."""
    row = remarks.empty[0]
    remarks.field(row).focus()
    keyboard = context.new_cdp_session(remarks.page)
    remarks.page.keyboard.type("Tieng")
    for _ in range(3):
        remarks.page.keyboard.press("Backspace")
    keyboard.send("Input.insertText", {"text": "ếng"})
    remarks.page.keyboard.type("  ")
    keyboard.send("Input.imeSetComposition", {"text": "Vie", "selectionStart": 3, "selectionEnd": 3})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keyboard.send("Input.insertText", {"text": "Việt"})
    expect(remarks.field(row)).to_have_value("Tiếng  Việt")
    expect(remarks.field(row)).to_be_focused()
    assert remarks.field(row).evaluate("field => field.selectionStart") == len("Tiếng  Việt")
    remarks.page.keyboard.press("Enter")
    remarks.expect_saved()
    expect(remarks.field(row)).to_have_value("Tiếng  Việt")
    assert records.words(book)[row] == "Tiếng Việt"


def test_too_long_a_remark_says_so_and_stays(remarks, book, records):
    row = remarks.empty[0]
    remarks.field(row).fill("dài " * 130)
    remarks.page.keyboard.press("Enter")
    expect(remarks.note(row)).to_contain_text("Nhận xét dài 519 ký tự; nhiều nhất 500.")
    expect(remarks.field(row)).to_have_value("dài " * 130)
    assert records.words(book)[row] == ""
    remarks.write(row, "Ngắn.")
    expect(remarks.note(row)).to_be_hidden()
    remarks.expect_saved()
    assert records.words(book)[row] == "Ngắn."


def test_two_tabs_ask_whose_words_stay(context, remarks, book, records):
    row = remarks.empty[0]
    other = RemarksPage.open(context, book, records)
    other.write(row, "Của thẻ kia.")
    other.expect_saved()
    remarks.write(row, "Của thẻ này.")
    expect(remarks.note(row)).to_contain_text("“Của thẻ kia.”")
    remarks.note(row).get_by_role("button", name="Giữ lời của tôi").click()
    remarks.expect_saved()
    assert records.words(book)[row] == "Của thẻ này."


def test_taking_what_another_tab_has_emptied(context, remarks, book, records):
    row = next(number for number, words in enumerate(records.words(book)) if words)
    other = RemarksPage.open(context, book, records)
    other.field(row).fill("")
    other.page.keyboard.press("Enter")
    other.expect_saved()
    remarks.write(row, "Của thẻ này.")
    expect(remarks.note(row)).to_contain_text("ô trống")
    remarks.note(row).get_by_role("button", name="Dùng lời kia").click()
    expect(remarks.field(row)).to_have_value("")
    remarks.page.keyboard.press("Enter")
    remarks.reload()
    expect(remarks.field(row)).to_have_value("")


def test_the_column_closes_under_the_writing_hand(remarks, book, records):
    """P0-2: the words stay on this machine and begin a petition."""
    row = remarks.empty[0]
    remarks.field(row).focus()
    remarks.page.keyboard.type("Viết chậm một phút.")
    records.set_window(book, "NX1", closes="0 seconds")
    wait_for(lambda: records.is_closed(book, "NX1"))
    remarks.page.keyboard.press("Enter")
    expect(remarks.unsent).to_contain_text("Viết chậm một phút.")
    expect(remarks.field(row)).to_have_attribute("readonly", "")
    remarks.unsent.get_by_role("button", name="Tạo đề nghị điều chỉnh").click()
    expect(remarks.page.locator(".words-input")).to_have_value("Viết chậm một phút.")
    assert records.words(book)[row] == ""


def test_on_a_phone(sign_in, book, records):
    remarks = RemarksPage.open(sign_in("gvcn", **PHONE), book, records)
    row = remarks.empty[0]
    assert remarks.page.evaluate("document.documentElement.scrollWidth") == 360
    remarks.field(row).tap()
    remarks.page.keyboard.type("Ngoan.")
    remarks.page.locator("h1").tap()
    remarks.expect_saved()
    assert records.words(book)[row] == "Ngoan."
