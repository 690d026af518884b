"""manage.py verify_ledger against whoever owns the database: each tampering is found and its place is named (P0-5).

The attacks run as the owner with the trigger switched off, or as superuser with triggers asleep, each in a transaction of its own
that is taken back. What only a signed checkpoint outside the database could find is listed as missed, and must be.
"""

from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.db import connection

from gradebook.models import CorrectionItem, Gradebook, LedgerEvent, RegisteredBook, Score
from gradebook.selectors.ledger import verify
from gradebook.services.checkpoints import Key, sign_if_due
from schoolops.lib.clock import db_now
from tests.gradebook.lab import fake_exception, forget_book


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


def owner_rewrites_a_remark(lab):
    with lab.switched_off("gradebook_remark"):
        lab.sql("UPDATE gradebook_remark SET text = 'Em rất giỏi.'")
    return [f"book {lab.book}: column {lab.remarks}, pupil {lab.pupils[0]}: a remark was rewritten"]


def owner_rewrites_a_remark_with_its_code(lab):
    with lab.switched_off("gradebook_remark"):
        text = "Em rất giỏi."
        lab.sql(
            "UPDATE gradebook_remark SET text = %s, code = encode(sha256(uuid_send(salt) || convert_to(%s, 'UTF8')), 'hex')",
            text,
            text,
        )
    return [
        f"book {lab.book}: column {lab.remarks}, pupil {lab.pupils[0]}: there are no words for the code in the cell"
    ]


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
    cell = {"col": lab.column, "student": lab.pupils[0]}
    with lab.switched_off("gradebook_score"):
        lab.append(lab.teacher, lab.book, op="SET", **cell, old="7.5", new="10")
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


# --- attacks on petitions ---------------------------------------------------------------------------
def superuser_approves_in_the_table(lab):
    lab.asleep()
    waiting = lab.petitions[1]
    lab.petition(waiting, state="approved", decided_by=lab.leader, decided_at=db_now(), decided_revision=1)
    return [
        f"book {lab.other}: petition {waiting}: state is approved, the ledger says submitted",
        f"petition {waiting}: decided_by is {lab.leader}, the ledger says None",
    ]


def superuser_names_another_approver(lab):
    lab.asleep()
    lab.petition(lab.petitions[0], decided_by=lab.teacher)
    return [f"petition {lab.petitions[0]}: decided_by is {lab.teacher}, the ledger says {lab.leader}"]


def superuser_changes_what_was_asked(lab):
    lab.asleep()
    CorrectionItem.objects.filter(request=lab.petitions[0], student=lab.other_pupils[2]).update(new_code="8")
    return [
        f"petition {lab.petitions[0]}: item is ({lab.other_column}, {lab.other_pupils[2]}, 'V', False, '8', True, True)"
    ]


def superuser_frees_a_used_row(lab):
    lab.asleep()
    CorrectionItem.objects.filter(request=lab.petitions[0]).update(applied_at=None)
    return [
        f"petition {lab.petitions[0]}: item is ({lab.other_column}, {lab.other_pupils[3]}, '6', False, '9', False, False)"
    ]


def superuser_deletes_a_petition(lab):
    lab.asleep()
    lab.sql("DELETE FROM gradebook_correctionrequest WHERE id = %s", lab.petitions[0])
    return [f"petition {lab.petitions[0]}: state is None, the ledger says applied"]


def superuser_makes_a_petition_nobody_sent(lab):
    lab.asleep()
    lab.sql(
        "UPDATE gradebook_correctionrequest SET number = 99, submitted_at = now(), state = 'submitted', reason = 'typo',"
        " explanation = 'x' WHERE number IS NULL"
    )
    return ["state is submitted, the ledger says None"]


def one_person_asks_and_approves(lab):
    """The constraint dropped, the triggers asleep, events in order: the rule is still checked."""
    waiting, last = lab.petitions[1], lab.last(lab.other)
    lab.append(lab.other_teacher, op="CORR_OK", corr=waiting, rev=1)
    write_by_petition(lab, waiting)
    return [
        f"{lab.event(last + 1, lab.other)}: petition {waiting} was decided by the person who asked",
        f"{lab.event(last + 2, lab.other)} changes a cell by petition {waiting}, which no second person has approved",
    ]


