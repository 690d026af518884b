"""manage.py verify_ledger against whoever owns the database: each tampering is found and its place is named (P0-5).

The attacks run as the owner with the trigger switched off, or as superuser with triggers asleep, each in a transaction of its own
that is taken back. What only a signed checkpoint outside the database could find is listed as missed, and must be.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from gradebook import services
from gradebook.models import Gradebook, LedgerEvent, LockRule, Score
from gradebook.services import CellChange
from registry.models import ClassSubject
from schoolops.lib.clock import db_now
from tests.gradebook.test_races import clone, leading_to
from tests.support import SUPERUSER, build_school, column, fresh, pupils_of

CODES = ["7.5", "8", "V", "6", "9.5"]
REHASH = """
DO $$
DECLARE
    event record;
    head bytea := decode(repeat('00', 32), 'hex');
    last bigint := 0;
BEGIN
    FOR event IN SELECT * FROM gradebook_ledgerevent WHERE gradebook_id = {book} ORDER BY seq LOOP
        head := sha256(head || convert_to(event.payload, 'UTF8'));
        last := event.seq;
        UPDATE gradebook_ledgerevent SET hash = head WHERE gradebook_id = {book} AND seq = last;
    END LOOP;
    UPDATE gradebook_gradebook SET chain_head = head, chain_seq = last WHERE id = {book};
END $$"""


@dataclass
class Lab:
    """A small school whose books were kept honestly; `book` has its mid-term column filled and closed."""

    book: int
    other: int
    column: int
    pupils: list[int]
    leader: int
    teacher: int

    def sql(self, statement, *parameters):
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)

    def asleep(self):
        """A superuser's way past every trigger."""
        self.sql("SET LOCAL session_replication_role = replica")

    @contextmanager
    def switched_off(self, table):
        """The owner's way past the triggers of one table."""
        self.sql("SET LOCAL ROLE schoolops_owner")
        self.sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        self.sql("SET CONSTRAINTS ALL IMMEDIATE")
        self.sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        self.sql("RESET ROLE")

    def rehash(self, book=None):
        self.sql(REHASH.format(book=book or self.book))

    def event_of(self, pupil):
        """The number of the event that wrote this pupil's mid-term score."""
        return next(
            event.seq
            for event in LedgerEvent.objects.filter(gradebook=self.book).order_by("seq")
            for body in [json.loads(event.payload)]
            if (body.get("col"), body.get("student")) == (self.column, pupil)
        )

    def last(self, book=None):
        return Gradebook.objects.get(pk=book or self.book).chain_seq

    def amend(self, seq, **changes):
        self.sql(
            "UPDATE gradebook_ledgerevent SET payload = (payload::jsonb || %s::jsonb)::text WHERE gradebook_id = %s AND seq = %s",
            json.dumps(changes),
            self.book,
            seq,
        )

    def score(self, pupil, **changes):
        Score.objects.filter(column=self.column, student=self.pupils[pupil]).update(**changes)

    def cell(self, pupil):
        return f"book {self.book}: column {self.column}, pupil {self.pupils[pupil]} holds"

    def event(self, seq, book=None):
        return f"book {book or self.book}: event {seq}"


def keep_honest_books():
    school = build_school()
    cast, class_subjects = school.cast, ClassSubject.objects.select_related("item")
    opened = services.open_gradebooks(class_subjects=class_subjects, term=school.term, by=cast.it_staff)
    books = {book.class_subject_id: fresh(book) for book in opened}
    book, other = (books[school.class_subjects[name].pk] for name in ("TOAN 7A1", "TOAN 7A2"))
    for kept, teacher in ((book, cast.teacher), (other, cast.other_teacher)):
        for code in ("TX1", "GK"):
            changes = [
                CellChange(column(kept, code).pk, pupil.pk, text)
                for pupil, text in zip(pupils_of(kept), CODES, strict=True)
            ]
            services.save_cells(gradebook=kept, changes=changes, by=teacher)
    services.confirm_column(column=column(book, "TX1"), by=cast.teacher)
    close(school, "GK")
    reopen_for_a_correction(book, cast)
    return Lab(
        book=book.pk,
        other=other.pk,
        column=column(book, "GK").pk,
        pupils=[pupil.pk for pupil in pupils_of(book)],
        leader=cast.vice_principal.pk,
        teacher=cast.teacher.pk,
    )


def close(school, kind):
    rule = LockRule(term=school.term, kind=kind, closes_at=db_now() - timedelta(seconds=1))
    services.draft_rule(rule=rule, by=school.cast.vice_principal)
    services.publish_rules(rules=[rule], by=school.cast.vice_principal)


