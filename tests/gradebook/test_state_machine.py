"""One grade book under everything that people and programs do to it, against a model in plain Python (P0-1, P0-5).

The model says what must be accepted and what refused. After each step the cells and windows are the model's, every accepted
change has left exactly one event, nothing was written into a closed column, and the ledger explains all of it. Time really
passes: rules and exceptions run out while the machine waits.
"""

import json
import os
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from gradebook import services
from gradebook.management.commands.verify_ledger import verify
from gradebook.models import LedgerEvent, LockException, LockRule, Score, ScoreColumn
from gradebook.services import CellChange
from registry.models import SchoolYear, TeachingAssignment
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, pupils_of

DRILL = os.environ.get("SCHOOLOPS_DRILL") == "1"
EXAMPLES, STEPS = (300, 50) if DRILL else (25, 20)
LEAST_STEPS = 10_000 if DRILL else 150

# How long a window that runs out during the test stays open; nothing else happens in between.
MOMENT = timedelta(milliseconds=30)
MARGIN = 0.005
# What a person types, and what it means in a scored column; None: nothing.
TEXTS = {"7,5": "7.5", "8": "8", "10": "10", "0": "0", "v": "V", "K": "K", "": "", "11": None, "7,55": None, "đ": None}
CODES = ["9", "5.5", "", "V", "D"]
NO_VALUE = {"", "V", "K"}
# What a drill must have met at least once.
ANSWERS = {"done", "saved", "locked", "invalid", "conflict", "unknown", "GB001", "GB002", "GB003", "GB004", "GB005"}
ANSWERS |= {"PermissionDenied", "TransitionDenied", "ValidationError", "23505", "23514", "42501"}
OPERATIONS = [uuid.UUID(int=number) for number in range(3)]

MAY_ENTER = {"teacher", "teaching_leader"}
MAY_LOCK = {"leader", "teaching_leader"}
MAY_EXCEPT = {"leader"}
people = st.sampled_from(["teacher", "teacher", "teaching_leader", "leader", "leader", "other_teacher", "it_staff"])
numbers = st.integers(0, 99)

pytestmark = [pytest.mark.drill] if DRILL else []


# --- the model ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Held:
    """A cell; version 0 has never been written."""

    code: str = ""
    makeup: bool = False
    version: int = 0
    operation: uuid.UUID | None = None


@dataclass(frozen=True)
class Published:
    """A rule in force: what it names, and its window."""

    id: int
    names: tuple[tuple[str, object], ...]
    window: tuple[datetime | None, datetime]


@dataclass
class Exceptional:
    column: int
    opens_at: datetime
    closes_at: datetime
    is_ended: bool = False