def another_approves_on_behalf_of_the_one_who_asks(lab):
    waiting, last = lab.petitions[1], lab.last(lab.other)
    lab.append(lab.leader, behalf=lab.other_teacher, op="CORR_OK", corr=waiting, rev=1)
    return [f"{lab.event(last + 1, lab.other)}: petition {waiting} was decided by the person who asked"]


def owner_writes_without_an_approval(lab):
    waiting, last = lab.petitions[1], lab.last(lab.other)
    write_by_petition(lab, waiting)
    return [
        f"{lab.event(last + 1, lab.other)} changes a cell by petition {waiting}, which no second person has approved"
    ]


def owner_writes_by_a_petition_that_is_done(lab):
    done, last = lab.petitions[0], lab.last(lab.other)
    write_by_petition(lab, done, pupil=2, old="9", new="10", makeup=True)
    return [f"{lab.event(last + 1, lab.other)} changes a cell by petition {done}, which no second person has approved"]


def owner_approves_what_was_returned(lab):
    returned, last = lab.petitions[2], lab.last(lab.other)
    lab.append(lab.leader, op="CORR_OK", corr=returned, rev=1)
    return [f"{lab.event(last + 1, lab.other)}: step CORR_OK of petition {returned} is out of order, it was returned"]


def owner_calls_a_petition_done(lab):
    waiting, last = lab.petitions[1], lab.last(lab.other)
    lab.append(lab.leader, op="CORR_OK", corr=waiting, rev=1)
    lab.append(lab.leader, op="CORR_DONE", corr=waiting, rev=1)
    return [f"{lab.event(last + 2, lab.other)}: petition {waiting} is called done before all its cells were changed"]


def owner_appends_an_event_of_no_kind(lab):
    last = lab.last(lab.other)
    lab.append(lab.leader, op="NOTE", col=lab.other_column)
    return [f"{lab.event(last + 1, lab.other)} is of no known kind: NOTE"]


def write_by_petition(lab, petition, *, pupil=0, old="7.5", new="9", makeup=None):
    cell = {"col": lab.other_column, "student": lab.other_pupils[pupil]}
    lab.append(
        lab.leader, op="CORRECT", corr=petition, old=old, new=new, **cell, **({"makeup": True} if makeup else {})
    )
    lab.asleep()
    Score.objects.filter(column=lab.other_column, student=lab.other_pupils[pupil]).update(code=new)


PETITION_ATTACKS = [
    one_person_asks_and_approves,
    another_approves_on_behalf_of_the_one_who_asks,
]


# --- attacks on the register --------------------------------------------------------------------------
def superuser_deletes_a_book_with_all_its_events(lab):
    number = RegisteredBook.objects.get(gradebook_id=lab.book).number
    delete_book(lab, lab.book)
    return [f"book {lab.book}: the book with number {number} in the register is missing"]


def superuser_deletes_a_book_from_the_register_too(lab):
    first = RegisteredBook.objects.get(number=1)
    delete_book(lab, first.gradebook_id)
    lab.sql("DELETE FROM gradebook_registeredbook WHERE number = 1")
    return ["The register of books has no number 1"]


def superuser_exchanges_two_books(lab):
    """Every event stays where it is; but 7A1's scores are now called 7A2's."""
    lab.asleep()
    lab.sql("ALTER TABLE gradebook_gradebook DROP CONSTRAINT gradebook_once_per_term")
    lab.sql(
        "UPDATE gradebook_gradebook b SET class_subject_id = o.class_subject_id FROM gradebook_gradebook o"
        " WHERE b.id IN (%s, %s) AND o.id IN (%s, %s) AND o.id <> b.id",
        *[lab.book, lab.other] * 2,
    )
    return [f"book {lab.book}: the book is that of (class-subject, term)", f"book {lab.other}: the book is that of"]


def superuser_makes_a_book(lab):
    lab.asleep()
    lab.sql(
        "INSERT INTO gradebook_gradebook (class_subject_id, term_id, opened_at, chain_seq, chain_head)"
        " SELECT 900001, term_id, now(), 0, decode(repeat('00', 32), 'hex') FROM gradebook_gradebook LIMIT 1"
    )
    return [f"book {Gradebook.objects.latest('pk').pk}: the book is not in the register of books"]


