"""Entering a column: by keyboard, on a bad line, in two tabs, by two people at once."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import SignIn
from tests.browser.pages import CODES, TYPED, GridPage, tab_to, written_once
from tests.browser.records import Book, Records
from tests.support import until

OFFLINE = r"net::ERR_INTERNET_DISCONNECTED"
CUT_OFF = r"net::ERR_(FAILED|CONNECTION_RESET)"
NOT_NOW = r"status of 503"


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
    assert records.confirmed_by(book, "GK") == "gvcn"


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
    grid.page.route("**/save/", lambda route: route.fulfill(status=503, body=""))
    grid.type(*TYPED)
    grid.expect_kept(45)
    assert records.codes(book, "GK") == [""] * 45
    grid.page.unroute("**/save/")
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
    for _ in range(100):  # the machine keeps sending; what it holds back for a moment arrives with the next try
        if records.codes(book, "GK")[:20] == CODES[:20]:
            break
        grid.page.wait_for_timeout(100)
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
    grid.type(*TYPED[5:20])
    expect(grid.state).to_contain_text("Phiên đăng nhập đã hết – 15 điểm vẫn giữ trên máy này.")
    # The panel waits for a pause: no score is typed into it.
    panel = grid.page.get_by_role("dialog", name="Đăng nhập lại để làm tiếp")
    password = panel.get_by_label("Mật khẩu của")
    expect(password).to_be_focused()
    expect(password).to_have_value("")
    watch.expect(r"status of 400")
    password.fill("khong-phai-no")
    password.press("Enter")
    expect(panel.get_by_role("alert")).to_be_visible()
    password.fill("truonghoc-demo")
    password.press("Enter")
    grid.expect_saved()
    expect(panel).to_be_hidden()
    expect(grid.cell(20)).to_be_focused()
    grid.type(*TYPED[20:])
    grid.expect_saved()
    assert records.codes(book, "GK") == CODES


def test_signing_in_again_in_another_tab(context, grid, book, records, portal):
    records.end_session(portal.session("gvcn"))
    grid.type(*TYPED[:20])
    panel = grid.page.get_by_role("dialog", name="Đăng nhập lại để làm tiếp")
    expect(panel).to_be_visible()
    login = context.new_page()
    login.goto("/login/")
    login.get_by_label("Số điện thoại hoặc tên đăng nhập").fill("gvcn")
    login.get_by_label("Mật khẩu hoặc mã PIN").fill("truonghoc-demo")
    login.keyboard.press("Enter")
    expect(login).to_have_url(re.compile(r"/today/$"))
    login.close()
    # One comes back to this tab: pages without a screen believe that they have the focus all the time.
    grid.page.evaluate("dispatchEvent(new Event('focus'))")
    grid.expect_saved()
    expect(panel).to_be_hidden()
    assert records.codes(book, "GK")[:20] == CODES[:20]


def test_idle_is_announced_and_a_key_goes_on(sign_in, records):
    """P1-15: a minute before the session ends; one press keeps it, and asking alone never does."""
    page = sign_in("gvbm").new_page()
    page.clock.install()
    page.goto("/incidents/new/")
    who = int(page.locator("body").get_attribute("data-user") or 0)
    page.route("**/me/session/", lambda route: route.fulfill(json={"left": 50, "user": who}))
    page.get_by_label("Thầy/cô gặp điều gì?").fill("Bảng điểm in bị lệch")
    panel = page.get_by_role("dialog")
    page.clock.fast_forward("14:30")
    expect(panel.get_by_role("heading", name="Sắp tự đăng xuất")).to_be_visible()
    with page.expect_response("**/me/session/keep/") as kept:
        panel.get_by_role("button", name="Làm việc tiếp").click()
    assert kept.value.json()["left"] > 60
    expect(panel).to_be_hidden()
    expect(page.get_by_label("Thầy/cô gặp điều gì?")).to_have_value("Bảng điểm in bị lệch")


def test_form_that_would_be_lost_waits_for_the_sign_in(sign_in, portal, records):
    page = sign_in("gvbm").new_page()
    page.clock.install()
    page.goto("/incidents/new/")
    page.get_by_label("Thầy/cô gặp điều gì?").fill("Bảng điểm in bị lệch")
    page.clock.set_system_time(page.evaluate("Date.now()") + 20 * 60_000)  # the lid was closed: no timer ran
    records.end_session(portal.session("gvbm"))
    page.get_by_role("button", name="Gửi báo sự cố").click()
    panel = page.get_by_role("dialog", name="Đăng nhập lại để làm tiếp")
    panel.get_by_label("Mật khẩu của").fill("truonghoc-demo")
    panel.get_by_role("button", name="Đăng nhập").click()
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Gửi báo sự cố").click()
    expect(page.get_by_role("main")).to_contain_text("Bảng điểm in bị lệch")


def test_draft_goes_on_after_the_sign_in(sign_in, portal, records, watch):
    """What htmx sends for a page is no reason to put the sign-in page into it."""
    watch.expect(r"\b401\b")
    page = sign_in("gvbm").new_page()
    draft = records.one("SELECT min(id) FROM gradebook_correctionrequest WHERE state = 'returned'")
    page.goto(f"/corrections/{draft}/edit/")
    words = page.get_by_label("Giải thích")
    words.fill("Ảnh mới chụp đủ điểm.")
    expect(page.locator("#draft-state")).to_contain_text("lưu")
    records.end_session(portal.session("gvbm"))
    words.fill("Ảnh mới chụp đủ điểm và họ tên.")
    panel = page.get_by_role("dialog", name="Đăng nhập lại để làm tiếp")
    panel.get_by_label("Mật khẩu của").fill("truonghoc-demo")
    panel.get_by_role("button", name="Đăng nhập").click()
    expect(panel).to_be_hidden()
    expect(words).to_have_value("Ảnh mới chụp đủ điểm và họ tên.")
    question = "SELECT explanation FROM gradebook_correctionrequest WHERE id = %s"
    until(lambda: records.one(question, draft) == "Ảnh mới chụp đủ điểm và họ tên.")
    expect(page.locator("#id_login")).to_have_count(0)


def test_signing_out_warns_and_takes_only_ones_own_scores(context, grid, watch):
    """A machine of the staff room: what another person left on it waits for that person."""
    watch.expect(NOT_NOW)
    grid.page.route("**/save/", lambda route: route.fulfill(status=503, body=""))
    grid.type(*TYPED[:3])
    grid.expect_kept(3)
    page = context.new_page()
    page.goto("/more/")
    page.evaluate("localStorage.setItem('ob:999999:1:2-3', '{}')")
    sign_out = page.get_by_role("main").get_by_role("button", name="Đăng xuất")
    sign_out.click()
    expect(page.get_by_text("Còn 3 điểm trên máy này chưa gửi.")).to_be_visible()
    sign_out.click()
    expect(page).to_have_url(re.compile("/login/$"))
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('ob:'))") == ["ob:999999:1:2-3"]


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
