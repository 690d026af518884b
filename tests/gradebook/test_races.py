"""Forced races on committed data: nothing is written after the closing snapshot, one effect of many tries, no deadlock.

Each round starts all sides together and lets them wait for a random moment; the services run in threads with Django
connections of their own, the raw statements on psycopg2 connections under the role of the web (P0-1, P0-4).
"""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg2
import pytest
from django.db import DatabaseError, connections, transaction

from gradebook import services
from gradebook.ledger import moment
from gradebook.management.commands.verify_ledger import verify
from gradebook.models import Gradebook, LedgerEvent, LockRule, Score, ScoreColumn
from gradebook.services import CellChange, CellStatus
from messaging.services import deliver
from registry.models import ClassSubject, SchoolYear
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now
from schoolops.lib.models import JobItem, OutboxMessage
from schoolops.lib.workflow import TransitionDenied
from tests.support import (
    TEMPLATE,
    Cast,
    SchoolFixture,
    build_school,
    column,
    drop_database,
    fresh,
    make_database,
    pupils_of,
)

DRILL = os.environ.get("SCHOOLOPS_DRILL") == "1"
# Rounds of each race: a look in bin/test; in bin/drill together well over 2,000.
SERVICE_ROUNDS = 250 if DRILL else 8
RAW_ROUNDS = 500 if DRILL else 25
STORM_ROUNDS = 150 if DRILL else 6
SWEEPS = 20 if DRILL else 2
CONTROL_ROUNDS = 300 if DRILL else 40
SIDES = 4
PATIENCE = 60
DEADLOCK, LOCK_TIMEOUT = "40P01", "55P03"
FOREVER = timedelta(days=30)

pytestmark = [pytest.mark.drill] if DRILL else []


# --- databases ----------------------------------------------------------------------------------
@contextmanager
def clone(name, template=TEMPLATE):
    """A throw-away database to which the Django connections of every thread lead."""
    make_database(name, template)
    try:
        with leading_to(name):
            yield name
    finally:
        drop_database(name)


@contextmanager
def leading_to(name, user="schoolops_app"):
    target = connections.settings["default"]
    before = {"NAME": target["NAME"], "USER": target["USER"]}
    connections.close_all()
    target.update(NAME=name, USER=user)
    try:
        yield
    finally:
        connections.close_all()
        target.update(before)


def connect(user="schoolops_app"):
    target = connections.settings["default"]
    return psycopg2.connect(host=target["HOST"], port=target["PORT"], user=user, dbname=target["NAME"])


# --- the arena ----------------------------------------------------------------------------------
class Threads:
    """Threads that keep their connections; all actions of a round begin together."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(SIDES)

    def race(self, *actions):
        """The outcomes in order: what each action returned, or how it was refused."""
        barrier = threading.Barrier(len(actions))
        futures = [self.pool.submit(self._run, barrier, action) for action in actions]
        return [future.result(timeout=PATIENCE) for future in futures]

    @staticmethod
    def _run(barrier, action):
        barrier.wait(timeout=PATIENCE)
        try:
            return action()
        except (DatabaseError, psycopg2.Error, TransitionDenied) as error:
            return error

    def close(self):
        self.race(*[connections.close_all] * SIDES)
        self.pool.shutdown()


@dataclass
class Arena:
    """A school with committed books; `book` and `other` are maths of two classes."""

    school: SchoolFixture
    cast: Cast
    book: Gradebook
    other: Gradebook
    threads: Threads = field(default_factory=Threads)
    links: list = field(default_factory=list)

    def column(self, code="GK"):
        return column(self.book, code)

    def race(self, *actions):
        return self.threads.race(*actions)

    def close(self):
        for link in self.links:
            link.close()
        self.threads.close()


def build_arena():
    school = build_school(pupils=3)
    cast = school.cast
    class_subjects = ClassSubject.objects.select_related("item")
    opened = services.open_gradebooks(class_subjects=class_subjects, term=school.term, by=cast.it_staff)
    books = {book.class_subject_id: fresh(book) for book in opened}
    book, other = (books[school.class_subjects[name].pk] for name in ("TOAN 7A1", "TOAN 7A2"))
    arena = Arena(school, cast, book, other, links=[connect() for _ in range(SIDES)])
    for teacher, filled in ((cast.teacher, book), (cast.other_teacher, other)):
        changes = [CellChange(column(filled, "GK").pk, pupil.pk, "5") for pupil in pupils_of(filled)]
        services.save_cells(gradebook=filled, changes=changes, by=teacher)
    return arena


@contextmanager
def arena_in(name):
    with clone(name):
        arena = build_arena()
        try:
            yield arena
        finally:
            arena.close()


@pytest.fixture(scope="module", autouse=True)
def silence():
    """Nobody waits for these bells."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outbox, "ring", lambda task, *args: True)
        yield


