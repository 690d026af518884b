"""Entering a column: by keyboard, in a bad network, twice at once, from Excel, without JavaScript, on a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.conftest import PHONE, SignIn
from tests.browser.pages import GridPage, tab_to
from tests.browser.records import Book, Records

# One column in mixed styles: what is typed, and the code that the book must hold.
STYLES = {
    "75": "7.5", "8": "8", "7,5": "7.5", "65": "6.5", "10": "10", "9": "9", "4.5": "4.5", "85": "8.5", "0": "0",
    "05": "0.5", "55": "5.5", "7": "7", "95": "9.5", "100": "10", "6": "6",
}  # fmt: skip
TYPED = list(STYLES) * 3
CODES = list(STYLES.values()) * 3
OFFLINE = r"net::ERR_INTERNET_DISCONNECTED"
CUT_OFF = r"net::ERR_(FAILED|CONNECTION_RESET)"
NOT_NOW = r"status of 503"


@pytest.fixture
def book(records: Records) -> Book:
    """Maths of 7A1: TX1 closed, the mid-term column empty and open."""
    return records.book("7A1", "TOAN")


@pytest.fixture
def context(sign_in: SignIn) -> BrowserContext:
    return sign_in("gvcn")


@pytest.fixture
def grid(context: BrowserContext, book: Book) -> GridPage:
    return GridPage.open(context, book)


def written_once(book: Book, rows: int = 45) -> dict[int, int]:
    return {pupil.id: 1 for pupil in book.pupils[:rows]}


# --- D-01: a column by keyboard -----------------------------------------------------------------
def test_45_scores_by_keyboard_alone(grid, book, records):
    expect(grid.cell(0)).to_be_focused()
    grid.type(*TYPED)
    grid.expect_saved()
    seconds = (grid.probe("savedAt") - grid.probe("lastKeyAt")) / 1000
    print(f"{grid.probe('keys')} keys, saved {seconds:.2f} s after the last")
    assert grid.probe("keys") <= 135
    assert grid.probe("pointers") == 0
    assert seconds <= 2
    assert records.codes(book, "GK") == CODES
    assert records.writes(book, "GK") == written_once(book)


def test_focus_starts_at_the_first_empty_cell(grid, book, records):
    grid.type("7", "8", "9")
    grid.expect_saved()
    grid.reload()
    expect(grid.cell(3)).to_be_focused()
    expect(grid.page.locator("#cells-left")).to_have_text("Còn 42 ô")


def test_from_today_to_a_confirmed_column_without_a_mouse(sign_in, book, records):
    page = sign_in(None).new_page()
    page.goto("/login/")
    tab_to(page, page.get_by_label("Số điện thoại hoặc tên đăng nhập"))
    page.keyboard.type("gvcn")
    tab_to(page, page.get_by_label("Mật khẩu hoặc mã PIN"))
    page.keyboard.type("truonghoc-demo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/today/$"))
    enter = page.locator(f'a[href="{book.path}?column={book.columns["GK"]}"]')
    tab_to(page, enter)
    page.keyboard.press("Enter")
    grid = GridPage(page, book, "GK")
    expect(grid.cell(0)).to_be_focused()
    grid.type(*TYPED)
    grid.expect_saved()
    tab_to(page, page.get_by_role("link", name="Đối chiếu & xác nhận"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Xác nhận 45 điểm cột Giữa kỳ"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã xác nhận cột Giữa kỳ.")).to_be_visible()
    assert confirmed_by(records, book) == "gvcn"


def confirmed_by(records: Records, book: Book) -> str | None:
    sql = "SELECT u.username FROM gradebook_scorecolumn c LEFT JOIN accounts_user u ON u.id = c.confirmed_by_id WHERE c.id = %s"
    return records.one(sql, book.columns["GK"])


# --- D-02 to D-04: the line, the server, the session ---------------------------------------------
def test_offline_then_closed_tab_then_back(context, grid, book, records, watch):
    watch.expect(OFFLINE)
    grid.type(*TYPED[:10])
    grid.expect_saved()
    context.set_offline(True)
    grid.type(*TYPED[10:])
    grid.expect_kept(35)
    grid.page.close()
    assert records.codes(book, "GK")[10:] == [""] * 35
    context.set_offline(False)
    again = GridPage.open(context, book)
    again.expect_saved()
    expect(again.state).to_contain_text("Đã gửi lại 35 điểm nhập khi mất kết nối")
    assert records.codes(book, "GK") == CODES
    assert records.writes(book, "GK") == written_once(book)


def test_offline_then_online_without_a_reload(context, grid, book, records, watch):
    watch.expect(OFFLINE)
    context.set_offline(True)
    grid.type(*TYPED[:12])
    grid.expect_kept(12)
    context.set_offline(False)
    grid.expect_saved()
    assert records.codes(book, "GK")[:12] == CODES[:12]
    assert records.writes(book, "GK") == written_once(book, 12)


def test_server_out_of_order_for_a_while(grid, book, records, watch):
    watch.expect(NOT_NOW)
    refusals = iter(range(2))

    def answer(route: Route) -> None:
        if next(refusals, None) is None:
            route.continue_()
        else:
            route.fulfill(status=503, body="")

    grid.page.route("**/save/", answer)
    grid.type(*TYPED)
    expect(grid.state).to_have_attribute("data-state", "offline")
    grid.expect_saved()
    assert records.codes(book, "GK") == CODES
    assert records.writes(book, "GK") == written_once(book)


def test_answer_lost_on_the_way_is_not_written_twice(context, grid, book, records, watch):
    """The server has the scores, this machine does not know: it sends them again, and nothing happens twice."""
    watch.expect(CUT_OFF)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    grid.page.route("**/save/", lose)
    grid.type(*TYPED[:20])
    grid.expect_kept(20)
    assert records.codes(book, "GK")[:20] == CODES[:20]
    grid.page.unroute_all(behavior="ignoreErrors")
    grid.page.close()
    again = GridPage.open(context, book)
    again.expect_saved()
    assert records.codes(book, "GK")[:20] == CODES[:20]
    assert records.writes(book, "GK") == written_once(book, 20)


def test_tab_closed_before_anything_was_sent(context, grid, book, records, watch):
    watch.expect(CUT_OFF)
    grid.page.route("**/save/", lambda route: route.abort("connectionreset"))
    grid.type(*TYPED)
    grid.page.close()
    assert records.codes(book, "GK") == [""] * 45
    GridPage.open(context, book).expect_saved()
    assert records.codes(book, "GK") == CODES
    assert records.writes(book, "GK") == written_once(book)


def test_leaving_with_unsent_scores_asks_first(context, grid, watch):
    watch.expect(OFFLINE)
    asked = []
    grid.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    context.set_offline(True)
    grid.page.mouse.click(5, 5)  # browsers ask only after the page was touched
    grid.type_at(0, "7", "8")
    grid.expect_kept(2)
    grid.page.close(run_before_unload=True)
    expect(grid.cell(2)).to_be_focused()
    assert asked == ["beforeunload"]


def test_session_ends_in_the_middle_of_a_column(context, grid, book, records, portal, watch):
    grid.type(*TYPED[:5])
    grid.expect_saved()
    records.end_session(portal.session("gvcn"))
    portal.sessions.pop("gvcn")
    grid.type(*TYPED[5:20])
    expect(grid.state).to_contain_text("Phiên đăng nhập đã hết – 15 điểm vẫn giữ trên máy này.")
    with context.expect_page() as opened:
        grid.state.get_by_role("link", name="Đăng nhập lại ở thẻ mới").click()
    login = opened.value
    login.get_by_label("Số điện thoại hoặc tên đăng nhập").fill("gvcn")
    login.get_by_label("Mật khẩu hoặc mã PIN").fill("truonghoc-demo")
    login.keyboard.press("Enter")
    expect(login).to_have_url(re.compile(r"/today/$"))
    login.close()
    grid.page.bring_to_front()
    grid.expect_saved()
    assert records.codes(book, "GK")[:20] == CODES[:20]


# --- two tabs, two people -----------------------------------------------------------------------
def test_two_tabs_of_one_person_lose_nothing(context, grid, book, records, watch):
    watch.expect(OFFLINE)
    other = GridPage.open(context, book)
    context.set_offline(True)
    grid.page.bring_to_front()
    grid.type_at(0, *TYPED[:5])
    other.page.bring_to_front()
    other.type_at(5, *TYPED[5:10])
    grid.page.bring_to_front()
    grid.type_at(10, *TYPED[10:15])
    grid.page.close()
    other.page.close()
    context.set_offline(False)
    GridPage.open(context, book).expect_saved()
    assert records.codes(book, "GK")[:15] == CODES[:15]
    assert records.writes(book, "GK") == written_once(book, 15)


def test_one_tab_saves_and_the_other_keeps_what_waits(context, grid, book, records, watch):
    """Emptying one tab's outbox must not empty the other's."""
    watch.expect(NOT_NOW)
    waiting = GridPage.open(context, book)
    waiting.page.route("**/save/", lambda route: route.fulfill(status=503, body=""))
    waiting.type_at(0, *TYPED[:5])
    waiting.expect_kept(5)
    grid.page.bring_to_front()
    grid.type_at(5, *TYPED[5:10])
    grid.expect_saved()
    waiting.page.close()
    grid.reload()
    grid.expect_saved()
    assert records.codes(book, "GK")[:10] == CODES[:10]


@pytest.fixture
def colleague(sign_in: SignIn, book: Book, records: Records) -> GridPage:
    """The same column on the screen of a second teacher of the class."""
    records.also_teaches("gvbm", book)
    return GridPage.open(sign_in("gvbm"), book)


def test_different_cells_of_two_teachers_are_both_kept(grid, colleague, book, records):
    grid.type_at(0, *TYPED[:10])
    colleague.type_at(20, *TYPED[20:30])
    grid.expect_saved()
    colleague.expect_saved()
    assert records.codes(book, "GK") == [*CODES[:10], *[""] * 10, *CODES[20:30], *[""] * 15]


@pytest.fixture
def in_conflict(grid: GridPage, colleague: GridPage, records: Records) -> GridPage:
    """The colleague wrote 8 into the first cell while this page still showed it empty; then 7,5 was typed here."""
    colleague.type_at(0, "8")
    colleague.expect_saved()
    grid.type_at(0, "7,5")
    return grid


def expect_question(grid: GridPage, row: int, mine: str, theirs: str) -> None:
    expect(grid.note).to_contain_text(f"cô Yến vừa nhập {theirs} cho {grid.book.pupils[row].name}")
    expect(grid.note).to_contain_text(f"Giữ {mine} của thầy/cô hay dùng {theirs}?")
    expect(grid.box(row)).to_have_attribute("data-st", "conflict")


def test_same_cell_keep_mine(in_conflict, book, records):
    expect_question(in_conflict, 0, "7,5", "8")
    assert records.codes(book, "GK")[0] == "8"
    in_conflict.note.get_by_role("button", name="Giữ 7,5").click()
    expect(in_conflict.box(0)).to_have_attribute("data-st", "saved")
    assert records.cell(book, "GK", 0) == ("7.5", False, "gvcn")


def test_same_cell_take_theirs(in_conflict, book, records):
    expect_question(in_conflict, 0, "7,5", "8")
    in_conflict.note.get_by_role("button", name="Dùng 8").click()
    expect(in_conflict.note).to_have_count(0)
    expect(in_conflict.cell(0)).to_have_value("8")
    in_conflict.reload()
    expect(in_conflict.cell(0)).to_have_value("8")
    expect(in_conflict.state).to_have_attribute("data-state", "idle")
    assert records.cell(book, "GK", 0) == ("8", False, "gvbm")
    assert records.writes(book, "GK")[book.pupils[0].id] == 1


def test_conflict_is_answered_by_keyboard(in_conflict, book, records):
    expect_question(in_conflict, 0, "7,5", "8")
    in_conflict.page.keyboard.press("Shift+Enter")
    expect(in_conflict.cell(0)).to_be_focused()
    tab_to(in_conflict.page, in_conflict.note.get_by_role("button", name="Giữ 7,5"), limit=3)
    in_conflict.page.keyboard.press("Enter")
    expect(in_conflict.box(0)).to_have_attribute("data-st", "saved")
    assert records.codes(book, "GK")[0] == "7.5"


def test_conflict_is_asked_again_after_a_reload(in_conflict, book, records):
    expect_question(in_conflict, 0, "7,5", "8")
    in_conflict.page.close()
    again = GridPage.open(in_conflict.page.context, book)
    expect_question(again, 0, "7,5", "8")
    again.note.get_by_role("button", name="Giữ 7,5").click()
    expect(again.box(0)).to_have_attribute("data-st", "saved")
    assert records.codes(book, "GK")[0] == "7.5"


def test_every_conflict_is_asked(grid, colleague, book, records):
    colleague.type_at(0, "8", "9")
    colleague.expect_saved()
    grid.type_at(0, "5", "6")
    for row, mine, theirs in ((1, "6", "9"), (0, "5", "8")):
        grid.cell(row).focus()
        expect_question(grid, row, mine, theirs)
        grid.note.get_by_role("button", name=f"Giữ {mine}").click()
        expect(grid.box(row)).to_have_attribute("data-st", "saved")
    assert records.codes(book, "GK")[:2] == ["5", "6"]


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
def expected_column(records: Records, book: Book) -> list[float]:
    """What these pupils usually get, a little moved, so that it is no copy of an earlier column."""
    earlier = [records.codes(book, code) for code in ("TX1", "TX2")]
    means = []
    for row, pair in enumerate(zip(*earlier, strict=True)):
        known = [float(code) for code in pair if code[:1].isdigit()]
        means.append(min(10, max(0, round(sum(known) / max(len(known), 1) + (0.3, -0.2, 0.1, -0.3)[row % 4], 1))))
    return means


def paste_and_wait_for_checks(grid: GridPage, scores: list[float]) -> None:
    with grid.page.expect_response("**/checks/"):
        grid.paste(0, [[str(score).replace(".", ",")] for score in scores])


def test_column_shifted_by_a_row_is_noticed(grid, book, records):
    usual = expected_column(records, book)
    paste_and_wait_for_checks(grid, [*usual[:17], usual[16], *usual[17:-1]])
    warning = grid.page.locator("#column-checks")
    expect(warning).to_contain_text("Có thể bị lệch dòng")
    row = int(re.search(r"từ khoảng STT (\d+)", warning.inner_text())[1])
    assert abs(row - 18) <= 3
    assert any(records.codes(book, "GK"))  # it warns and never blocks


def test_clean_column_raises_no_warning(grid, book, records):
    paste_and_wait_for_checks(grid, expected_column(records, book))
    grid.expect_saved()
    expect(grid.page.locator("#column-checks")).to_have_text("")


def test_column_typed_into_the_wrong_place_is_noticed(grid, book, records):
    copied = [code.replace(".", ",") for code in records.codes(book, "TX2")]
    with grid.page.expect_response("**/checks/"):
        grid.paste(0, [[score] for score in copied])
    expect(grid.page.locator("#column-checks")).to_contain_text("điểm giống hệt cột TX2")


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
    usual = expected_column(records, book)
    usual[4] = 1.5
    paste_and_wait_for_checks(grid, usual)
    grid.expect_saved()
    grid.page.get_by_role("link", name="Đối chiếu & xác nhận").click()
    first = grid.page.locator(".readback.odd li").first
    expect(grid.page.locator(".readback.odd li").filter(has_text=book.pupils[4].name)).to_contain_text("từ 2 trở xuống")
    expect(first.locator("strong")).not_to_be_empty()
    expect(grid.page.locator("ol.readback li")).to_have_count(45)
    grid.page.get_by_role("button", name="Xác nhận 45 điểm cột Giữa kỳ").click()
    expect(grid.page.get_by_text("Đã xác nhận cột Giữa kỳ.")).to_be_visible()
    assert confirmed_by(records, book) == "gvcn"


def test_incomplete_column_is_not_confirmed(grid, book, records):
    grid.type(*TYPED[:44])
    grid.expect_saved()
    grid.page.goto(f"{book.column_path('GK')}verify/")
    expect(grid.page.get_by_text("Còn thiếu 1 điểm")).to_be_visible()
    grid.page.get_by_role("button", name="Xác nhận 44 điểm").click()
    expect(grid.page.get_by_text("Cột Giữa kỳ còn thiếu 1 điểm.")).to_be_visible()
    assert confirmed_by(records, book) is None


def test_column_is_not_confirmed_while_scores_wait_on_this_machine(context, grid, book, watch):
    watch.expect(NOT_NOW)
    grid.page.route("**/save/", lambda route: route.fulfill(status=503, body=""))
    grid.type(*TYPED[:3])
    grid.expect_kept(3)
    page = context.new_page()
    page.goto(f"{book.column_path('GK')}verify/")
    expect(page.locator("[data-unsent-note]")).to_contain_text("Còn 3 điểm trên máy này chưa gửi.")
    expect(page.get_by_role("button", name=re.compile("Xác nhận"))).to_be_hidden()


# --- without JavaScript -------------------------------------------------------------------------------
@pytest.fixture
def plain(sign_in: SignIn, book: Book) -> Iterator[GridPage]:
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
