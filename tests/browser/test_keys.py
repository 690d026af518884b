"""Passkeys in a browser with an authenticator of its own: added, alone at the door, after the password, removed (A1)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from schoolops.home.demo.people import PASSWORD
from tests.browser.conftest import DESK, PATIENCE
from tests.browser.portal import Portal
from tests.browser.test_pages import assert_in_order
from tests.browser.watch import Watch

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
USE, SIGN_IN = "Dùng khóa truy cập", "Đăng nhập bằng khóa truy cập"


@pytest.fixture
def listener(portal: Portal) -> Iterator[Watch]:
    """Keys belong to a name: here the portal is not 127.0.0.1."""
    watch = Watch(f"http://localhost:{portal.port}")
    yield watch
    assert watch.unexpected() == []


@pytest.fixture
def context(chromium: Browser, listener: Watch) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=listener.origin, locale="vi-VN", **DESK)
    made.set_default_timeout(PATIENCE)
    listener.over(made)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def machine(context: BrowserContext, page: Page) -> "Machine":
    return Machine(context.new_cdp_session(page))


class Machine:
    """What opens keys: a fingerprint sensor that always says yes, until it is told that it does not."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        session.send("WebAuthn.enable")
        self.id = session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})["authenticatorId"]

    def knows_its_holder(self, known: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": known})


def enter(page: Page, username: str) -> None:
    page.goto("/login/")
    page.get_by_label("Số điện thoại hoặc tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu hoặc mã PIN").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


def leave(page: Page) -> None:
    page.goto("/me/")
    page.locator("main form[data-signout] button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")


def confirm(page: Page) -> None:
    page.get_by_label("Mật khẩu", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận và tiếp tục").click()


def add(page: Page) -> None:
    page.goto("/2fa/")
    page.get_by_role("link", name="Thêm khóa truy cập").click()
    confirm(page)
    page.get_by_label("Tên khóa").fill("Máy ở phòng giáo viên")
    page.get_by_role("button", name="Tạo khóa").click()
    expect(page.get_by_text("Đã thêm khóa truy cập.")).to_be_visible()


def test_a_key_from_its_first_day_to_its_last(page, machine, listener, records):
    enter(page, "gvcn")
    add(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mã dự phòng")
    page.goto("/2fa/")
    expect(page.locator(".row-list")).to_contain_text("Máy ở phòng giáo viên")
    expect(page.locator(".row-list")).to_contain_text("chưa dùng lần nào")
    assert_in_order(page, "desk", listener)
    leave(page)

    # Alone at the door.
    page.get_by_role("button", name=SIGN_IN).click()
    expect(page).to_have_url(re.compile("/today/"))
    page.goto("/2fa/")
    expect(page.locator(".row-list")).to_contain_text("dùng gần nhất")
    leave(page)

    # After the password.
    enter(page, "gvcn")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mở bằng khóa truy cập")
    assert_in_order(page, "desk", listener)
    page.get_by_role("button", name=USE).click()
    expect(page).to_have_url(re.compile("/today/"))

    # Before an act of weight, in place of the password.
    page.goto("/2fa/")
    page.get_by_role("link", name="Đổi tên").click()
    page.get_by_role("link", name=USE).click()
    assert_in_order(page, "desk", listener)
    page.get_by_role("button", name=USE).click()
    page.get_by_label("Tên khóa").fill("Điện thoại")
    assert_in_order(page, "desk", listener)
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".row-list")).to_contain_text("Điện thoại")

    page.get_by_role("link", name="Gỡ").click()
    assert_in_order(page, "desk", listener)
    page.get_by_role("button", name="Gỡ khóa").click()
    expect(page.get_by_text("Đã gỡ khóa truy cập.")).to_be_visible()
    expect(page.locator("main .row-list")).to_have_count(0)
    leave(page)

    # The machine still has it; the portal does not take it.
    page.get_by_role("button", name=SIGN_IN).click()
    expect(page.locator("main .alerts")).to_contain_text("Chưa dùng được khóa truy cập")
    kinds = [kind for (kind,) in records.rows("SELECT kind FROM accounts_securityevent ORDER BY id")]
    assert kinds[-1] == "factor_failed"
    assert {"factor_added", "factor_removed"} <= set(kinds)


def test_cancelling_is_no_failure(page, machine, listener, records):
    """Whoever changes their mind reads that nothing was chosen, in no alarm; nothing is sent."""
    enter(page, "gvcn")
    add(page)
    leave(page)
    machine.knows_its_holder(False)
    page.get_by_role("button", name=SIGN_IN).click()
    note = page.locator("[data-passkey-note]")
    expect(note).to_have_text("Chưa chọn khóa nào.")
    expect(note).not_to_have_class(re.compile("field-error"))
    assert records.one("SELECT count(*) FROM accounts_securityevent WHERE kind = 'factor_failed'") == 0
    machine.knows_its_holder(True)
    page.get_by_role("button", name=SIGN_IN).click()
    expect(page).to_have_url(re.compile("/today/"))


def test_the_same_machine_is_not_added_twice(page, machine, listener):
    enter(page, "gvcn")
    add(page)
    page.goto("/2fa/webauthn/add/")
    page.get_by_role("button", name="Tạo khóa").click()
    expect(page.locator("[data-passkey-note]")).to_have_text("Khóa này đã có trong danh sách.")
    assert_in_order(page, "desk", listener)


def test_on_a_shared_machine_the_session_ends_with_the_browser(page, machine, records):
    enter(page, "gvcn")
    add(page)
    leave(page)
    records.rows("DELETE FROM accounts_securityevent; DELETE FROM accounts_device")
    page.context.clear_cookies(name="device")
    page.get_by_label("Máy dùng chung").check()
    page.get_by_role("button", name=SIGN_IN).click()
    expect(page).to_have_url(re.compile("/today/"))
    assert records.one("SELECT count(*) FROM accounts_device") == 0
    [session] = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    assert session["expires"] == -1


def test_no_line_is_said_on_the_page(page, machine, listener):
    listener.expect("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    page.goto("/login/")
    page.route("**/2fa/webauthn/login/", lambda route: route.abort())
    page.get_by_role("button", name=SIGN_IN).click()
    expect(page.locator("[data-passkey-note]")).to_have_text(
        "Chưa dùng được khóa truy cập. Thử lại, hoặc chọn cách khác."
    )


def test_at_an_address_of_digits_the_page_says_why_not(sign_in, portal):
    """Browsers refuse keys at 127.0.0.1: the button is not there, and how to get to it is."""
    page = sign_in(None).new_page()
    page.goto("/login/")
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_hidden()
    expect(page.locator("[data-passkey-note]")).to_contain_text("localhost")


def test_an_old_browser_is_told_where_there_is_no_other_way(page, listener):
    """Beside a password nothing is said of keys."""
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto("/login/")
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_hidden()
    expect(page.locator("[data-passkey-note]")).to_be_hidden()
    enter(page, "gvcn")
    page.goto("/2fa/webauthn/add/")
    confirm(page)
    expect(page.locator("[data-passkey-note]")).to_contain_text("Trình duyệt này chưa dùng được khóa truy cập")
