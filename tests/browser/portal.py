"""The portal as people meet it: the demo school in a database of its own, a web server, and a worker when asked."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from schoolops.home.demo.people import PASSWORD
from schoolops.home.demo.plan import Plan
from tests.browser.records import Records, Session
from tests.support import drop_database, make_database

ROOT = Path(__file__).parents[2]
STUDENTS, CLASSES, DEMO_DAY = 180, 4, Plan().today
SCHOOL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
READY_WITHIN = 60
# Less than the idle minutes of staff.
SESSION_FOR = 600
# Compressing what no page asks for would take most of the time.
UNUSED = [
    "rest_framework",
    "guardian",
    "ext",
    "htmax*",
    "htmx-4*",
    "htmx-2.js",
    "xregexp.js",
    "jquery.js",
    "select2.full.js",
]
BROKER_FROM = 8
# Signed in with the administration mode on.
IT_STAFF = "quantri"


def environment(database: str, **more: str) -> dict[str, str]:
    """The trial's settings: static files as in production, DEBUG off."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "schoolops.settings.dev",
        "SCHOOLOPS_DB_NAME": database,
        "DEMO": "1",
        "PYTHONWARNINGS": "default",
        **more,
    }


def manage(*arguments: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env)


def prepare(seed: str, data: Path) -> None:
    """The database that every test starts from, and the static files; both at once.

    The demo is planted on its own day and then moved to today: the same school, half through its first term, on any day.
    """
    make_database(seed)
    env = environment(seed, SCHOOLOPS_DATA_DIR=str(data), SCHOOLOPS_BROKER_URL="memory://")
    planting = manage("seed_demo", f"--students={STUDENTS}", f"--classes={CLASSES}", f"--today={DEMO_DAY}", env=env)
    collecting = manage("collectstatic", "--noinput", "-v0", *(f"--ignore={name}" for name in UNUSED), env=env)
    assert (planting.wait(), collecting.wait()) == (0, 0)
    with Records(seed) as records:
        records.move_school((datetime.now(SCHOOL_TIME).date() - DEMO_DAY).days)


class Portal:
    """A gunicorn on a clone of the seeded database. `fresh` puts the clone back to the seed."""

    def __init__(self, seed: str, database: str, data: Path, number: int) -> None:
        self.seed, self.database = seed, database
        # A broker of its own: bells of one portal must not reach the worker of another.
        broker = os.environ["SCHOOLOPS_TEST_REDIS_URL"].rsplit("/", 1)[0] + f"/{BROKER_FROM + number}"
        self.env = environment(database, SCHOOLOPS_DATA_DIR=str(data), SCHOOLOPS_BROKER_URL=broker)
        self.broker = broker
        self.log = (data / f"{database}.log").open("ab")
        self.records = Records(database)
        self.sessions: dict[str, Session] = {}
        self.signed_in_at: dict[str, float] = {}
        self.is_touched = True
        self.port = _free_port()
        self.origin = f"http://127.0.0.1:{self.port}"

    # --- running ------------------------------------------------------------------------------------
    @contextmanager
    def running(self) -> Iterator["Portal"]:
        self.fresh()
        server = self._start(
            "gunicorn", "schoolops.wsgi", f"--bind=127.0.0.1:{self.port}", "--workers=1", "--worker-class=gthread",
            "--threads=4", "--keep-alive=30", "--graceful-timeout=1",
        )  # fmt: skip
        try:
            wait_for(lambda: self._answers(server), READY_WITHIN)
            yield self
        finally:
            _end(server)
            self.records.close()
            drop_database(self.database)
            self.log.close()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A Celery worker; ready when it has answered, gone afterwards."""
        process = self._start(
            "celery", "-A", "schoolops", "worker", "--pool=threads", "--concurrency=2", "--without-gossip",
            "--without-mingle", "--loglevel=WARNING",
        )  # fmt: skip
        try:
            yield
        finally:
            _end(process)

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        # The kernel ends it with us, also when we are killed.
        command = ["setpriv", "--pdeathsig", "TERM", str(Path(sys.executable).with_name(program)), *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def _answers(self, server: subprocess.Popen[bytes]) -> bool:
        assert server.poll() is None, f"the web server ended with {server.returncode}"
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def fresh(self) -> None:
        """The school as it was seeded, whatever tests did to it; who was signed in stays so."""
        if not self.is_touched:
            return
        self.records.close()
        make_database(self.database, self.seed)
        self.records.keep_sessions(self.sessions.values())
        self.is_touched = False

    # --- as a browser would ask ----------------------------------------------------------------------
    def get(self, path: str, cookie: str = "", *, encoding: str = "identity") -> "Answer":
        return self._ask("GET", path, {"Cookie": cookie, "Accept-Encoding": encoding})

    def session(self, username: str) -> str:
        """The session cookie of this account: signed in by the page, and used again until it has been idle too long."""
        if time.monotonic() - self.signed_in_at.get(username, -SESSION_FOR) > SESSION_FOR:
            form = self.get("/login/")
            token = form.cookies["csrftoken"].value
            fields = {"login": username, "password": PASSWORD, "csrfmiddlewaretoken": token, "remember": "true"}
            headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
            answer = self._ask("POST", "/login/", headers, urlencode(fields))
            assert answer.status == 302, f"{username} was not let in: {answer.status}"
            if username == IT_STAFF:
                self._enter_admin(answer)
            self.signed_in_at[username] = time.monotonic()
            self.sessions[username] = self.records.session(answer.cookies["sessionid"].value)
        return self.sessions[username][0]

    def _enter_admin(self, signed_in: "Answer") -> None:
        """The administration asks for the password once more; then its pages open."""
        cookies = {name: signed_in.cookies[name].value for name in ("sessionid", "csrftoken")}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        assert self.get("/admin/", cookie).status == 302
        fields = {"password": PASSWORD, "csrfmiddlewaretoken": cookies["csrftoken"], "next": "/admin/"}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._ask("POST", "/reauthenticate/", headers, urlencode(fields))
        assert self.get("/admin/", cookie).status == 200

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.headers)
        finally:
            connection.close()


class Answer:
    """A response, its body still encoded."""

    def __init__(self, status: int, body: bytes, headers: http.client.HTTPMessage) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.cookies: SimpleCookie = SimpleCookie()
        for line in headers.get_all("Set-Cookie", []):
            self.cookies.load(line)

    @property
    def title(self) -> str:
        return re.search(r"<title>(.*?)</title>", self.body.decode(), re.DOTALL)[1]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Ask again until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