def reopen_for_a_correction(book, cast):
    """One exception that was used and ended, and one that has more time than it needs."""
    chosen, until = column(book, "GK"), db_now() + timedelta(hours=1)
    for text in ("6,5", "7"):
        exception = services.open_exception(column=chosen, until=until, reason="ốm", by=cast.vice_principal)
        changes = [CellChange(chosen.pk, pupils_of(book)[3].pk, text)]
        services.save_cells(gradebook=book, changes=changes, by=cast.teacher)
        services.end_exception(exception=exception, by=cast.vice_principal)
    services.open_exception(column=column(book, "TX1"), until=until, reason="nhầm", by=cast.vice_principal)


@pytest.fixture(scope="module")
def honest(django_db_setup, django_db_blocker, worker_name):
    with django_db_blocker.unblock(), clone(f"schoolops_ledger_{worker_name}") as name:
        made = keep_honest_books()
        with leading_to(name, user=SUPERUSER):
            yield made


@pytest.fixture
def lab(honest):
    with transaction.atomic():
        yield honest
        transaction.set_rollback(True)


def verify_ledger(*arguments):
    """Exit code and output of the command."""
    out = StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_honest_books_are_intact(lab):
    code, output = verify_ledger()
    assert (code, output.startswith("INTACT – 6 books")) == (0, True), output
    assert verify_ledger("--book", str(lab.book))[0] == 0


# --- attacks on the scores ----------------------------------------------------------------------
def owner_edits_a_score(lab):
    with lab.switched_off("gradebook_score"):
        lab.score(0, code="10")
    return [f"{lab.cell(0)} ('10', False), the ledger says ('7.5', False)"]


def superuser_edits_a_score(lab):
    lab.asleep()
    lab.score(1, code="10")
    return [f"{lab.cell(1)} ('10', False), the ledger says ('8', False)"]


def superuser_calls_it_a_makeup_test(lab):
    lab.asleep()
    lab.score(0, is_makeup=True)
    return [f"{lab.cell(0)} ('7.5', True), the ledger says ('7.5', False)"]


def owner_swaps_two_pupils(lab):
    with lab.switched_off("gradebook_score"):
        ids = [Score.objects.get(column=lab.column, student=lab.pupils[pupil]).pk for pupil in (0, 1)]
        free = LedgerEvent.objects.count()  # a pupil for a moment, so that no two hold one cell
        lab.sql("SET CONSTRAINTS ALL DEFERRED")
        for score, pupil in ((ids[0], free + 10**6), (ids[1], lab.pupils[0]), (ids[0], lab.pupils[1])):
            lab.sql("UPDATE gradebook_score SET student_id = %s WHERE id = %s", pupil, score)
    return [f"{lab.cell(0)} ('8', False), the ledger says ('7.5', False)", f"{lab.cell(1)} ('7.5', False)"]


def superuser_deletes_an_entry(lab):
    lab.asleep()
    lab.sql("DELETE FROM gradebook_score WHERE column_id = %s AND student_id = %s", lab.column, lab.pupils[2])
    return [f"{lab.cell(2)} None, the ledger says ('V', False)"]


def superuser_adds_a_ghost(lab):
    lab.asleep()
    lab.sql(
        "INSERT INTO gradebook_score (column_id, student_id, code, is_makeup, version, entered_by_id, entered_at)"
        " VALUES (%s, 900001, '10', false, 1, %s, now())",
        lab.column,
        lab.teacher,
    )
    return [f"book {lab.book}: column {lab.column}, pupil 900001 holds ('10', False), the ledger says None"]


# --- attacks on the chain -----------------------------------------------------------------------
def owner_edits_an_event(lab):
    seq = lab.event_of(lab.pupils[0])
    with lab.switched_off("gradebook_ledgerevent"):
        lab.amend(seq, by=lab.leader)
    return [f"{lab.event(seq)} was rewritten"]


def superuser_edits_an_event_and_its_own_hash(lab):
    lab.asleep()
    seq = lab.event_of(lab.pupils[0])
    lab.amend(seq, by=lab.leader)
    lab.sql(
        "UPDATE gradebook_ledgerevent e SET hash = sha256(p.hash || convert_to(e.payload, 'UTF8')) FROM gradebook_ledgerevent p"
        " WHERE (e.gradebook_id, e.seq, p.gradebook_id, p.seq) = (%s, %s, %s, %s)",
        lab.book,
        seq,
        lab.book,
        seq - 1,
    )
    return [f"{lab.event(seq + 1)} was rewritten"]


