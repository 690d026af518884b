"""The figures that the design sets budgets for, measured on the demo school; one JSON line each."""

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
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
CLIENTS, SECONDS = 8, 8.0


class Command(BaseCommand):
    help = "Measure grade grid, saving and throughput against their budgets; exit 1 when one is exceeded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--students", type=int, default=1800)
        parser.add_argument("--classes", type=int, default=45)
        parser.add_argument("--no-fail", action="store_true", help="only print")

    def handle(self, *args: Any, students: int, classes: int, no_fail: bool, **options: Any) -> None:
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
        if not School.objects.exists():
            call_command("seed_demo", students=students, classes=classes, stdout=sys.stderr)
        book = wide_book()
        client = Client()
        teacher = User.objects.get(username="gvcn")
        client.force_login(teacher, BACKEND)
        figures = [*grid_page(client, book), *save_block(client, book), throughput(client, book)]
        for figure in figures:
            self.stdout.write(json.dumps(figure, ensure_ascii=False))
        if not no_fail and not all(figure["ok"] for figure in figures):
            raise SystemExit(1)


def figure(name: str, value: float, budget: float, *, at_most: bool = True, **more: Any) -> dict[str, Any]:
    """One line: the value, its budget, whether it holds, and what else was seen."""
    holds = value <= budget if at_most else value >= budget
    return {"figure": name, "value": round(value, 2), "budget": budget, "ok": holds, **more}


def wide_book() -> Gradebook:
    """gvcn's maths book with eight open columns, all filled: the circular gives six, a topic cluster one more in each half."""
    book = Gradebook.objects.get(
        class_subject__assignments__teacher__username="gvcn",
        class_subject__school_class__name="7A1",
        class_subject__item__subject__code="TOAN",
        term__number=1,
    )
    teacher = User.objects.get(username="gvcn")
    with transaction.atomic():
        services.act_as(teacher)
        have = book.columns.count()
        for number in range(have + 1, COLUMNS + 1):
            ScoreColumn.objects.create(gradebook=book, kind="TX", ordinal=number, assessment="score", position=number)
        for column in book.columns.all():
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


def measured(run: Callable[[], None], rounds: int = 60) -> tuple[float, float, int]:
    """Median CPU and wall milliseconds of this process, and the number of queries of one run, after a warm-up."""
    run()
    with CaptureQueriesContext(connection) as queries:
        run()
        seen = list(queries)
    cpu, wall = [], []
    for _ in range(rounds):
        started, clock = time.process_time(), time.perf_counter()
        run()
        cpu.append(time.process_time() - started)
        wall.append(time.perf_counter() - clock)
    count = sum(query["sql"].split()[0] not in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"} for query in seen)
    return statistics.median(cpu) * 1000, statistics.median(wall) * 1000, count


def grid_page(client: Client, book: Gradebook) -> list[dict[str, Any]]:
    """The page of 45 x 8 through every middleware; the same number of queries for a class of five."""
    url = f"/gradebook/{book.pk}/"
    cpu, wall, queries = measured(lambda: _get(client, url))
    present = Enrollment.objects.present().filter(school_class=book.class_subject.school_class_id)
    kept = list(present.order_by("roll_no").values_list("pk", flat=True)[:5])
    with transaction.atomic():
        present.exclude(pk__in=kept).update(left_on=book.term.ends_on)
        few = measured(lambda: _get(client, url), rounds=1)[2]
        transaction.set_rollback(True)
    return [
        figure("grid page 45 x 8: queries", queries, 10, five_pupils=few),
        figure("grid page 45 x 8: CPU ms", cpu, 10, wall_ms=round(wall, 2)),
    ]


def _get(client: Client, url: str) -> None:
    if client.get(url).status_code != 200:
        raise RuntimeError(url)


def save_block(client: Client, book: Gradebook) -> list[dict[str, Any]]:
    """360 scores in one request, each changing, ledger included."""
    columns = list(book.columns.values_list("pk", flat=True))
    pupils = Enrollment.objects.present().filter(school_class=book.class_subject.school_class_id)
    students = list(pupils.order_by("roll_no").values_list("student_id", flat=True))
    held = Score.objects.filter(column__in=columns).values_list("column_id", "student_id", "version")
    versions = {(column, student): version for column, student, version in held}
    turn = [0]

    def save() -> None:
        turn[0] += 1
        cells = [
            {"c": c, "s": s, "t": str(turn[0] % 9 + 1), "v": versions.get((c, s), 0), "o": str(uuid.uuid4())}
            for c in columns
            for s in students
        ]
        answer = client.post(f"/gradebook/{book.pk}/save/", json.dumps({"cells": cells}), "application/json").json()
        if any(cell["st"] != "saved" for cell in answer["cells"]):
            raise RuntimeError("a cell was not saved")
        versions.update({(cell["c"], cell["s"]): cell["v"] for cell in answer["cells"]})

    cpu, wall, queries = measured(save, rounds=20)
    return [
        figure("save 360 scores: queries", queries, 15, cells=len(columns) * len(students)),
        figure("save 360 scores: CPU ms", cpu, 60, wall_ms=round(wall, 2)),
    ]


def throughput(client: Client, book: Gradebook) -> dict[str, Any]:
    """Grid pages a second from gunicorn (2 workers x 4 threads) to eight signed-in clients on the loopback address."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    port = loopback.free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "schoolops.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(  # noqa: S603
        [*command, "--workers", "2", "--threads", "4", "--worker-class", "gthread"],
        env=os.environ,  # noqa: TID251
    )
    try:
        loopback.wait_for(port)
        _load(port, book.pk, cookie, 2.0)
        pages = _load(port, book.pk, cookie, SECONDS)
    finally:
        server.terminate()
        server.wait()
    return figure("grid pages a second, 8 clients", pages / SECONDS, 100, at_most=False, pages=pages)


def _load(port: int, book_id: int, cookie: str, seconds: float) -> int:
    """Eight clients asking as fast as they are answered, for a bounded time; the pages they got."""

    def ask() -> int:
        connection_, count, end = HTTPConnection("127.0.0.1", port, timeout=10), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            connection_.request("GET", f"/gradebook/{book_id}/", headers={"Host": "localhost", "Cookie": cookie})
            response = connection_.getresponse()
            response.read()
            count += response.status == 200
        return count

    with ThreadPoolExecutor(CLIENTS) as clients:
        return sum(clients.map(lambda _: ask(), range(CLIENTS)))