@pytest.fixture(scope="module")
def arena(django_db_setup, django_db_blocker, worker_name, silence):
    with django_db_blocker.unblock(), arena_in(f"schoolops_races_{worker_name}") as arena:
        yield arena
        # Whatever happened in between: the chains hold and explain every cell.
        faults, books, events = verify()
        print(f"\nraces: {books} books, {events} events verified")
        assert faults == []


def cells_of(book):
    return sorted(Score.objects.filter(column__gradebook=book).values_list("column", "student", "code"))


def seq_of(book):
    return Gradebook.objects.values_list("chain_seq", flat=True).get(pk=book.pk)


def events_since(book, seq):
    """How many events of each kind the book has got since."""
    rows = LedgerEvent.objects.filter(gradebook=book, seq__gt=seq).values_list("payload", flat=True)
    return Counter(json.loads(payload)["op"] for payload in rows)


def pause(longest_ms):
    time.sleep(random.random() * longest_ms / 1000)


def code_of(outcome):
    """SQLSTATE of a refusal; "denied" for one of a service; None for a result."""
    if isinstance(outcome, TransitionDenied):
        return "denied"
    if isinstance(outcome, DatabaseError):
        return getattr(outcome.__cause__, "pgcode", None) or type(outcome).__name__
    return outcome.pgcode or type(outcome).__name__ if isinstance(outcome, psycopg2.Error) else None


def other_code(code):
    return random.choice([str(number) for number in range(1, 11) if str(number) != code])


class Tally:
    """Counts what happened and how often the rules were broken, and prints it."""

    def __init__(self, name):
        self.name, self.seen, self.broken = name, Counter(), []

    def saw(self, *outcomes):
        for outcome in outcomes:
            self.seen[code_of(outcome) or str(outcome)] += 1

    def expect(self, holds, what):
        if not holds:
            self.broken.append(what)

    def verdict(self, rounds, *both):
        """Nothing was broken, nobody waited in a circle; in a drill each of `both` outcomes has been seen."""
        print(f"\nrace {self.name}: {rounds} rounds, {dict(self.seen)}, broken {len(self.broken)}")
        assert self.broken == []
        assert not {DEADLOCK, LOCK_TIMEOUT} & self.seen.keys()
        assert not DRILL or set(both) <= self.seen.keys()


# --- saving against closing, through the services -------------------------------------------------
def save_by_service(arena, text, longest_ms):
    pause(longest_ms)
    change = CellChange(arena.column().pk, pupils_of(arena.book)[0].pk, text)
    [result] = services.save_cells(gradebook=arena.book, changes=[change], by=arena.cast.teacher)
    return result.status


def publishing(arena):
    """Closes the column by publishing a rule; the snapshot is read before its locks are given back."""
    rule = LockRule(
        term=arena.school.term, kind="GK", opens_at=None, closes_at=db_now() - timedelta(seconds=1), reason="kín"
    )
    services.draft_rule(rule=rule, by=arena.cast.vice_principal)

    def close():
        with transaction.atomic():
            services.publish_rules(rules=[rule], by=arena.cast.vice_principal)
            return cells_of(arena.book)

    def reopen():
        services.withdraw_rule(rule=LockRule.objects.get(pk=rule.pk), by=arena.cast.vice_principal, reason="hết vòng")

    return close, reopen


def ending(arena):
    """Closes the column by ending the exception that held it open."""
    publish, reopen = publishing(arena)
    publish()
    exception = excepted(arena)

    def close():
        pause(8)
        with transaction.atomic():
            services.end_exception(exception=exception, by=arena.cast.vice_principal)
            return cells_of(arena.book)

    return close, reopen