def superuser_deletes_an_event_in_the_middle(lab):
    lab.asleep()
    seq = lab.event_of(lab.pupils[1])
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s AND seq = %s", lab.book, seq)
    return [f"{lab.event(seq)} is missing", f"{lab.cell(1)} ('8', False), the ledger says None"]


def superuser_deletes_an_event_and_closes_the_gap(lab):
    lab.asleep()
    seq = lab.event_of(lab.pupils[1])
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s AND seq = %s", lab.book, seq)
    lab.sql(
        "UPDATE gradebook_ledgerevent SET seq = seq - 1, payload = (payload::jsonb || jsonb_build_object('seq', seq - 1))::text"
        " WHERE gradebook_id = %s AND seq > %s",
        lab.book,
        seq,
    )
    lab.rehash()
    return [f"{lab.cell(1)} ('8', False), the ledger says None"]


def superuser_cuts_the_tail(lab):
    lab.asleep()
    last, seq = lab.last(), lab.event_of(lab.pupils[4])
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s AND seq >= %s", lab.book, seq)
    return [f"book {lab.book}: the head says event {last}, the chain ends at {seq - 1}", lab.cell(4)]


def superuser_cuts_the_tail_and_sets_the_head_back(lab):
    lab.asleep()
    seq = lab.event_of(lab.pupils[4])
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s AND seq >= %s", lab.book, seq)
    lab.rehash()
    return [f"{lab.cell(4)} ('9.5', False), the ledger says None"]


def superuser_backdates_an_event(lab):
    lab.asleep()
    seq = lab.event_of(lab.pupils[0])
    lab.amend(seq, at="2020-01-01T00:00:00.000000Z")
    lab.rehash()
    return [f"{lab.event(seq)} is older than the one before it"]


def superuser_moves_an_event_to_another_book(lab):
    lab.asleep()
    seq, end = lab.event_of(lab.pupils[0]), lab.last(lab.other) + 1
    lab.sql(
        "UPDATE gradebook_ledgerevent SET gradebook_id = %s, seq = %s WHERE gradebook_id = %s AND seq = %s",
        lab.other,
        end,
        lab.book,
        seq,
    )
    lab.rehash(lab.other)
    return [f"{lab.event(seq)} is missing", f"{lab.event(end, lab.other)} belongs to another place"]


def superuser_moves_the_head(lab):
    lab.asleep()
    last = lab.last()
    lab.sql("UPDATE gradebook_gradebook SET chain_head = sha256('x') WHERE id = %s", lab.book)
    return [f"book {lab.book}: the head says event {last}, the chain ends at {last}"]


def owner_appends_a_correction_nobody_was_allowed(lab):
    """The chain is in order, the score is explained; but the column was closed by then."""
    last = lab.last()
    body = {"op": "SET", "col": lab.column, "student": lab.pupils[0], "old": "7.5", "new": "10"}
    lab.sql("SELECT set_config('schoolops.actor', %s, true)", str(lab.teacher))
    with lab.switched_off("gradebook_score"):
        lab.sql("SELECT gradebook_append(%s, ARRAY[%s::jsonb])", lab.book, json.dumps(body))
        lab.score(0, code="10")
    return [f"{lab.event(last + 1)} wrote into a closed column"]


# --- attacks on books, windows and exceptions -----------------------------------------------------
def owner_opens_a_closed_column(lab):
    with lab.switched_off("gradebook_scorecolumn"):
        lab.sql("UPDATE gradebook_scorecolumn SET closes_at = NULL WHERE id = %s", lab.column)
    return [f"book {lab.book}: column {lab.column} is open (None, None), the ledger says"]


def superuser_turns_a_column_into_another(lab):
    """A mid-term score that counts as a regular one changes every average."""
    lab.asleep()
    lab.sql("UPDATE gradebook_scorecolumn SET kind = 'TX', ordinal = 9 WHERE id = %s", lab.column)
    return [f"book {lab.book}: column {lab.column} is ('TX', 9, 'score'), the ledger says ('GK', 1, 'score')"]


def superuser_deletes_a_column_with_its_scores(lab):
    lab.asleep()
    lab.sql("DELETE FROM gradebook_score WHERE column_id = %s", lab.column)
    lab.sql("DELETE FROM gradebook_scorecolumn WHERE id = %s", lab.column)
    return [f"{lab.cell(0)} None, the ledger says ('7.5', False)", f"book {lab.book}: column {lab.column} is"]


def superuser_confirms_in_the_teachers_name(lab):
    lab.asleep()
    lab.sql(
        "UPDATE gradebook_scorecolumn SET confirmed_at = now(), confirmed_by_id = %s WHERE id = %s",
        lab.teacher,
        lab.column,
    )
    return [f"book {lab.book}: column {lab.column} is confirmed, the ledger does not say so"]


