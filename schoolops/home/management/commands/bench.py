"""The figures that the design sets budgets for, measured on the demo school; one JSON line each."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gradebook import services
from gradebook.models import Gradebook, Score, ScoreColumn
from registry.models import Enrollment, School, Student
from schoolops.home import loopback

BACKEND = "accounts.backends.SignInBackend"
COLUMNS, PUPILS = 8, 45
# The circular gives at most six columns; the other two are a wider book than any school has.
SHAPE = f"{PUPILS} x {COLUMNS} (6 TX, GK, CK; the circular has 4 TX)"
CLIENTS, WARM_UP, SECONDS = 8, 2.0, 10.0
BATCHES = 10
# The budgets of the design, in the order of its table.
GRID_QUERIES, GRID_MS, SAVE_QUERIES, SAVE_MS, PAGES_A_SECOND = 10, 10, 15, 60, 100
CONTROL = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}


class Command(BaseCommand):
    help = "Measure grade grid, saving and throughput against their budgets; exit 1 when one is exceeded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--students", type=int, default=1800)
        parser.add_argument("--classes", type=int, default=45)
        parser.add_argument("--no-fail", action="store_true", help="only print")

    def handle(self, *args: Any, students: int, classes: int, no_fail: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Measuring writes scores: only into a demo school (DEMO=1), best that of bin/bench.")
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
        if not School.objects.exists():
            call_command("seed_demo", students=students, classes=classes, stdout=sys.stderr)
        book = wide_book()
        client = Client()
        teacher = User.objects.get(username="gvcn")
        client.force_login(teacher, BACKEND)
        # Saving first: it fills every cell of the page.
        saved = save_block(client, book)
        figures = [*grid_page(client, book), *saved, throughput(client, book)]
        for figure in figures:
            self.stdout.write(json.dumps(figure, ensure_ascii=False))
        if not no_fail and not all(figure["ok"] for figure in figures):
            raise SystemExit(1)


def figure(name: str, value: float, budget: float, *, at_most: bool = True, **more: Any) -> dict[str, Any]:
    """One line: the value, its budget, whether it holds, and what else was seen."""
    holds = value <= budget if at_most else value >= budget
    return {"figure": name, "value": round(value, 2), "budget": budget, "ok": holds, **more}


def wide_book() -> Gradebook:
    """gvcn's maths book with eight open columns: the circular gives six of them."""
    book = Gradebook.objects.get(
        class_subject__assignments__teacher__username="gvcn",
        class_subject__school_class__name="7A1",
        class_subject__item__subject__code="TOAN",
        term__number=1,
    )
    teacher = User.objects.get(username="gvcn")
    with transaction.atomic():
        services.act_as(teacher)
        have = book.columns.of_scores().count()
        for number in range(have + 1, COLUMNS + 1):
            ScoreColumn.objects.create(gradebook=book, kind="TX", ordinal=number, assessment="score", position=number)
        for column in book.columns.of_scores():
            column.opens_at = column.closes_at = column.rule = None
            column.save()
        fill_class(book)
    return book


def fill_class(book: Gradebook) -> None:
    """The class gets 45 pupils, as many as the budget speaks of."""
    school_class = book.class_subject.school_class
    size = school_class.enrollments.count()
    for number in range(size + 1, PUPILS + 1):
        student = Student.objects.create(full_name=f"Nguyễn Văn {number}")
        Enrollment.objects.create(
            student=student, school_class=school_class, roll_no=number, enrolled_on=book.term.starts_on
        )


@dataclass(frozen=True)
class Measured:
    """Medians of one kind of request: CPU and wall milliseconds of this process, and its share of time in the database.

    `backend_ms` is the CPU of the database's own process for this connection, ledger and guard included; None elsewhere
    than on one Linux machine.
    """

    queries: int
    cpu_ms: float
    wall_ms: float
    db_ms: float
    backend_ms: float | None

    def as_seen(self) -> dict[str, Any]:
        """What stands beside a figure."""
        shown = {"wall_ms": self.wall_ms, "db_wall_ms": self.db_ms, "db_cpu_ms": self.backend_ms}
        return {name: round(value, 2) for name, value in shown.items() if value is not None}


def measured(run: Callable[[], None], rounds: int = 20) -> Measured:
    """After a warm-up, one run to count its statements, then batches to time them; the medians of the quietest batch.

    Other tenants of the machine make the same work up to half as slow again for minutes; nothing makes it faster.
    """
    run()
    with CaptureQueriesContext(connection) as captured:
        run()
    queries = sum(query["sql"].split()[0] not in CONTROL for query in captured)
    return min((_batch(run, rounds, queries) for _ in range(BATCHES)), key=lambda batch: batch.cpu_ms)


def _batch(run: Callable[[], None], rounds: int, queries: int) -> Measured:
    cpu, wall, waited = [], [], []
    backend = backend_seconds()
    for _ in range(rounds):
        started, clock, waits = time.process_time(), time.perf_counter(), _Waits()
        with connection.execute_wrapper(waits):
            run()
        cpu.append(time.process_time() - started)
        wall.append(time.perf_counter() - clock)
        waited.append(waits.seconds)
    spent = None if backend is None else ((backend_seconds() or 0) - backend) * 1000 / rounds
    cpu_ms, wall_ms, db_ms = (statistics.median(values) * 1000 for values in (cpu, wall, waited))
    return Measured(queries, cpu_ms, wall_ms, db_ms, spent)