def passing(arena):
    """Closes the column by nothing but its minute; the snapshot is read under the book's lock, after the minute."""
    rule = LockRule(term=arena.school.term, kind="GK", closes_at=db_now() + timedelta(milliseconds=70))
    services.draft_rule(rule=rule, by=arena.cast.vice_principal)
    services.publish_rules(rules=[rule], by=arena.cast.vice_principal)

    def close():
        while db_now() < rule.closes_at:
            time.sleep(0.0005)
        return locked_snapshot(arena.book)

    def reopen():
        services.withdraw_rule(rule=LockRule.objects.get(pk=rule.pk), by=arena.cast.vice_principal, reason="hết vòng")

    return close, reopen


def locked_snapshot(book):
    with transaction.atomic():
        Gradebook.objects.select_for_update(of=("self",)).get(pk=book.pk)
        return cells_of(book)


CLOSINGS = {"publish": (publishing, 30), "exception end": (ending, 8), "minute": (passing, 60)}


@pytest.mark.parametrize("name", CLOSINGS)
def test_service_writes_nothing_after_the_closing(arena, name):
    make, longest_ms = CLOSINGS[name]
    tally = Tally(f"save | {name}")
    for _ in range(SERVICE_ROUNDS):
        close, reopen = make(arena)
        held = Score.objects.get(column=arena.column(), student=pupils_of(arena.book)[0])
        text, seq = other_code(held.code), seq_of(arena.book)
        saved, closing = arena.race(lambda text=text: save_by_service(arena, text, longest_ms), close)
        tally.saw(saved, *([closing] if code_of(closing) else []))
        tally.expect(cells_of(arena.book) == closing, "written after the closing snapshot")
        tally.expect(saved in {CellStatus.SAVED, CellStatus.LOCKED}, f"answered {saved}")
        tally.expect((saved == CellStatus.SAVED) == events_since(arena.book, seq)["SET"], "not one event for one save")
        reopen()
    tally.verdict(SERVICE_ROUNDS, CellStatus.SAVED, CellStatus.LOCKED)


# --- one effect of many tries, through the services -----------------------------------------------
def test_one_of_four_publishes_the_rule(arena):
    tally = Tally("publish x 4")
    for _ in range(SERVICE_ROUNDS):
        closes_at = db_now() + FOREVER + timedelta(seconds=random.randrange(10**6))
        rule = LockRule(term=arena.school.term, kind="GK", closes_at=closes_at)
        services.draft_rule(rule=rule, by=arena.cast.vice_principal)
        seq = seq_of(arena.book)

        def publish(rule=rule):
            pause(3)
            services.publish_rules(rules=[LockRule.objects.get(pk=rule.pk)], by=arena.cast.vice_principal)
            return "published"

        outcomes = arena.race(*[publish] * SIDES)
        tally.saw(*outcomes)
        tally.expect(outcomes.count("published") == 1, f"published {outcomes.count('published')} times")
        tally.expect(events_since(arena.book, seq) == {"WINDOW": 1}, "not one WINDOW event")
        tally.expect(rule.transitions.count() == 1, "not one row of history")
        services.withdraw_rule(rule=LockRule.objects.get(pk=rule.pk), by=arena.cast.vice_principal, reason="hết vòng")
    tally.verdict(SERVICE_ROUNDS)


def test_one_of_four_ends_the_exception(arena):
    tally = Tally("end exception x 4")
    for _ in range(SERVICE_ROUNDS):
        exception = excepted(arena)
        seq = seq_of(arena.book)

        def end(exception=exception):
            pause(3)
            services.end_exception(exception=exception, by=arena.cast.vice_principal)
            return "ended"

        outcomes = arena.race(*[end] * SIDES)
        tally.saw(*outcomes)
        tally.expect(outcomes.count("ended") == 1, f"ended {outcomes.count('ended')} times")
        tally.expect(events_since(arena.book, seq) == {"EXCEPTION_END": 1}, "not one EXCEPTION_END event")
    tally.verdict(SERVICE_ROUNDS)