def superuser_makes_an_exception(lab):
    lab.asleep()
    return [f"book {lab.book}: exception {fake_exception(lab)} is (", "the ledger says None"]


def superuser_makes_an_exception_and_the_teacher_uses_it(lab):
    last = lab.last()
    lab.asleep()
    fake_exception(lab)
    lab.sql("SET LOCAL session_replication_role = origin")
    lab.sql("SELECT set_config('schoolops.actor', %s, true)", str(lab.teacher))
    lab.score(0, code="10")
    return [f"{lab.event(last + 1)} wrote into a closed column"]


def superuser_prolongs_an_exception(lab):
    lab.asleep()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gradebook_lockexception SET closes_at = closes_at + interval '9 hours' WHERE ended_at IS NULL RETURNING id"
        )
        [[exception]] = cursor.fetchall()
    return [f"book {lab.book}: exception {exception} is ("]


def superuser_revives_an_exception(lab):
    lab.asleep()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gradebook_lockexception SET ended_at = NULL, ended_by_id = NULL"
            " WHERE id = (SELECT min(id) FROM gradebook_lockexception) RETURNING id"
        )
        [[exception]] = cursor.fetchall()
    return [f"book {lab.book}: exception {exception} is (", "the ledger says None"]


def superuser_deletes_the_book_but_not_its_events(lab):
    lab.asleep()
    forget_book(lab)
    return [f"book {lab.book}: there are events of a book that is gone"]


def superuser_deletes_the_events_but_not_the_book(lab):
    lab.asleep()
    last = lab.last()
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s", lab.book)
    return [f"book {lab.book}: the head says event {last}, the chain ends at 0", lab.cell(0)]


def fake_exception(lab):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gradebook_lockexception (column_id, opens_at, closes_at, reason, created_by_id, created_at)"
            " VALUES (%s, now() - interval '1 minute', now() + interval '1 hour', 'ốm', %s, now()) RETURNING id",
            [lab.column, lab.leader],
        )
        return cursor.fetchone()[0]


def forget_book(lab):
    for statement in (
        "DELETE FROM gradebook_score WHERE column_id IN (SELECT id FROM gradebook_scorecolumn WHERE gradebook_id = %s)",
        "DELETE FROM gradebook_lockexception WHERE column_id IN (SELECT id FROM gradebook_scorecolumn WHERE gradebook_id = %s)",
        "DELETE FROM gradebook_scorecolumn WHERE gradebook_id = %s",
        "DELETE FROM gradebook_gradebook WHERE id = %s",
    ):
        lab.sql(statement, lab.book)


FOUND = [attack for name, attack in list(globals().items()) if name.startswith(("owner_", "superuser_"))]


@pytest.mark.parametrize("attack", FOUND, ids=lambda attack: attack.__name__)
def test_tampering_is_found_and_its_place_is_named(lab, attack):
    named = attack(lab)
    code, output = verify_ledger()
    assert code == 1, output
    assert "NOT INTACT" in output
    for place in named:
        assert place in output


# --- what only a checkpoint kept elsewhere can find -------------------------------------------------
def forge_event_score_and_chain(lab):
    lab.asleep()
    lab.amend(lab.event_of(lab.pupils[0]), new="10")
    lab.score(0, code="10")
    lab.rehash()


def cut_the_tail_and_undo_what_it_told(lab):
    lab.asleep()
    seq = lab.event_of(lab.pupils[4])
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s AND seq >= %s", lab.book, seq)
    lab.sql("DELETE FROM gradebook_score WHERE column_id = %s AND student_id = %s", lab.column, lab.pupils[4])
    lab.score(3, code="6")
    lab.sql(
        "UPDATE gradebook_scorecolumn SET confirmed_at = NULL, confirmed_by_id = NULL, rule_id = NULL, closes_at = NULL WHERE gradebook_id = %s",
        lab.book,
    )
    lab.sql("DELETE FROM gradebook_lockexception")
    lab.rehash()


def remove_a_book_with_its_events(lab):
    lab.asleep()
    forget_book(lab)
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s", lab.book)


MISSED = [forge_event_score_and_chain, cut_the_tail_and_undo_what_it_told, remove_a_book_with_its_events]


@pytest.mark.parametrize("attack", MISSED, ids=lambda attack: attack.__name__)
def test_full_forgery_is_missed_without_checkpoints(lab, attack):
    """Negative control: when checkpoints come, these three must turn red here and be moved to the list above."""
    attack(lab)
    code, output = verify_ledger()
    assert (code, output.startswith("INTACT")) == (0, True), output