@dataclass
class Model:
    """The book as it should be. `expected` are the events that the step at hand must leave."""

    columns: dict[int, dict[str, object]]
    pupils: list[int]
    cells: dict[tuple[int, int], Held] = field(default_factory=dict)
    rules: list[Published] = field(default_factory=list)
    windows: dict[int, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    exceptions: dict[int, Exceptional] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    is_year_closed: bool = False
    expected: Counter = field(default_factory=Counter)

    def is_open(self, column):
        now, (opens_at, closes_at) = timezone.now(), self.windows.get(column, (None, None))
        by_calendar = (opens_at is None or opens_at <= now) and (closes_at is None or now < closes_at)
        by_exception = any(
            found.column == column and not found.is_ended and found.opens_at <= now < found.closes_at
            for found in self.exceptions.values()
        )
        return not self.is_year_closed and (by_calendar or by_exception)

    def is_full(self, column):
        return all(self.cells.get((column, pupil), Held()).code for pupil in self.pupils)

    # --- through the service ------------------------------------------------------------------------
    def save(self, changes, actor, op):
        """The answer to each change; those to be written are written together at the end."""
        pending = {}
        answers = [self._answer(change, pending) for change in changes]
        for cell, held in pending.items():
            self._store(cell, held, actor, op)
        return answers

    def _answer(self, change, pending):
        cell = (change.column_id, change.student_id)
        if cell[0] not in self.columns or cell[1] not in self.pupils:
            return "unknown"
        stored = self.cells.get(cell, Held())
        held = pending.get(cell, stored)
        if change.operation is not None and held.operation == change.operation:
            return "saved"
        if not self.is_open(cell[0]):
            return "locked"
        code = TEXTS[change.text]
        if code is None:
            return "invalid"
        if code == held.code:
            return "saved"
        if change.version is not None and change.version != held.version:
            return "conflict"
        makeup = (held.code == "V" or held.makeup) and code not in NO_VALUE
        pending[cell] = Held(code, makeup, stored.version + 1, change.operation)
        if (code, makeup) == (stored.code, stored.makeup):
            del pending[cell]
        return "saved"

    def _store(self, cell, held, actor, op):
        """A change leaves one event and raises the version; a write that changes nothing leaves the row as it is."""
        before = self.cells.get(cell)
        if before is None or (before.code, before.makeup) != (held.code, held.makeup):
            self.expect(op, actor, cell[0], cell[1], before.code if before else "", held.code)
            self.cells[cell] = held

    # --- past the service ---------------------------------------------------------------------------
    def write(self, codes, actor):
        """Existing cells get codes by any statement: "done", or the code of the refusal."""
        if any(self.cells[cell].makeup and code in NO_VALUE for cell, code in codes.items()):
            return "23514"
        changed = {cell: code for cell, code in codes.items() if self.cells[cell].code != code}
        if refusal := self._refusal(changed, actor):
            return refusal
        for cell, code in codes.items():
            held = self.cells[cell]
            self._store(cell, replace(held, code=code, version=held.version + 1), actor, "SET")
        return "done"

    def insert(self, cell, code, actor):
        if cell in self.cells:
            return "23505"
        if refusal := self._refusal({cell: code}, actor):
            return refusal
        self._store(cell, Held(code, False, 1), actor, "SET")
        return "done"

    def _refusal(self, changed, actor):
        if any(not self.is_open(column) for column, _ in changed):
            return "GB001"
        if "D" in changed.values():
            return "GB004"
        if any(pupil not in self.pupils for _, pupil in changed):
            return "GB005"
        return "GB003" if changed and actor is None else None

    # --- the calendar -------------------------------------------------------------------------------
    def apply_calendar(self, actor):
        """Each column follows the most specific rule that names it, the newest of equals."""
        for column, marks in self.columns.items():
            matching = [found for found in self.rules if all(marks.get(key) == value for key, value in found.names)]
            window = max(matching, key=self._rank).window if matching else (None, None)
            if window != self.windows.get(column, (None, None)):
                self.expect("WINDOW", actor, column)
            self.windows[column] = window

    def _rank(self, found):
        named = {key for key, _ in found.names}
        place = 2 if "class" in named else 1 if "grade" in named else 0
        return (place, "subject" in named, 2 if "ordinal" in named else "kind" in named, self.rules.index(found))

    def expect(self, op, actor, column, pupil=None, old=None, new=None):
        self.expected[op, actor, column, pupil, old, new] += 1


# --- the stage --------------------------------------------------------------------------------------
@dataclass
class Stage:
    """The real book, its people, and what does not belong to it."""

    book: object
    school: object
    people: dict[str, object]
    pupils: list[int]
    foreign: tuple[int, int]


@pytest.fixture
def stage(maths, books, school, cast):
    TeachingAssignment.objects.create(
        teacher=cast.principal,
        class_subject=maths.class_subject,
        decision=school.decision,
        valid_from=school.year.starts_on,
    )
    known = {
        "teacher": cast.teacher,
        "teaching_leader": cast.principal,
        "other_teacher": cast.other_teacher,
        "it_staff": cast.it_staff,
        "leader": cast.vice_principal,
    }
    other = books["TOAN 7A2"]
    return Stage(
        book=maths,
        school=school,
        people={name: again(user) for name, user in known.items()},
        pupils=[pupil.pk for pupil in pupils_of(maths)],
        foreign=(other.columns.first().pk, pupils_of(other)[0].pk),
    )


SEEN = Counter()


def outcome(action):
    """What came of it: "done" and the result, or the guard's code, SQLSTATE or name of the refusal."""
    found, result = _outcome(action)
    SEEN[found] += 1
    return found, result


def _outcome(action):
    try:
        with transaction.atomic():
            return "done", action()
    except DatabaseError as error:
        return error.__cause__.pgcode, None
    except (PermissionDenied, TransitionDenied, ValidationError) as refused:
        return type(refused).__name__, None


def moments(word):
    """A moment by its word; "soon" has passed when the step is over."""
    now = timezone.now()
    return {
        "": None,
        "past": now - timedelta(hours=1),
        "soon": now + MOMENT,
        "later": now + timedelta(hours=1),
        "too late": now + timedelta(hours=25),
    }[word]


def let_pass(*passing):
    """Wait until the moments that come soon have gone by."""
    soon = [at for at in passing if at and timedelta(0) < at - timezone.now() <= MOMENT]
    if soon:
        time.sleep((max(soon) - timezone.now()).total_seconds() + MARGIN)


changes = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.integers(0, 5),
        st.sampled_from(["v", *TEXTS]),
        st.sampled_from(["seen", "seen", "seen", "stale", "any"]),
        st.none() | st.sampled_from(OPERATIONS),
    ),
    min_size=1,
    max_size=8,
)