def test_four_confirmations_are_one(arena):
    tally = Tally("confirm x 4")
    for _ in range(SERVICE_ROUNDS):
        with transaction.atomic():
            services.act_as(arena.cast.teacher)
            ScoreColumn.objects.filter(pk=arena.column().pk).update(confirmed_at=None, confirmed_by=None)
        chosen, seq = arena.column(), seq_of(arena.book)

        def confirm(chosen=chosen):
            pause(3)
            services.confirm_column(column=chosen, by=arena.cast.teacher)
            return "confirmed"

        tally.saw(*arena.race(*[confirm] * SIDES))
        tally.expect(events_since(arena.book, seq) == {"CONFIRM": 1}, "not one CONFIRM event")
    tally.verdict(SERVICE_ROUNDS)


def test_of_two_saves_that_saw_the_same_version_one_is_told_of_the_other(arena):
    tally = Tally("save x 2, same version")
    for _ in range(SERVICE_ROUNDS):
        held = Score.objects.get(column=arena.column(), student=pupils_of(arena.book)[0])
        texts = random.sample([str(number) for number in range(1, 11) if str(number) != held.code], 2)
        seq = seq_of(arena.book)

        def save(text, held=held):
            pause(4)
            change = CellChange(held.column_id, held.student_id, text, version=held.version, operation=uuid.uuid4())
            [result] = services.save_cells(gradebook=arena.book, changes=[change], by=arena.cast.teacher)
            return result

        results = arena.race(*[lambda text=text: save(text) for text in texts])
        statuses = [result.status for result in results]
        tally.saw(*statuses)
        tally.expect(sorted(statuses) == [CellStatus.CONFLICT, CellStatus.SAVED], f"answered {statuses}")
        winner = texts[statuses.index(CellStatus.SAVED)]
        tally.expect({result.code for result in results} == {winner}, "the loser was not told what the book holds")
        tally.expect(Score.objects.get(pk=held.pk).code == winner, "the book holds something else")
        tally.expect(events_since(arena.book, seq) == {"SET": 1}, "not one event")
    tally.verdict(SERVICE_ROUNDS)


def test_one_operation_sent_four_times_is_one_change(arena):
    tally = Tally("same operation x 4")
    for _ in range(SERVICE_ROUNDS):
        held = Score.objects.get(column=arena.column(), student=pupils_of(arena.book)[0])
        seq = seq_of(arena.book)
        change = CellChange(
            held.column_id, held.student_id, other_code(held.code), version=held.version, operation=uuid.uuid4()
        )

        def save(change=change):
            pause(4)
            [result] = services.save_cells(gradebook=arena.book, changes=[change], by=arena.cast.teacher)
            return f"{result.status} version +{result.version - change.version}"

        outcomes = arena.race(*[save] * SIDES)
        tally.saw(*outcomes)
        tally.expect(set(outcomes) == {"saved version +1"}, f"answered {outcomes}")
        tally.expect(events_since(arena.book, seq) == {"SET": 1}, "not one event")
    tally.verdict(SERVICE_ROUNDS)


# --- everything at once ---------------------------------------------------------------------------
@dataclass
class Storm:
    """What teachers and leaders may do at the same time to two books."""

    arena: Arena

    def __post_init__(self):
        cast = self.arena.cast
        self.leader = cast.vice_principal
        self.teachers = {self.arena.book: cast.teacher, self.arena.other: cast.other_teacher}

    def save(self):
        book, teacher = random.choice(list(self.teachers.items()))
        cells = [(found.pk, pupil.pk) for found in book.columns.of_scores() for pupil in pupils_of(book)]
        changes = [CellChange(*cell, str(random.randrange(11))) for cell in random.sample(cells, 8)]
        services.save_cells(gradebook=book, changes=changes, by=teacher)

    def confirm(self):
        book, teacher = random.choice(list(self.teachers.items()))
        services.confirm_column(column=column(book, "GK"), by=teacher)

    def publish_and_withdraw(self):
        closes_at = db_now() + timedelta(milliseconds=random.choice([-50, 5, 10**7]))
        rule = LockRule(term=self.arena.school.term, kind=random.choice(["", "TX", "GK"]), closes_at=closes_at)
        services.draft_rule(rule=rule, by=self.leader)
        services.publish_rules(rules=[rule], by=self.leader)
        services.withdraw_rule(rule=LockRule.objects.get(pk=rule.pk), by=self.leader, reason="thử")

    def open_and_end(self):
        found, until = column(random.choice(list(self.teachers)), "GK"), db_now() + timedelta(minutes=5)
        exception = services.open_exception(column=found, until=until, reason="ốm", by=self.leader)
        services.end_exception(exception=exception, by=self.leader)

    def gust(self):
        kinds = [self.save, self.confirm, self.publish_and_withdraw, self.open_and_end]
        for action in random.choices(kinds, [3, 1, 1, 1], k=4):
            with suppress(TransitionDenied):
                action()
        return "done"


