"""Chromium against a real server on a real database. Pages are watched: an error that no test asked for fails it."""

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.pages import GridPage
from tests.browser.portal import Portal, prepare
from tests.browser.records import Book, Records
from tests.browser.watch import Watch

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SEED = "schoolops_browser_seed"
PATIENCE = 15_000
SignIn = Callable[..., BrowserContext]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, worker_name: str) -> Path:
    """The seeded database and the static files, made once by whichever worker comes first. Returns their data folder."""
    base = tmp_path_factory.getbasetemp()
    data = (base if worker_name == "main" else base.parent) / "browser"
    data.mkdir(exist_ok=True)
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "ready").exists():
            prepare(SEED, data)
            (data / "ready").touch()
    return data


@pytest.fixture(scope="session")
def running_portal(seeded: Path, worker_name: str) -> Iterator[Portal]:
    with Portal(SEED, f"schoolops_browser_{worker_name}", seeded, number=_number(worker_name)).running() as portal:
        yield portal


def _number(worker_name: str) -> int:
    return int(worker_name.removeprefix("gw")) if worker_name.startswith("gw") else 0


@pytest.fixture
def portal(running_portal: Portal) -> Portal:
    """The portal with the school as it was seeded; the test may change everything."""
    running_portal.fresh()
    running_portal.is_touched = True
    return running_portal


@pytest.fixture
def records(portal: Portal) -> Records:
    return portal.records


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file. Not longer: while it runs Django takes this thread for an asynchronous one."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch(running_portal: Portal) -> Iterator[Watch]:
    watch = Watch(running_portal.origin)
    yield watch
    assert watch.unexpected() == []


@pytest.fixture
def sign_in(chromium: Browser, portal: Portal, watch: Watch) -> Iterator[SignIn]:
    """`sign_in("gvcn")` gives a browser context of that account, on a desk unless told `**PHONE`; None is a stranger."""
    made = []

    def signed_in(username: str | None, **options: Any) -> BrowserContext:
        made.append(new_context(chromium, portal, watch, username, **options))
        return made[-1]

    yield signed_in
    for context in made:
        context.close()


# --- where most journeys start --------------------------------------------------------------------------
@pytest.fixture
def book(records: Records) -> Book:
    """Maths of 7A1: TX1 closed, the mid-term column empty and open."""
    return records.book("7A1", "TOAN")


@pytest.fixture
def context(sign_in: SignIn) -> BrowserContext:
    """The browser of the teacher of that book."""
    return sign_in("gvcn")


@pytest.fixture
def grid(context: BrowserContext, book: Book) -> GridPage:
    return GridPage.open(context, book)


def new_context(
    chromium: Browser, portal: Portal, watch: Watch, username: str | None, **options: Any
) -> BrowserContext:
    context = chromium.new_context(
        base_url=portal.origin, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **(DESK | options)
    )
    context.set_default_timeout(PATIENCE)
    if username:
        context.add_cookies([{"name": "sessionid", "value": portal.session(username), "url": portal.origin}])
    watch.over(context)
    return context