class BookMachine(RuleBasedStateMachine):
    """Everything that can be tried on one book, each step in the name of somebody."""

    stage: Stage
    steps = 0

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        columns = list(ScoreColumn.objects.filter(gradebook=self.stage.book).order_by("position"))
        self.scores = [found.pk for found in columns if not found.is_remark]
        marks = {"class": self.stage.school.classes["7A1"].pk, "grade": 7, "subject": self._subject("TOAN")}
        self.model = Model(
            {found.pk: {**marks, "kind": found.kind, "ordinal": found.ordinal} for found in columns}, self.stage.pupils
        )
        self.seq = LedgerEvent.objects.filter(gradebook=self.stage.book).latest("seq").seq

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)

    def _subject(self, code):
        return self.stage.school.class_subjects[f"{code} 7A1"].item.subject_id

    def _cell(self, column, pupil):
        """A cell by small numbers; the last of each leads out of the book."""
        columns, pupils = [*self.scores, self.stage.foreign[0]], [*self.stage.pupils, self.stage.foreign[1]]
        return columns[column % len(columns)], pupils[pupil % len(pupils)]

    def _own_column(self, number):
        return self.scores[number % len(self.scores)]

    def _actor(self, name):
        """Names the writer of the next statement, or nobody; the id that its events must bear."""
        # Each example is one transaction: what an earlier step said of itself must not hold for this one.
        for setting in ("actor", "on_behalf_of", "request", "op", "claimed_at"):
            execute("SELECT set_config(%s, '', true)", f"schoolops.{setting}")
        if name is None:
            return None
        services.act_as(self.stage.people[name])
        return self.stage.people[name].pk

    # --- saving -----------------------------------------------------------------------------------
    @rule(by=people, drawn=changes)
    def save(self, by, drawn):
        self._save(by, drawn)

    @rule(by=people, drawn=changes, claimed=st.sampled_from(["past", "past", "later"]))
    def take_over(self, by, drawn, claimed):
        """An import says which past moment it claims."""
        self._save(by, drawn, claimed)

    def _save(self, by, drawn, claimed=""):
        sent = [self._change(*change) for change in drawn]
        before = dict(self.model.cells)
        expected, answers = "PermissionDenied", None
        if by in MAY_ENTER:
            answers = self.model.save(sent, self.stage.people[by].pk, "IMPORT" if claimed else "SET")
            expected = "GB004" if claimed == "later" and self.model.cells != before else "done"
        if expected != "done":
            self._undo(before)
        found, results = outcome(
            lambda: services.save_cells(
                gradebook=self.stage.book, changes=sent, by=self.stage.people[by], claimed_at=moments(claimed)
            )
        )
        assert found == expected
        if found == "done":
            assert [result.status for result in results] == answers
            SEEN.update(answers)
            self._compare_answers(sent, results)

    @rule(by=people, column=numbers, pupil=numbers, code=st.sampled_from(["", "V"]))
    def make_up_and_empty(self, by, column, pupil, code):
        """A make-up test, then a statement that would leave it without a value: chance alone meets the two too rarely."""
        for text in ("v", "8"):
            self._save(by, [(column, pupil, text, "any", None)])
        chosen, _ = self._cell(column, pupil)
        actor = self._actor(by)
        expected = self.model.write({cell: code for cell in self.model.cells if cell[0] == chosen}, actor)
        found, _ = outcome(lambda: Score.objects.filter(column=chosen).update(code=code))
        assert found == expected

    def _undo(self, cells):
        self.model.cells = cells
        self.model.expected.clear()

    def _change(self, column, pupil, text, seen, operation):
        cell = self._cell(column, pupil)
        held = self.model.cells.get(cell, Held())
        version = {"seen": held.version, "stale": held.version + 7, "any": None}[seen]
        return CellChange(*cell, text, version=version, operation=operation)

    def _compare_answers(self, sent, results):
        """The last answer on each cell tells what the book holds now."""
        for change, result in {
            (change.column_id, change.student_id): (change, result) for change, result in zip(sent, results)
        }.values():
            held = self.model.cells.get((change.column_id, change.student_id))
            if held and result.status != "unknown":
                assert (result.code, result.version) == (held.code, held.version)

    # --- past the service -------------------------------------------------------------------------
    @rule(by=st.none() | people, columns=st.sets(numbers, min_size=1, max_size=2), code=st.sampled_from(CODES))
    def update(self, by, columns, code):
        chosen = {self._own_column(number) for number in columns}
        actor = self._actor(by)
        expected = self.model.write({cell: code for cell in self.model.cells if cell[0] in chosen}, actor)
        found, _ = outcome(lambda: Score.objects.filter(column__in=chosen).update(code=code))
        assert found == expected

    @precondition(lambda self: self.model.cells)
    @rule(by=st.none() | people, picks=st.dictionaries(numbers, st.sampled_from(CODES), min_size=1, max_size=5))
    def bulk_update(self, by, picks):
        cells = list(self.model.cells)
        codes = {cells[number % len(cells)]: code for number, code in picks.items()}
        actor = self._actor(by)
        rows = {(row.column_id, row.student_id): row for row in Score.objects.filter(column__in=self.model.columns)}
        for cell, code in codes.items():
            rows[cell].code = code
        expected = self.model.write(codes, actor)
        found, _ = outcome(lambda: Score.objects.bulk_update([rows[cell] for cell in codes], ["code"]))
        assert found == expected

    @precondition(lambda self: self.model.cells)
    @rule(by=st.none() | people, pick=numbers, code=st.sampled_from(CODES))
    def raw_update(self, by, pick, code):
        cell = list(self.model.cells)[pick % len(self.model.cells)]
        actor = self._actor(by)
        expected = self.model.write({cell: code}, actor)
        found, _ = outcome(
            lambda: execute(
                "UPDATE gradebook_score SET code = %s, version = 999 WHERE column_id = %s AND student_id = %s",
                code,
                *cell,
            )
        )
        assert found == expected

    @rule(by=st.none() | people, column=numbers, pupil=st.integers(0, 5), code=st.sampled_from(CODES))
    def raw_insert(self, by, column, pupil, code):
        cell = (self._own_column(column), self._cell(0, pupil)[1])
        actor = self._actor(by)
        expected = self.model.insert(cell, code, actor)
        entered_by = self.stage.people["teacher"].pk
        found, _ = outcome(
            lambda: execute(
                "INSERT INTO gradebook_score (column_id, student_id, code, is_makeup, version, entered_by_id, entered_at)"
                " VALUES (%s, %s, %s, false, 1, %s, now())",
                *cell,
                code,
                entered_by,
            )
        )
        assert found == expected

    @precondition(lambda self: self.model.cells)
    @rule(by=people)
    def move_and_delete(self, by):
        """Nobody moves a cell to another pupil, and nobody deletes one."""
        self._actor(by)
        pupil, own = self.stage.foreign[1], self.scores
        assert outcome(lambda: Score.objects.filter(column__in=own).update(student=pupil))[0] in {"GB002", "23505"}
        assert outcome(lambda: execute("DELETE FROM gradebook_score"))[0] == "42501"

    # --- the calendar -------------------------------------------------------------------------------
    @rule(
        by=people,
        scope=st.sampled_from(["", "class", "other class", "grade", "other grade"]),
        subject=st.sampled_from(["", "", "TOAN", "NV"]),
        column=st.sampled_from(["", "TX", "TX1", "TX3", "GK", "CK"]),
        window=st.sampled_from(
            [("", "past"), ("", "soon"), ("past", "soon"), ("past", "later"), ("soon", "later"), ("later", "too late")]
        ),
    )
    def publish(self, by, scope, subject, column, window):
        draft, names = self._draft(scope, subject, column)
        draft.opens_at, draft.closes_at = moments(window[0]), moments(window[1])
        services.draft_rule(rule=draft, by=self.stage.people["leader"])
        found, _ = outcome(lambda: services.publish_rules(rules=[draft], by=self.stage.people[by]))
        assert found == ("done" if by in MAY_LOCK else "TransitionDenied")
        if found == "done":
            self.model.rules.append(Published(draft.pk, names, (draft.opens_at, draft.closes_at)))
            self.model.apply_calendar(self.stage.people[by].pk)
        let_pass(draft.opens_at, draft.closes_at)

    def _draft(self, scope, subject, column):
        """The rule, and what it names in the model's words."""
        classes = self.stage.school.classes
        place = {"class": classes["7A1"], "other class": classes["7A2"]}.get(scope)
        grade = {"grade": 7, "other grade": 8}.get(scope)
        draft = LockRule(term=self.stage.school.term, grade=grade, school_class=place, reason="kế hoạch")
        draft.kind, draft.ordinal = column[:2], int(column[2:]) if column[2:] else None
        draft.subject_id = self._subject(subject) if subject else None
        names = {
            "class": place and place.pk,
            "grade": grade,
            "subject": draft.subject_id,
            "kind": draft.kind,
            "ordinal": draft.ordinal,
        }
        return draft, tuple((key, value) for key, value in names.items() if value)

    @precondition(lambda self: self.model.rules)
    @rule(by=people, pick=numbers)
    def withdraw(self, by, pick):
        found_rule = self.model.rules[pick % len(self.model.rules)]
        rule_ = LockRule.objects.get(pk=found_rule.id)
        found, _ = outcome(lambda: services.withdraw_rule(rule=rule_, by=self.stage.people[by], reason="nhầm"))
        assert found == ("done" if by in MAY_LOCK else "TransitionDenied")
        if found == "done":
            self.model.rules.remove(found_rule)
            self.model.apply_calendar(self.stage.people[by].pk)
            assert (
                outcome(lambda: services.withdraw_rule(rule=rule_, by=self.stage.people[by], reason=""))[0]
                == "TransitionDenied"
            )

    @rule(by=people, column=numbers, until=st.sampled_from(["past", "soon", "later", "too late"]))
    def open_exception(self, by, column, until):
        chosen, closes_at = self._own_column(column), moments(until)
        found, exception = outcome(
            lambda: services.open_exception(
                column=ScoreColumn.objects.get(pk=chosen), until=closes_at, reason="ốm", by=self.stage.people[by]
            )
        )
        # On a slow machine the moment may have gone by before the service looked at the clock.
        is_future = until == "later" or (
            until == "soon" and not (found == "ValidationError" and timezone.now() > closes_at)
        )
        expected = "done" if is_future else "ValidationError"
        assert found == (expected if by in MAY_EXCEPT else "PermissionDenied")
        if found == "done":
            self.model.exceptions[exception.pk] = Exceptional(chosen, exception.opens_at, closes_at)
            self.model.expect("EXCEPTION", self.stage.people[by].pk, chosen)
            let_pass(closes_at)

    @precondition(lambda self: self.model.exceptions)
    @rule(by=people, pick=numbers)
    def end_exception(self, by, pick):
        pk, held = list(self.model.exceptions.items())[pick % len(self.model.exceptions)]
        exception = LockException.objects.get(pk=pk)
        found, _ = outcome(lambda: services.end_exception(exception=exception, by=self.stage.people[by]))
        expected = "TransitionDenied" if held.is_ended else "done"
        assert found == (expected if by in MAY_LOCK else "PermissionDenied")
        if found == "done":
            held.is_ended = True
            self.model.expect("EXCEPTION_END", self.stage.people[by].pk, held.column)

    # --- confirming, and the end of the year ----------------------------------------------------------
    @rule(by=people, column=numbers)
    def fill_and_confirm(self, by, column):
        """The teacher fills what is missing, then somebody confirms; a second time it may be refused as done."""
        chosen, teacher = self._own_column(column), self.stage.people["teacher"]
        missing = [CellChange(chosen, pupil, "8") for pupil in self.stage.pupils if not self._code(chosen, pupil)]
        self.model.save(missing, teacher.pk, "SET")
        services.save_cells(gradebook=self.stage.book, changes=missing, by=teacher)
        self._confirm(by, chosen)

    @rule(by=people, column=numbers)
    def confirm(self, by, column):
        self._confirm(by, self._own_column(column))

    def _code(self, column, pupil):
        return self.model.cells.get((column, pupil), Held()).code

    def _confirm(self, by, chosen):
        chosen_column = ScoreColumn.objects.get(pk=chosen)
        found, _ = outcome(lambda: services.confirm_column(column=chosen_column, by=self.stage.people[by]))
        may = self.model.is_open(chosen) and self.model.is_full(chosen)
        if by not in MAY_ENTER:
            assert found == "PermissionDenied"
        elif not may:
            assert found == "TransitionDenied"
        elif chosen not in self.model.confirmed:
            assert found == "done"
        if found == "done":
            self.model.confirmed.add(chosen)
            self.model.expect("CONFIRM", self.stage.people[by].pk, chosen)

    @rule(is_closed=st.sampled_from([True, False, False]))
    def year_ends(self, is_closed):
        by = self.stage.people["leader"] if is_closed else None
        SchoolYear.objects.update(closed_at=timezone.now() if is_closed else None, closed_by=by)
        self.model.is_year_closed = is_closed

    # --- what always holds ----------------------------------------------------------------------------
    @invariant()
    def book_is_the_model(self):
        type(self).steps += 1
        rows = Score.objects.filter(column__in=self.model.columns)
        found = {
            (column, pupil): (code, makeup, version)
            for column, pupil, code, makeup, version in rows.values_list(
                "column_id", "student_id", "code", "is_makeup", "version"
            )
        }
        assert found == {cell: (held.code, held.makeup, held.version) for cell, held in self.model.cells.items()}
        windows = ScoreColumn.objects.filter(pk__in=self.model.columns).values_list("pk", "opens_at", "closes_at")
        assert {pk: window for pk, *window in windows} == {
            pk: list(self.model.windows.get(pk, (None, None))) for pk in self.model.columns
        }

    @invariant()
    def every_change_left_one_event_and_none_fell_into_a_closed_column(self):
        fresh = LedgerEvent.objects.filter(gradebook=self.stage.book, seq__gt=self.seq).order_by("seq")
        told = Counter()
        for event in fresh:
            body = json.loads(event.payload)
            told[tuple(body.get(key) for key in ("op", "by", "col", "student", "old", "new"))] += 1
            self.seq = event.seq
        assert told == self.model.expected
        self.model.expected.clear()
        assert verify([self.stage.book.pk])[0] == []


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_book_obeys_the_model(stage):
    BookMachine.stage, BookMachine.steps = stage, 0
    started = time.monotonic()
    run_state_machine_as_test(
        BookMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    seconds = time.monotonic() - started
    print(f"\nstate machine: {BookMachine.steps} steps in {EXAMPLES} lives of the book, {seconds:.0f} s, {dict(SEEN)}")
    assert BookMachine.steps >= LEAST_STEPS
    assert not DRILL or SEEN.keys() >= ANSWERS