def delete_book(lab, book):
    lab.asleep()
    forget_book(lab, book)
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s", book)


FOUND = [attack for name, attack in list(globals().items()) if name.startswith(("owner_", "superuser_"))]
FOUND += PETITION_ATTACKS


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
    seq = lab.event_of(lab.pupils[0])
    lab.amend(seq, new="10")
    lab.score(0, code="10")
    lab.rehash()
    return [f"{lab.event(lab.last())} is not the one of checkpoint 1"]


def cut_the_tail_and_undo_what_it_told(lab):
    lab.asleep()
    seq, last = lab.event_of(lab.pupils[4]), lab.last()
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s AND seq >= %s", lab.book, seq)
    lab.sql("DELETE FROM gradebook_score WHERE column_id = %s AND student_id = %s", lab.column, lab.pupils[4])
    lab.score(3, code="6")
    lab.sql(
        "UPDATE gradebook_scorecolumn SET confirmed_at = NULL, confirmed_by_id = NULL, rule_id = NULL, closes_at = NULL WHERE gradebook_id = %s",
        lab.book,
    )
    lab.sql("DELETE FROM gradebook_lockexception")
    lab.rehash()
    return [f"book {lab.book}: the chain ends at event {seq - 1}, but checkpoint 1 signs event {last}"]


def remove_the_newest_book_from_everywhere(lab):
    newest = RegisteredBook.objects.latest("number")
    delete_book(lab, newest.gradebook_id)
    lab.sql("DELETE FROM gradebook_registeredbook WHERE number = %s", newest.number)
    return [f"book {newest.gradebook_id}: the book is in checkpoint 1, and is gone"]


MISSED = [forge_event_score_and_chain, cut_the_tail_and_undo_what_it_told, remove_the_newest_book_from_everywhere]


@pytest.mark.parametrize("attack", MISSED, ids=lambda attack: attack.__name__)
def test_full_forgery_is_missed_without_checkpoints(lab, attack):
    """Negative control: nothing inside the database remembers these."""
    attack(lab)
    code, output = verify_ledger()
    assert (code, output.startswith("INTACT")) == (0, True), output


@pytest.mark.parametrize("attack", MISSED, ids=lambda attack: attack.__name__)
def test_full_forgery_is_found_with_a_checkpoint(lab, attack):
    sign_if_due(key=Key(Ed25519PrivateKey.generate()), places=[])
    assert verify_ledger()[0] == 0
    named = attack(lab)
    code, output = verify_ledger()
    assert code == 1
    for place in named:
        assert place in output


def test_checkpoint_of_another_key_counts_for_nothing(lab, settings):
    key = Key(Ed25519PrivateKey.generate())
    settings.CHECKPOINT_PUBLIC_KEYS = [key.public.hex()]
    sign_if_due(key=key, places=[])
    code, output = verify_ledger()
    assert (code, "not checked" in output, "1 checkpoints" in output) == (0, False, True)
    settings.CHECKPOINT_PUBLIC_KEYS = [Key(Ed25519PrivateKey.generate()).public.hex()]
    assert "Checkpoint 000001: the signature is not by the given key" in verify_ledger()[1]


def test_checkpoints_that_were_deleted_are_missed_by_who_knows_their_number(lab):
    sign_if_due(key=Key(Ed25519PrivateKey.generate()), places=[])
    assert verify_ledger("--newest", "1")[0] == 0
    assert "The newest checkpoint is 1, but number 2 exists" in verify_ledger("--newest", "2")[1]


def test_one_year_alone_is_judged(lab):
    year = Gradebook.objects.get(pk=lab.book).term.school_year.code
    assert verify(year=year) == verify()
    assert verify(year="1999-2000") == ([], 0, 0)
    delete_book(lab, lab.book)
    assert [fault.kind for fault in verify(year=year)[0]] == ["book_missing"]


def test_queries_do_not_grow_with_books(lab, django_assert_num_queries, django_assert_max_num_queries):
    for only in ([lab.book], [lab.book, lab.other]):
        with django_assert_num_queries(11):
            verify(only=only)
    with django_assert_max_num_queries(14):
        verify()
