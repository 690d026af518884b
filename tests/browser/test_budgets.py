"""B-01 to B-05: what a page weighs and how long a slow telephone on a slow line waits, with static files as in production."""

import pytest
from playwright.sync_api import Page, Response

from tests.browser.conftest import PHONE
from tests.browser.places import PLACES, VISITS
from tests.browser.portal import Portal

KB = 1024
# 400 ms to and fro, 400 kbit/s, a quarter of the processor.
SLOW_LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOW_PROCESSOR = {"rate": 4}
# Other work on this machine only ever makes a load slower: the best of a few is the page's own time.
LOADS = 3
FIRST_PAINT, USABLE = 2.0, 3.0
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
LOADED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd / 1000"
READY = "probe.usableAt / 1000"


@pytest.fixture
def seen(running_portal: Portal) -> Portal:
    """The portal as it was seeded; nothing here changes it."""
    running_portal.fresh()
    return running_portal


def weight(portal: Portal, path: str, cookie: str = "") -> int:
    """Bytes of the body as a browser that knows gzip receives it."""
    answer = portal.get(path, cookie, encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip" or len(answer.body) < 500, f"{path} comes uncompressed"
    return len(answer.body)


@pytest.mark.parametrize("account", VISITS)
def test_html(seen, account):
    cookie = f"sessionid={seen.session(account)}" if account else ""
    weights = {name: weight(seen, PLACES[name].at(seen.records), cookie) for name in VISITS[account]}
    print(f"{account or 'nobody'}: {weights}")
    limits = {name: 12 * KB if PLACES[name].is_grid else 30 * KB for name in weights}
    assert {name: found for name, found in weights.items() if found > limits[name]} == {}


FIRST_VISITS: dict[str, str] = {
    "login": "", "status": "", "today": "gvcn", "grid": "gvcn", "grid by comment": "thiettv", "stack": "gvcn",
    "verify": "gvcn", "locks": "phohieutruong", "inbox": "gvcn", "grid read only": "gvcn",
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST_VISITS)
def test_first_visit(sign_in, seen, name):
    """B-02, B-04: few requests, all of them ours, styles and scripts light."""
    page = sign_in(FIRST_VISITS[name] or None, **PHONE).new_page()
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(PLACES[name].at(seen.records), wait_until="networkidle")
    sizes = dict.fromkeys(("stylesheet", "script"), 0)
    for response in loaded:
        kind = response.request.resource_type
        if kind in sizes:
            sizes[kind] += weight(seen, response.url.removeprefix(seen.origin))
    print(f"{name}: {len(loaded)} requests, {sizes}")
    assert len(loaded) <= 10, [response.url for response in loaded]
    assert sizes["stylesheet"] <= 20 * KB
    assert sizes["script"] <= 35 * KB


@pytest.mark.parametrize(
    ("name", "account", "usable"),
    [
        pytest.param("login", None, LOADED, id="login"),
        pytest.param("today", "gvcn", LOADED, id="today"),
        pytest.param("grid", "gvcn", READY, id="grid"),
    ],
)
def test_slow_line_and_slow_phone(sign_in, seen, name, account, usable):
    """B-05: nothing cached, the words are there in 2 s, and one can type after 3 s."""
    path = PLACES[name].at(seen.records)
    seconds = []
    for _ in range(LOADS):
        page = sign_in(account, **PHONE).new_page()
        slow_down(page)
        page.goto(path)
        page.locator(PLACES[name].ready).first.wait_for(state="attached")
        seconds.append((page.evaluate(PAINTED), page.evaluate(usable)))
        page.context.close()
    painted, ready = min(painted for painted, _ in seconds), min(ready for _, ready in seconds)
    print(f"{name}: painted after {painted:.2f} s, usable after {ready:.2f} s")
    assert painted <= FIRST_PAINT, seconds
    assert ready <= USABLE, seconds


def slow_down(page: Page) -> None:
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_LINE)
    line.send("Emulation.setCPUThrottlingRate", SLOW_PROCESSOR)