class _Waits:
    """Adds up the wall time of statements."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            self.seconds += time.perf_counter() - started


def backend_seconds() -> float | None:
    """CPU seconds so far of the server process that serves this connection, if it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return cpu_seconds(pid)


def cpu_seconds(pid: int) -> float | None:
    """What a process has used so far; None when it is not to be seen from here."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def workers_seconds(server: "subprocess.Popen[bytes]") -> float:
    """What the workers of gunicorn have used so far."""
    try:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return 0.0
    return sum(cpu_seconds(int(pid)) or 0.0 for pid in children)


def grid_page(client: Client, book: Gradebook) -> list[dict[str, Any]]:
    """The page of 45 x 8 through every middleware; the same number of queries for a class of five."""
    url = f"/gradebook/{book.pk}/"
    page = measured(lambda: _get(client, url))
    present = Enrollment.objects.present().filter(school_class=book.class_subject.school_class_id)
    kept = list(present.order_by("roll_no").values_list("pk", flat=True)[:5])
    with transaction.atomic():
        present.exclude(pk__in=kept).update(left_on=book.term.ends_on)
        few = measured(lambda: _get(client, url), rounds=1).queries
        transaction.set_rollback(True)
    equal = {"five_pupils": few, "ok": page.queries <= GRID_QUERIES and few == page.queries}
    return [
        figure(f"grid page {SHAPE}: queries", page.queries, GRID_QUERIES) | equal,
        figure(f"grid page {SHAPE}: CPU ms", page.cpu_ms, GRID_MS, **page.as_seen()),
    ]


def _get(client: Client, url: str) -> None:
    if client.get(url).status_code != HTTPStatus.OK:
        raise RuntimeError(url)


def save_block(client: Client, book: Gradebook) -> list[dict[str, Any]]:
    """360 scores in one request, each changing, ledger included: the CPU of the database counts with that of the process."""
    columns = list(book.columns.of_scores().values_list("pk", flat=True))
    pupils = Enrollment.objects.present().filter(school_class=book.class_subject.school_class_id)
    students = list(pupils.order_by("roll_no").values_list("student_id", flat=True))
    held = Score.objects.filter(column__in=columns).values_list("column_id", "student_id", "version")
    versions = {(column, student): version for column, student, version in held}
    turn = count(1)

    def save() -> None:
        text = str(next(turn) % 9 + 1)
        cells = [
            {"c": c, "s": s, "t": text, "v": versions.get((c, s), 0), "o": str(uuid.uuid4())}
            for c in columns
            for s in students
        ]
        answer = client.post(f"/gradebook/{book.pk}/save/", json.dumps({"cells": cells}), "application/json").json()
        if any(cell["st"] != "saved" for cell in answer["cells"]):
            raise RuntimeError("a cell was not saved")
        versions.update({(cell["c"], cell["s"]): cell["v"] for cell in answer["cells"]})

    block = measured(save, rounds=10)
    cells = len(columns) * len(students)
    return [
        figure(f"save {cells} scores: queries", block.queries, SAVE_QUERIES),
        figure(f"save {cells} scores: CPU ms", block.cpu_ms, SAVE_MS, **block.as_seen()),
    ]


def throughput(client: Client, book: Gradebook) -> dict[str, Any]:
    """Grid pages a second from gunicorn, as it is deployed, to eight signed-in clients on the loopback address."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    port = loopback.free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.py", "--log-level", "error"]
    server = subprocess.Popen(  # noqa: S603
        [*command, "--bind", f"127.0.0.1:{port}"],
        cwd=settings.BASE_DIR,
        env=os.environ,  # noqa: TID251
    )
    try:
        loopback.wait_for(port)
        _load(port, book.pk, cookie, WARM_UP)
        used = workers_seconds(server)
        pages = _load(port, book.pk, cookie, SECONDS)
        used = workers_seconds(server) - used
    finally:
        server.terminate()
        server.wait()
    seen = {
        "worker_cpu_ms_per_page": round(used * 1000 / max(pages * SECONDS, 1), 2),
        "worker_share_of_cores": round(used / SECONDS / (os.cpu_count() or 1), 2),
        "generator": "wrk" if shutil.which("wrk") else "threads of this process",
    }
    return figure(f"grid pages {SHAPE} a second, {CLIENTS} clients", pages, PAGES_A_SECOND, at_most=False, **seen)


def _load(port: int, book_id: int, cookie: str, seconds: float) -> float:
    """Eight clients asking as fast as they are answered, for a bounded time; the pages a second that they got."""
    if wrk := shutil.which("wrk"):
        return _wrk(wrk, f"http://127.0.0.1:{port}/gradebook/{book_id}/", cookie, seconds)

    def ask() -> int:
        link, pages, end = HTTPConnection("127.0.0.1", port, timeout=10), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            link.request("GET", f"/gradebook/{book_id}/", headers={"Host": "localhost", "Cookie": cookie})
            response = link.getresponse()
            response.read()
            pages += response.status == HTTPStatus.OK
        return pages

    with ThreadPoolExecutor(CLIENTS) as clients:
        return sum(clients.map(lambda _: ask(), range(CLIENTS))) / seconds


def _wrk(wrk: str, url: str, cookie: str, seconds: float) -> float:
    headers = ["-H", "Host: localhost", "-H", f"Cookie: {cookie}"]
    command = [wrk, "-t1", f"-c{CLIENTS}", f"-d{seconds:.0f}s", "--timeout", "10s", *headers, url]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout  # noqa: S603
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    return float(told.partition("Requests/sec:")[2].split()[0])