def test_storm_of_services_ends_without_deadlock(arena):
    """Teachers save and confirm in two books while leaders publish, withdraw, open and end."""
    tally, storm = Tally("storm"), Storm(arena)
    for _ in range(STORM_ROUNDS):
        tally.saw(*arena.race(*[storm.gust] * SIDES))
    tally.expect(set(tally.seen) == {"done"}, f"answered {dict(tally.seen)}")
    tally.verdict(STORM_ROUNDS)


# --- raw SQL under the role of the web --------------------------------------------------------------
def excepted(arena):
    """An exception that holds the column open for an hour."""
    until = db_now() + timedelta(hours=1)
    return services.open_exception(column=arena.column(), until=until, reason="ốm", by=arena.cast.vice_principal)


@contextmanager
def named(link, by):
    """A transaction on a connection of its own, whose writer is named."""
    with link, link.cursor() as cursor:
        cursor.execute("SELECT set_config('schoolops.actor', %s, true)", [str(by.pk)])
        yield cursor


IS_OPEN = """
SELECT coalesce(clock_timestamp() < c.closes_at, true)
       OR EXISTS (SELECT FROM gradebook_lockexception x WHERE x.column_id = c.id AND x.ended_at IS NULL)
  FROM gradebook_scorecolumn c WHERE c.id = %s"""


def check_then_write(link, cell, code, by):
    """As usual software does it: look whether the column is open, think, write, think, commit."""
    with named(link, by) as cursor:
        cursor.execute(IS_OPEN, [cell.column_id])
        if not cursor.fetchone()[0]:
            return "saw it closed"
        pause(4)
        cursor.execute("UPDATE gradebook_score SET code = %s WHERE id = %s", [code, cell.pk])
        pause(4)
    return "saved"


def rewrite_column(link, arena):
    with named(link, arena.cast.teacher) as cursor:
        cursor.execute(
            "UPDATE gradebook_score SET code = CASE code WHEN '6' THEN '7' ELSE '6' END WHERE column_id = %s",
            [arena.column().pk],
        )
    return "saved"


def read_cells(cursor, book):
    cursor.execute(
        "SELECT s.column_id, s.student_id, s.code FROM gradebook_score s JOIN gradebook_scorecolumn c ON c.id = s.column_id"
        " WHERE c.gradebook_id = %s ORDER BY 1, 2",
        [book.pk],
    )
    return cursor.fetchall()


def close_now(link, arena):
    pause(6)
    with named(link, arena.cast.vice_principal) as cursor:
        cursor.execute(
            "UPDATE gradebook_scorecolumn SET closes_at = clock_timestamp() WHERE id = %s", [arena.column().pk]
        )
        return read_cells(cursor, arena.book)


def end_now(link, arena, exception_id):
    pause(6)
    with named(link, arena.cast.vice_principal) as cursor:
        cursor.execute(
            "UPDATE gradebook_lockexception SET ended_at = clock_timestamp(), ended_by_id = %s WHERE id = %s",
            [arena.cast.vice_principal.pk, exception_id],
        )
        return read_cells(cursor, arena.book)


def close_year(link, arena, *, books_first):
    pause(4)
    with named(link, arena.cast.principal) as cursor:
        if books_first:
            cursor.execute("SELECT id FROM gradebook_gradebook ORDER BY id FOR UPDATE")
        cursor.execute(
            "UPDATE registry_schoolyear SET closed_at = clock_timestamp(), closed_by_id = %s", [arena.cast.principal.pk]
        )
        return read_cells(cursor, arena.book)


