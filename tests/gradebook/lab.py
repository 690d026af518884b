"""A small school whose books were kept honestly, and the ways past the guard of whoever owns its database."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from gradebook import services
from gradebook.models import CorrectionRequest, Gradebook, LedgerEvent, LockRule, Score
from gradebook.services import CellChange
from registry.models import ClassSubject
from schoolops.lib.clock import db_now
from tests.gradebook.test_corrections import draft, sent
from tests.support import build_school, column, fresh, pupils_of

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
    # The other book's closed column and pupils, and its petitions: applied, sent, returned.
    other_column: int
    other_pupils: list[int]
    other_teacher: int
    petitions: list[int]
    # The column of regular remarks of `book`, which holds one of the first pupil.
    remarks: int

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

    def named(self, by):
        """Who acts, for what the guard still asks."""
        self.sql("SELECT set_config('schoolops.actor', %s, true)", str(by))

    def append(self, by, book=None, behalf="", **body):
        """An event in order at the end of a chain, as only the owner of the functions can."""
        self.named(by)
        self.sql("SELECT set_config('schoolops.on_behalf_of', %s, true)", str(behalf))
        self.sql("SELECT gradebook_append(%s, ARRAY[%s::jsonb])", book or self.other, json.dumps(body))

    def petition(self, pk, **changes):
        CorrectionRequest.objects.filter(pk=pk).update(**changes)

    def rehash(self, book=None):
        self.sql(REHASH.format(book=book or self.book))

    def step_of(self, op, petition):
        """The number of the event in which this petition took this step."""
        return next(
            event.seq
            for event in LedgerEvent.objects.filter(gradebook=self.other).order_by("seq")
            for body in [json.loads(event.payload)]
            if (body["op"], body.get("corr")) == (op, petition)
        )

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

    def amend(self, seq, book=None, **changes):
        self.sql(
            "UPDATE gradebook_ledgerevent SET payload = (payload::jsonb || %s::jsonb)::text WHERE gradebook_id = %s AND seq = %s",
            json.dumps(changes),
            book or self.book,
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
    remark = CellChange(column(book, "NX1").pk, pupils_of(book)[0].pk, "Có tiến bộ.")
    services.save_cells(gradebook=book, changes=[remark], by=cast.teacher)
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
    petitions = ask_for_corrections(other, cast)
    return Lab(
        book=book.pk,
        other=other.pk,
        column=column(book, "GK").pk,
        pupils=[pupil.pk for pupil in pupils_of(book)],
        leader=cast.vice_principal.pk,
        teacher=cast.teacher.pk,
        other_column=column(other, "GK").pk,
        other_pupils=[pupil.pk for pupil in pupils_of(other)],
        other_teacher=cast.other_teacher.pk,
        petitions=petitions,
        remarks=column(book, "NX1").pk,
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


def ask_for_corrections(book, cast):
    """One applied (two pupils, one of them after a make-up test), one sent, one returned, one that nobody has seen."""
    by, leader = cast.other_teacher, cast.vice_principal
    applied = sent(book, by, text="9", pupils=(2, 3))
    services.approve_correction(correction=applied, revision=1, by=leader)
    waiting = sent(book, by, text="9", pupils=(0,))
    returned = sent(book, by, text="9", pupils=(1,))
    services.return_correction(correction=returned, revision=1, by=cast.principal, comment="Thiếu ảnh.")
    draft(book, by, text="9", pupils=(4,))
    return [applied.pk, waiting.pk, returned.pk]


def fake_exception(lab):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gradebook_lockexception (column_id, opens_at, closes_at, reason, created_by_id, created_at)"
            " VALUES (%s, now() - interval '1 minute', now() + interval '1 hour', 'ốm', %s, now()) RETURNING id",
            [lab.column, lab.leader],
        )
        return cursor.fetchone()[0]


def forget_book(lab, book=None):
    petitions = "SELECT id FROM gradebook_correctionrequest WHERE gradebook_id = %s"
    for statement in (
        f"DELETE FROM gradebook_correctionitem WHERE request_id IN ({petitions})",
        f"DELETE FROM gradebook_correctiontransition WHERE request_id IN ({petitions})",
        f"DELETE FROM gradebook_evidence WHERE request_id IN ({petitions})",
        "DELETE FROM gradebook_correctionrequest WHERE gradebook_id = %s",
        "DELETE FROM gradebook_score WHERE column_id IN (SELECT id FROM gradebook_scorecolumn WHERE gradebook_id = %s)",
        "DELETE FROM gradebook_remark WHERE column_id IN (SELECT id FROM gradebook_scorecolumn WHERE gradebook_id = %s)",
        "DELETE FROM gradebook_lockexception WHERE column_id IN (SELECT id FROM gradebook_scorecolumn WHERE gradebook_id = %s)",
        "DELETE FROM gradebook_scorecolumn WHERE gradebook_id = %s",
        "DELETE FROM gradebook_gradebook WHERE id = %s",
    ):
        lab.sql(statement, book or lab.book)
