"""Every page for every account on a desk and on a phone: accessible, readable, reachable by keyboard, no trouble in the console."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, new_context
from tests.browser.pages import GridPage
from tests.browser.places import PLACES, VISITS
from tests.browser.portal import Portal
from tests.browser.watch import Watch

CHECKS = Path(__file__).with_name("checks.js").read_text(encoding="utf-8")
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "preload": False,  # it would write styles into the page, which our policy refuses
}
DEVICES = {"desk": DESK, "phone": PHONE}
NARROW = {"width": 320, "height": 740}
PageFor = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def seen(running_portal: Portal) -> Portal:
    """The portal as it was seeded, with one book closed all over; nothing else here changes it."""
    running_portal.fresh()
    running_portal.is_touched = True
    closed = running_portal.records.book("6A1", "TOAN")
    for column in closed.columns:
        running_portal.records.set_window(closed, column, closes="-1 minute")
    return running_portal


@pytest.fixture(scope="module")
def listener(seen: Portal) -> Watch:
    return Watch(seen.origin)


@pytest.fixture(scope="module")
def page_for(chromium: Browser, seen: Portal, listener: Watch) -> Iterator[PageFor]:
    """A page of this account on this device, the same one for all of its visits."""
    pages: dict[tuple[str, str], Page] = {}

    def page(account: str, device: str) -> Page:
        if (account, device) not in pages:
            pages[account, device] = new_context(chromium, seen, listener, account, **DEVICES[device]).new_page()
        return pages[account, device]

    yield page
    for opened in pages.values():
        opened.context.close()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("account", "name"), [(account, name) for account, names in VISITS.items() for name in names])
def test_page(page_for, seen, listener, account, name, device):
    place = PLACES[name]
    page = page_for(account, device)
    listener.forget()
    page.set_viewport_size(DEVICES[device]["viewport"])
    answer = page.goto(place.at(seen.records))
    assert answer.status == place.status
    expect(page.locator(place.ready).first).to_be_attached()
    listener.expect(rf"status of {place.status}")
    assert_in_order(page, device, listener, is_grid=place.is_grid)


def is_stock_admin(url: str) -> bool:
    """Setting up a year stands beside the admin and looks like the portal."""
    return "/admin/" in url and "/admin/setup/" not in url


def assert_in_order(page: Page, device: str, listener: Watch, *, is_grid: bool = False) -> None:
    """Everything that can be asked of any page in any state."""
    found = [
        f"axe {violation['id']}: {[node['target'] for node in violation['nodes'][:4]]}"
        for violation in Axe().run(page, options=AXE).response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    page.keyboard.press("Tab")  # from here on the browser shows where the focus is
    found += page.evaluate(CHECKS, {"phone": device == "phone", "grid": is_grid, "admin": is_stock_admin(page.url)})
    if device == "phone":
        page.set_viewport_size(NARROW)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            found.append(f"scrolls sideways at 320: {width}")
    found += listener.unexpected()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("account", "path", "button"),
    [
        pytest.param("", "/login/", "Đăng nhập", id="login"),
        pytest.param("phohieutruong", "/locks/", "Thêm vào bản nháp", id="lock rule"),
        pytest.param("gvcn", "/incidents/new/", "Gửi báo sự cố", id="incident"),
        pytest.param("gvcn", "/password/change/", "Đổi mật khẩu", id="password"),
    ],
)
def test_form_sent_empty(page_for, seen, listener, account, path, button, device):
    page = page_for(account, device)
    listener.forget()
    listener.expect(r"status of 4\d\d")
    page.set_viewport_size(DEVICES[device]["viewport"])
    page.goto(path)
    page.get_by_role("main").locator("form").evaluate_all(
        "forms => forms.forEach((form) => { form.noValidate = true; })"
    )
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert_in_order(page, device, listener)


@pytest.mark.parametrize("device", DEVICES)
def test_grid_with_an_error_and_its_past_open(page_for, seen, listener, device):
    page = page_for("gvcn", device)
    listener.forget()
    page.set_viewport_size(DEVICES[device]["viewport"])
    grid = GridPage(page, seen.records.book("7A1", "TOAN"), "GK")
    grid.reload()
    grid.type_at(0, "abc")
    expect(grid.note).to_contain_text("Chưa đọc được điểm này")
    assert_in_order(page, device, listener, is_grid=True)
    page.set_viewport_size(DEVICES[device]["viewport"])
    grid.cell(1).focus()
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    found = Axe().run(page, options=AXE).response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in {"serious", "critical"}] == []


@pytest.mark.parametrize("account", VISITS)
def test_titles_tell_the_pages_apart(seen, account):
    cookie = f"sessionid={seen.session(account)}" if account else ""
    titles: dict[str, list[str]] = {}
    for name in VISITS[account]:
        titles.setdefault(seen.get(PLACES[name].at(seen.records), cookie).title.strip(), []).append(name)
    assert {title: names for title, names in titles.items() if len(names) > 1 or title.startswith("–")} == {}


@pytest.mark.parametrize("account", VISITS)
def test_links_lead_somewhere(seen, account):
    cookie = f"sessionid={seen.session(account)}" if account else ""
    linked: dict[str, str] = {}
    for name in set(VISITS[account]) - {"styleguide"}:  # its links are samples
        html = seen.get(PLACES[name].at(seen.records), cookie).body.decode()
        for target in re.findall(r'<a\b[^>]*?\bhref="(/[^"#]*)', html):
            linked.setdefault(target.replace("&amp;", "&"), name)
    broken = [(target, name) for target, name in linked.items() if seen.get(target, cookie).status >= 400]
    assert broken == []


def test_watch_sees_what_it_is_there_for(page_for, seen, listener):
    """A script that the policy refuses, an exception and a request elsewhere: none of them passes unseen."""
    page = page_for("", "desk")
    page.goto("/login/")
    listener.forget()
    page.evaluate(
        """() => {
          const refused = document.createElement("script");
          refused.textContent = "document.title = 'refused'";
          document.head.append(refused);
          setTimeout(() => { throw new Error("seen"); });
        }"""
    )
    page.route("https://elsewhere.example/", lambda route: route.fulfill(body="elsewhere"))
    page.goto("https://elsewhere.example/")
    troubles = "\n".join(listener.unexpected())
    missed = [kind for kind in ("Content Security Policy", "exception: ", "elsewhere: GET ") if kind not in troubles]
    assert not missed, troubles
    listener.forget()