def set_window(arena, closes_at):
    with transaction.atomic():
        services.act_as(arena.cast.vice_principal)
        ScoreColumn.objects.filter(pk=arena.column().pk).update(closes_at=closes_at)


def raw_rounds(arena, name, rounds, prepare, close):
    """How a raw save fared against a raw closing, with what was written after the snapshot in `broken`."""
    tally = Tally(name)
    saver, closer, *_ = arena.links
    for _ in range(rounds):
        given = prepare()
        cell = Score.objects.get(column=arena.column(), student=pupils_of(arena.book)[0])
        code = other_code(cell.code)
        saved, closing = arena.race(
            lambda cell=cell, code=code: check_then_write(saver, cell, code, arena.cast.teacher),
            lambda given=given: close(closer, given),
        )
        tally.saw(saved, *([closing] if code_of(closing) else []))
        tally.expect(cells_of(arena.book) == closing, "written after the closing snapshot")
    return tally


def test_raw_sql_writes_nothing_after_the_column_closed(arena):
    tally = raw_rounds(
        arena, "raw save | close", RAW_ROUNDS, lambda: set_window(arena, None), lambda link, _: close_now(link, arena)
    )
    set_window(arena, None)
    tally.verdict(RAW_ROUNDS, "saved", "GB001")


def test_raw_sql_writes_nothing_after_the_exception_ended(arena):
    set_window(arena, db_now())
    tally = raw_rounds(
        arena,
        "raw save | exception end",
        RAW_ROUNDS,
        lambda: excepted(arena).pk,
        lambda link, pk: end_now(link, arena, pk),
    )
    set_window(arena, None)
    tally.verdict(RAW_ROUNDS, "saved", "GB001")


def test_event_bears_the_moment_of_the_verdict(arena):
    """A save in the last millisecond is not told as one after the closing: the clock is read once, under the lock."""
    tally, link = Tally("save in the last millisecond"), arena.links[0]
    sweep = [microseconds for microseconds in range(200, 5000, 100) for _ in range(SWEEPS)]
    for microseconds in sweep:
        with named(link, arena.cast.vice_principal) as cursor:
            cursor.execute(
                "UPDATE gradebook_scorecolumn SET closes_at = clock_timestamp() + %s * interval '1 microsecond'"
                " WHERE id = %s RETURNING closes_at",
                [microseconds, arena.column().pk],
            )
            closes_at = cursor.fetchone()[0]
        [outcome] = arena.race(lambda: rewrite_column(link, arena))
        tally.saw(outcome)
        if outcome == "saved":
            told = json.loads(LedgerEvent.objects.filter(gradebook=arena.book).latest("seq").payload)["at"]
            tally.expect(moment(told) < closes_at, f"closed at {closes_at}, but the event says {told}")
    set_window(arena, None)
    tally.verdict(len(sweep), "saved", "GB001")


@contextmanager
def year_open_again(arena):
    def reopen():
        SchoolYear.objects.update(closed_at=None, closed_by=None)

    reopen()
    yield reopen
    reopen()


def test_raw_sql_writes_nothing_after_the_year_closed(arena):
    """Closing a year takes the locks of its books first, as the closing of a column does by itself."""
    with year_open_again(arena) as reopen:
        tally = raw_rounds(
            arena, "raw save | year", RAW_ROUNDS, reopen, lambda link, _: close_year(link, arena, books_first=True)
        )
    tally.verdict(RAW_ROUNDS, "saved", "GB001")


def test_of_two_raw_saves_of_the_same_version_one_writes(arena):
    tally = Tally("raw save x 2, same version")
    for _ in range(RAW_ROUNDS):
        cell = Score.objects.get(column=arena.column(), student=pupils_of(arena.book)[0])
        codes = random.sample([str(number) for number in range(1, 11) if str(number) != cell.code], 2)
        seq = seq_of(arena.book)

        def save(link, code, cell=cell):
            pause(2)
            with named(link, arena.cast.teacher) as cursor:
                cursor.execute(
                    "UPDATE gradebook_score SET code = %s WHERE id = %s AND version = %s", [code, cell.pk, cell.version]
                )
                pause(2)
                return cursor.rowcount

        outcomes = arena.race(
            *[lambda link=link, code=code: save(link, code) for link, code in zip(arena.links, codes)]
        )
        tally.saw(*outcomes)
        tally.expect(sorted(map(str, outcomes)) == ["0", "1"], f"answered {outcomes}")
        tally.expect(events_since(arena.book, seq) == {"SET": 1}, "not one event")
    tally.verdict(RAW_ROUNDS)


def test_of_four_raw_inserts_of_one_cell_one_stays(arena):
    tally = Tally("raw insert x 4")
    book = Gradebook.objects.get(class_subject=arena.school.class_subjects["NV 7A1"])
    empty = [(found.pk, pupil.pk) for found in book.columns.of_scores() for pupil in pupils_of(book)]
    for place in empty:
        seq = seq_of(book)

        def insert(link, place=place):
            pause(2)
            with named(link, arena.cast.teacher) as cursor:
                cursor.execute(
                    "INSERT INTO gradebook_score (column_id, student_id, code, is_makeup, version, entered_by_id, entered_at)"
                    " VALUES (%s, %s, '7', false, 1, %s, now())",
                    [*place, arena.cast.teacher.pk],
                )
            return "inserted"

        outcomes = arena.race(*[lambda link=link: insert(link) for link in arena.links])
        tally.saw(*outcomes)
        tally.expect(outcomes.count("inserted") == 1, f"answered {outcomes}")
        tally.expect(events_since(book, seq) == {"SET": 1}, "not one event")
    tally.verdict(len(empty))


def test_one_of_four_raw_ends_of_an_exception_counts(arena):
    tally = Tally("raw exception end x 4")
    for _ in range(RAW_ROUNDS // SIDES):
        exception = excepted(arena)
        seq = seq_of(arena.book)

        def end(link, exception=exception):
            end_now(link, arena, exception.pk)
            return "ended"

        outcomes = arena.race(*[lambda link=link: end(link) for link in arena.links])
        tally.saw(*outcomes)
        tally.expect(outcomes.count("ended") == 1, f"answered {outcomes}")
        tally.expect(events_since(arena.book, seq) == {"EXCEPTION_END": 1}, "not one EXCEPTION_END event")
    tally.verdict(RAW_ROUNDS // SIDES)


def test_raw_sql_that_takes_the_book_first_never_waits_in_a_circle(arena):
    """A raw UPDATE holds its rows before the trigger can ask for the book; whoever mends by hand locks the book first."""
    tally, link = Tally("raw save, book first | service save"), arena.links[0]
    cells = [(found.pk, pupil.pk) for found in arena.book.columns.of_scores() for pupil in pupils_of(arena.book)]

    def by_hand():
        with named(link, arena.cast.teacher) as cursor:
            pause(6)
            cursor.execute("SELECT id FROM gradebook_gradebook WHERE id = %s FOR UPDATE", [arena.book.pk])
            cursor.execute("UPDATE gradebook_score SET code = '3' WHERE column_id = %s", [arena.column().pk])
        return "saved by hand"

    def by_service():
        changes = [CellChange(*cell, str(random.randrange(4, 11))) for cell in cells]
        return services.save_cells(gradebook=arena.book, changes=changes, by=arena.cast.teacher)[0].status

    for _ in range(RAW_ROUNDS):
        tally.saw(*arena.race(by_hand, by_service))
    tally.expect(set(tally.seen) == {"saved by hand", CellStatus.SAVED}, f"answered {dict(tally.seen)}")
    tally.verdict(RAW_ROUNDS)


# --- jobs and messages ------------------------------------------------------------------------------
def traces(item):
    return OutboxMessage.objects.filter(kind=f"trace {item.pk}").count()


@pytest.fixture
def work(monkeypatch):
    """Registers what an item of "race" does; every doing leaves a trace in the transaction that closes the item."""

    def register(meanwhile=lambda item: None):
        def handle(item):
            OutboxMessage.objects.create(kind=f"trace {item.pk}", recipients=[], context={"attempt": item.attempts})
            meanwhile(item)

        monkeypatch.setitem(jobs._handlers, "race", handle)
        return jobs.start("race", [("only", {})]).items.get()

    return register


def test_one_of_four_runners_does_the_item(arena, work):
    tally = Tally("run item x 4")
    for _ in range(SERVICE_ROUNDS):
        item = work(lambda item: pause(3))
        tally.saw(*arena.race(*[lambda item=item: (pause(3), jobs.run(item.pk))[1]] * SIDES))
        item.refresh_from_db()
        tally.expect((item.state, item.attempts, traces(item)) == ("done", 1, 1), "not done exactly once")
    tally.verdict(SERVICE_ROUNDS)


def test_one_of_four_beats_makes_the_job(arena):
    tally = Tally("start job x 4")
    for number in range(SERVICE_ROUNDS):
        made = arena.race(*[lambda: jobs.start("race", [("a", {}), ("b", {})], period=f"{number}")] * SIDES)
        tally.saw(*[job and "made" for job in made])
        tally.expect(sum(job is not None for job in made) == 1, "made more or less than once")
        tally.expect(JobItem.objects.filter(job__period=f"{number}").count() == 2, "items missing or doubled")
    tally.verdict(SERVICE_ROUNDS)


def test_work_of_a_worker_that_lost_its_lease_is_taken_back(arena, work):
    """The slow one comes to its end after another has taken over: only the other's outcome stays."""
    tally = Tally("run item | lease runs out")
    for _ in range(SERVICE_ROUNDS):
        begun, go_on = threading.Event(), threading.Event()
        item = work(lambda item: item.attempts == 1 and (begun.set(), go_on.wait(PATIENCE)))

        def take_over(item=item):
            begun.wait(PATIENCE)
            JobItem.objects.filter(pk=item.pk).update(lease_until=db_now() - timedelta(seconds=1))
            jobs.run(item.pk)
            go_on.set()
            return "took over"

        tally.saw(*arena.race(lambda item=item: jobs.run(item.pk), take_over))
        item.refresh_from_db()
        told = OutboxMessage.objects.filter(kind=f"trace {item.pk}").values_list("context", flat=True)
        tally.expect((item.state, item.attempts, list(told)) == ("done", 2, [{"attempt": 2}]), "both left a trace")
    tally.verdict(SERVICE_ROUNDS)


def test_one_of_four_deliveries_counts(arena):
    tally, people = Tally("deliver x 4"), [arena.cast.teacher, arena.cast.other_teacher, arena.cast.principal]
    for _ in range(SERVICE_ROUNDS):
        with transaction.atomic():
            outbox.notify(people, "locks.published")
        message = OutboxMessage.objects.latest("pk")
        tally.saw(*arena.race(*[lambda message=message: deliver(message_id=message.pk)] * SIDES))
        tally.expect(message.notifications.count() == len(people), "not once for each")
    tally.verdict(SERVICE_ROUNDS)


# --- the tests can fail -----------------------------------------------------------------------------
def test_without_the_guard_the_same_race_is_lost(django_db_setup, django_db_blocker, worker_name):
    """Negative control: the owner switches the trigger off, and the detector finds what it is there for."""
    with django_db_blocker.unblock(), arena_in(f"schoolops_unguarded_{worker_name}") as arena:
        with closing(connect("schoolops_owner")) as owner, owner, owner.cursor() as cursor:
            cursor.execute("ALTER TABLE gradebook_score DISABLE TRIGGER guard_update")
        tally = raw_rounds(
            arena,
            "raw save | close, no guard",
            CONTROL_ROUNDS,
            lambda: set_window(arena, None),
            lambda link, _: close_now(link, arena),
        )
        print(f"\nwithout the guard: {len(tally.broken)} of {CONTROL_ROUNDS} rounds wrote after the snapshot")
        assert tally.broken
        Score.objects.filter(column=arena.column()).update(code="0")
        assert len(verify()[0]) == len(pupils_of(arena.book))


def test_a_year_closed_without_the_books_locks_has_no_true_snapshot(arena):
    """Negative control of the order of locks: whoever closes a year and takes the snapshot must lock the books first."""
    with year_open_again(arena) as reopen:
        tally = raw_rounds(
            arena,
            "raw save | year, no locks",
            CONTROL_ROUNDS,
            reopen,
            lambda link, _: close_year(link, arena, books_first=False),
        )
    print(f"\nyear without locks: {len(tally.broken)} of {CONTROL_ROUNDS} snapshots missed a write")
    assert tally.broken
