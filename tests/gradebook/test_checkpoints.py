"""Signed checkpoints: when they are made, by whom alone, how they leave, and who is told when they do not (P1-3, P1-4, P0-6)."""

import os
import smtplib
import stat
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from gradebook import services
from gradebook.models import Checkpoint, CheckpointDelivery, Gradebook, Score, Signer
from gradebook.proof import checkpoints as notes
from gradebook.selectors.checkpoints import NIGHTLY, checkpoint_state
from gradebook.selectors.ledger import read_checkpoints, verify
from gradebook.services import checkpoints as signing
from gradebook.services.checkpoints import Key, announce_signer, deliver_waiting, make_signing_key, read_signing_key
from gradebook.services.places import Folder, Mailbox, PlaceTakenError
from gradebook.services.signing import SignerThread, look_once
from gradebook.services.watch import start_alarm, start_nightly_verification
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now
from schoolops.lib.models import Job, OutboxMessage
from tests.gradebook.lab import forget_book
from tests.support import build_school, committed_database, grant, until

KEY = Key(Ed25519PrivateKey.generate())
APP, SIGNER = "schoolops_app", "schoolops_signer"

pytestmark = [pytest.mark.drill] if os.environ.get("SCHOOLOPS_DRILL") == "1" else []


@pytest.fixture(autouse=True)
def silence(monkeypatch):
    """Nobody waits for these bells."""
    monkeypatch.setattr(outbox, "ring", lambda task, *args: True)


@pytest.fixture
def clock(monkeypatch):
    """The database's clock as the signer reads it; stands still until it is moved. At noon, so that no night falls in between."""

    class Clock:
        at = timezone.localtime().replace(hour=12, minute=0) + timedelta(days=1)

        def later(self, **span):
            self.at += timedelta(**span)

    made = Clock()
    monkeypatch.setattr(signing, "db_now", lambda: made.at)
    return made


@contextmanager
def acting(role):
    """Under the rights of this role; the connection is a superuser's."""
    execute(f"SET LOCAL ROLE {role}")
    yield
    execute("RESET ROLE")


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def sign(places=()):
    with acting(SIGNER):
        return signing.sign_if_due(key=KEY, places=places)


def note_of(checkpoint):
    return notes.parse(checkpoint.text)[0]


def change_a_score(lab, code="4"):
    """By the guard's rules: in a column that nobody has closed."""
    open_column = Gradebook.objects.get(pk=lab.other).columns.get(kind="TX", ordinal=1)
    services.act_as(User.objects.get(pk=lab.other_teacher))
    Score.objects.filter(column=open_column, student=lab.other_pupils[0]).update(code=code)


def intact():
    """Whether the checkpoints hold together, agree with the chains, and were signed by KEY."""
    return verify()[0] == []


@pytest.fixture(autouse=True)
def known_key(settings):
    settings.CHECKPOINT_PUBLIC_KEYS = [KEY.public.hex()]


# --- when ---------------------------------------------------------------------------------------
def test_the_first_lists_every_book(lab, clock):
    made = sign()
    assert (made.seq, made.why, note_of(made).count, note_of(made).is_full) == (1, "change", 6, True)
    assert {head.book for head in note_of(made).heads} == set(Gradebook.objects.values_list("pk", flat=True))
    assert made.body.startswith("schoolops/1/T01\n")
    assert intact()


def test_a_change_is_signed_after_five_minutes_and_once(lab, clock):
    sign()
    change_a_score(lab)
    clock.later(minutes=4, seconds=59)
    assert sign() is None
    clock.later(seconds=1)
    made = sign()
    assert (made.seq, made.why, [head.book for head in note_of(made).heads]) == (2, "change", [lab.other])
    clock.later(minutes=5)
    assert sign() is None
    assert intact()


def test_an_hour_without_changes_needs_none_and_then_a_change_is_signed_at_once(lab, clock):
    sign()
    clock.later(hours=1)
    assert sign() is None
    change_a_score(lab)
    assert sign().seq == 2


def test_the_minute_of_closing_is_signed_even_when_nothing_changed(lab, clock):
    sign()
    closes_at = clock.at + timedelta(minutes=1)
    lab.asleep()
    lab.sql("UPDATE gradebook_scorecolumn SET closes_at = %s WHERE id = %s", closes_at, lab.column)
    lab.sql("SET LOCAL session_replication_role = origin")
    clock.later(seconds=59)
    assert sign() is None
    clock.later(seconds=1)
    made = sign()
    assert (made.why, note_of(made).heads, note_of(made).count) == ("lock", (), 6)
    clock.later(seconds=5)
    assert sign() is None


def test_with_a_clock_that_was_set_back_nothing_is_signed_out_of_order(lab, clock):
    sign()
    change_a_score(lab)
    clock.later(hours=-1)
    assert sign() is None
    clock.later(hours=1, minutes=5)
    assert sign().seq == 2


def test_the_end_of_an_exception_is_signed(lab, clock):
    sign()
    lab.asleep()
    span = (clock.at, clock.at + timedelta(seconds=30))
    lab.sql("UPDATE gradebook_lockexception SET (opens_at, closes_at) = (%s, %s) WHERE ended_at IS NULL", *span)
    clock.later(seconds=31)
    assert sign().why == "lock"


def test_each_night_lists_every_book(lab, clock):
    sign()
    clock.at = (clock.at + timedelta(days=1)).replace(hour=1)
    assert sign() is None
    clock.later(hours=1)
    made = sign()
    assert (made.why, note_of(made).is_full, len(note_of(made).heads)) == ("night", True, 6)
    clock.later(hours=20)
    assert sign() is None
    assert intact()


def test_without_books_there_is_nothing_to_sign(lab, clock):
    lab.asleep()
    lab.sql("ALTER TABLE gradebook_gradebook RENAME TO gone")
    lab.sql("CREATE TABLE gradebook_gradebook (LIKE gone)")
    lab.sql(f"GRANT SELECT ON gradebook_gradebook TO {SIGNER}")
    assert sign() is None


def test_a_book_that_vanishes_is_not_forgotten(lab, clock):
    """The signer signs what is there, and lists all of it; the earlier checkpoint still names the book."""
    sign()
    lab.asleep()
    forget_book(lab)
    lab.sql("DELETE FROM gradebook_ledgerevent WHERE gradebook_id = %s", lab.book)
    clock.later(minutes=5)
    made = sign()
    assert (note_of(made).count, note_of(made).is_full) == (5, True)
    assert read_checkpoints().faults == []
    assert "signed_book_gone" in [fault.kind for fault in verify()[0]]


# --- by whom ------------------------------------------------------------------------------------
def refused(statement):
    """Why the database refuses it, or None; undone in either case."""
    try:
        with transaction.atomic():
            execute(statement)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return error.__cause__.pgcode
    return None


COPY = "seq + 1, at, why, total, body, sha256, signature"
ATTEMPTS = {
    "sign a checkpoint": f"INSERT INTO gradebook_checkpoint SELECT {COPY} FROM gradebook_checkpoint",
    "rewrite a checkpoint": "UPDATE gradebook_checkpoint SET body = body",
    "remove checkpoints": "DELETE FROM gradebook_checkpoint",
    "truncate checkpoints": "TRUNCATE gradebook_checkpoint, gradebook_checkpointdelivery",
    "call a checkpoint delivered": "UPDATE gradebook_checkpointdelivery SET delivered_at = now()",
    "remove deliveries": "DELETE FROM gradebook_checkpointdelivery",
    "pretend that the signer is at work": "UPDATE gradebook_signer SET looked_at = now()",
    "take a book from the register": "DELETE FROM gradebook_registeredbook",
    "add a book to the register": "INSERT INTO gradebook_registeredbook VALUES (99, 99, 1, 1)",
    "forge an event": "INSERT INTO gradebook_ledgerevent VALUES (1, 99, '{}', 'x')",
    "set a head back": "UPDATE gradebook_gradebook SET chain_seq = 0",
    "switch the triggers off": "ALTER TABLE gradebook_checkpoint DISABLE TRIGGER USER",
}
DENIED = {"42501"}


def test_role_app_can_do_nothing_to_checkpoints_or_ledger(lab, clock):
    sign(places=[Folder(Path("/nowhere"))])
    with acting(SIGNER):
        announce_signer(key=KEY, places=[])
    with acting(APP):
        outcomes = {name: refused(statement) for name, statement in ATTEMPTS.items()}
        assert Checkpoint.objects.count() == Signer.objects.count() == CheckpointDelivery.objects.count() == 1
    print(f"\nrole app: {sum(code in DENIED for code in outcomes.values())} of {len(ATTEMPTS)} attempts refused")
    assert set(outcomes.values()) == DENIED, outcomes


RIGHTS = {
    "sign a checkpoint": "GRANT INSERT ON gradebook_checkpoint TO schoolops_app",
    "rewrite a checkpoint": "GRANT UPDATE ON gradebook_checkpoint TO schoolops_app",
    "remove checkpoints": "GRANT DELETE ON gradebook_checkpoint TO schoolops_app",
    "truncate checkpoints": "GRANT TRUNCATE ON gradebook_checkpoint, gradebook_checkpointdelivery TO schoolops_app",
    "call a checkpoint delivered": "GRANT UPDATE ON gradebook_checkpointdelivery TO schoolops_app",
    "remove deliveries": "GRANT DELETE ON gradebook_checkpointdelivery TO schoolops_app",
    "pretend that the signer is at work": "GRANT UPDATE ON gradebook_signer TO schoolops_app",
    "take a book from the register": "GRANT DELETE ON gradebook_registeredbook TO schoolops_app",
    "add a book to the register": "GRANT INSERT ON gradebook_registeredbook TO schoolops_app",
    "forge an event": "GRANT INSERT ON gradebook_ledgerevent TO schoolops_app",
    "set a head back": "GRANT UPDATE ON gradebook_gradebook TO schoolops_app",
    "switch the triggers off": "ALTER TABLE gradebook_checkpoint OWNER TO schoolops_app",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_sabotage_with_the_right_given_away_the_refusal_is_gone(lab, clock, attempt):
    """What is left then is the trigger, where there is one: it answers with its own code."""
    sign(places=[Folder(Path("/nowhere"))])
    with acting(SIGNER):
        announce_signer(key=KEY, places=[])
    execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO schoolops_app")
    execute(RIGHTS[attempt])
    with acting(APP):
        assert refused(ATTEMPTS[attempt]) not in DENIED


OWNERS_WAYS = {
    "rewrite a checkpoint": "append_only ON gradebook_checkpoint",
    "remove checkpoints": "append_only ON gradebook_checkpoint",
    "truncate checkpoints": "append_only_truncate ON gradebook_checkpoint",
    "sign a checkpoint": "follows ON gradebook_checkpoint",
    "take a book from the register": "append_only ON gradebook_registeredbook",
}
TWICE = (
    "INSERT INTO gradebook_checkpoint SELECT seq + 2, at, why, total, body, sha256, signature FROM gradebook_checkpoint"
)


@pytest.mark.parametrize("attempt", OWNERS_WAYS)
def test_owner_meets_the_triggers_until_they_are_dropped(lab, clock, attempt):
    sign()
    statement = TWICE if attempt == "sign a checkpoint" else ATTEMPTS[attempt]
    with acting("schoolops_owner"):
        assert refused(statement) == "GB006"
        execute(f"DROP TRIGGER {OWNERS_WAYS[attempt]}")
        assert refused(statement) is None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT code FROM gradebook_score",
        "SELECT payload FROM gradebook_ledgerevent",
        "SELECT full_name FROM registry_student",
        "SELECT name FROM registry_school",
        "SELECT password FROM accounts_user",
        "SELECT reason FROM gradebook_lockexception",
        "UPDATE gradebook_gradebook SET opened_at = now()",
        "UPDATE gradebook_checkpoint SET body = body",
        "DELETE FROM gradebook_checkpoint",
        "DELETE FROM gradebook_checkpointdelivery",
        "UPDATE gradebook_checkpointdelivery SET place = ''",
        "INSERT INTO gradebook_registeredbook VALUES (99, 99, 1, 1)",
    ],
)
def test_signer_reads_heads_and_moments_only(lab, statement):
    with acting(SIGNER):
        assert refused(statement) == "42501"
        assert refused("SELECT chain_head FROM gradebook_gradebook") is None


# --- places ---------------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path):
    (tmp_path / "far away").mkdir()
    return Folder(tmp_path / "far away")


def look(*places):
    with acting(SIGNER):
        return look_once(key=KEY, places=places)


def waiting():
    rows = CheckpointDelivery.objects.filter(delivered_at=None)
    return sorted(rows.values_list("checkpoint_id", "place", "attempts", "error"))


def test_each_checkpoint_becomes_a_file_that_is_the_record(lab, clock, folder):
    made = look(folder)
    assert (folder.path / "000001.txt").read_bytes() == made.text.encode()
    assert waiting() == []
    assert stat.S_IMODE((folder.path / "000001.txt").stat().st_mode) & 0o222 == 0


def test_a_file_is_never_overwritten(lab, clock, folder):
    (folder.path / "000001.txt").write_text("another school's")
    look(folder)
    assert (folder.path / "000001.txt").read_text() == "another school's"
    assert waiting() == [(1, folder.key, 1, "PlaceTakenError")]
    with pytest.raises(PlaceTakenError):
        folder.deliver(Checkpoint.objects.get())


def test_a_file_that_was_cut_short_is_completed(lab, clock, folder):
    made = look()
    (folder.path / "000001.txt").write_text(made.text[:100])
    folder.deliver(made)
    folder.deliver(made)
    assert (folder.path / "000001.txt").read_text() == made.text


def test_a_new_folder_gets_the_past_and_a_new_mailbox_does_not(lab, clock, folder):
    look()
    with acting(SIGNER):
        announce_signer(key=KEY, places=[folder, Mailbox("luutru@example.org")])
        assert deliver_waiting(places=[folder]) == 1
    assert waiting() == []


def test_mail_carries_the_record_and_no_names(lab, clock):
    made = look(Mailbox("luutru@example.org"))
    [message] = mail.outbox
    assert message.to == ["luutru@example.org"]
    assert "000001" in message.subject
    assert message.attachments[0][:2] == ("000001.txt", made.text.encode())
    for name in ("Nguyễn", "Thử Nghiệm", "Trần"):
        assert name not in message.subject + message.body + made.text


def test_a_place_that_fails_is_tried_again_and_holds_nothing_up(lab, clock, folder, monkeypatch):
    lost, calls = Mailbox("luutru@example.org"), []

    def fail(self, checkpoint):
        calls.append(checkpoint.seq)
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(Mailbox, "deliver", fail)
    assert look(lost, folder).seq == 1
    change_a_score(lab)
    clock.later(seconds=30)
    look(lost, folder)
    assert calls == [1], "not before a minute has passed"
    clock.later(minutes=5)
    assert look(lost, folder).seq == 2
    assert (calls, sorted(file.name for file in folder.path.iterdir())) == ([1, 1], ["000001.txt", "000002.txt"])
    assert waiting() == [(1, lost.key, 2, "SMTPServerDisconnected"), (2, lost.key, 0, "")]
    monkeypatch.undo()
    monkeypatch.setattr(signing, "db_now", lambda: clock.at + timedelta(minutes=1))
    look(lost, folder)
    assert waiting() == []
    assert [message.attachments[0][0] for message in mail.outbox] == ["000001.txt", "000002.txt"]


# --- alarms ---------------------------------------------------------------------------------------
def told(kind):
    """User names that were told, message by message."""
    messages = OutboxMessage.objects.filter(kind=kind).order_by("pk")
    return [sorted(User.objects.filter(pk__in=one.recipients).values_list("username", flat=True)) for one in messages]


def run_jobs():
    for job in Job.objects.all():
        for item in job.items.filter(state="waiting"):
            jobs.run(item.pk)


def state_at(**later):
    return checkpoint_state(db_now() + timedelta(**later))


def test_age_alarm_after_fifteen_minutes_with_changes(lab):
    look()
    assert state_at(hours=9).is_well, "nothing has changed since"
    change_a_score(lab)
    assert state_at(minutes=14).is_well
    assert state_at(minutes=16).is_late
    assert not state_at(minutes=16).is_well


def test_no_signer_at_all_is_an_alarm_as_soon_as_books_are_fifteen_minutes_old(lab):
    assert state_at(minutes=10).is_well
    assert state_at(minutes=20).is_late


def test_delivery_alarm_after_fifteen_minutes(lab):
    gone = Folder(Path("/nowhere/at/all"))
    with acting(SIGNER):
        announce_signer(key=KEY, places=[gone])
    look(gone)
    assert state_at(minutes=14).is_well
    assert state_at(minutes=16).is_stuck
    with acting(SIGNER):
        announce_signer(key=KEY, places=[])
    assert not state_at(minutes=16).is_stuck, "nobody waits for a place that is not configured any more"


def test_principal_and_it_staff_are_told_once_a_day(lab):
    at = db_now() + timedelta(minutes=20)
    Signer.objects.all().delete()
    lab.asleep()
    lab.sql("UPDATE gradebook_gradebook SET opened_at = opened_at - interval '1 hour'")
    lab.sql("SET LOCAL session_replication_role = origin")
    assert start_alarm(at=at) is not None
    assert start_alarm(at=at) is None
    run_jobs()
    run_jobs()
    assert told("checkpoints.late") == [["it_staff", "principal"]]
    assert start_alarm(at=at + timedelta(days=1)) is not None


def test_nobody_is_told_while_all_is_well(lab):
    look()
    assert start_alarm(at=db_now()) is None


def test_nightly_verification_tells_principal_and_clerk_not_it_staff(lab):
    school_clerk = User.objects.get(username="stranger")
    principal = User.objects.get(username="principal")
    grant(school_clerk, Role.CLERK, principal.grants.first().decision, by=principal)
    assert start_nightly_verification(at=db_now()) is not None
    assert start_nightly_verification(at=db_now()) is None
    run_jobs()
    assert told("ledger.faults") == []
    assert checkpoint_state(db_now()).verified_at is not None

    lab.asleep()
    lab.score(0, code="10")
    lab.sql("SET LOCAL session_replication_role = origin")
    start_nightly_verification(at=db_now() + timedelta(days=1))
    run_jobs()
    assert told("ledger.faults") == [["principal", "stranger"]]
    [message] = OutboxMessage.objects.filter(kind="ledger.faults")
    assert message.context["count"] == 1


def test_nightly_verification_reads_one_moment(committed, monkeypatch):
    """People write at night, too: states and events must not be of two moments."""
    seen, verify_year = [], jobs._handlers[NIGHTLY]

    def spy(item):
        verify_year(item)
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            seen.append(cursor.fetchone()[0])

    monkeypatch.setitem(jobs._handlers, NIGHTLY, spy)
    start_nightly_verification(at=db_now())
    run_jobs()
    assert seen == ["repeatable read"]
    assert checkpoint_state(db_now()).verified_at is not None


# --- pages ----------------------------------------------------------------------------------------
def test_fresh_portal_is_well(client, db):
    answer = client.get("/readyz").json()
    assert answer["checkpoints"] is True
    assert "Chưa có điểm nào." in client.get("/trang-thai/").content.decode()


def test_late_checkpoints_are_said_but_nobody_is_sent_away(client, maths, monkeypatch):
    late = db_now() + timedelta(minutes=20)
    monkeypatch.setattr("schoolops.home.health.db_now", lambda: late)
    monkeypatch.setattr("schoolops.home.health.readiness", lambda: {"database": True})
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checkpoints"]) == (200, False)


def test_status_page_says_openly_that_there_is_one_place(lab, client, folder):
    with acting(SIGNER):
        announce_signer(key=KEY, places=[folder])
    look(folder)
    page = client.get("/trang-thai/").content.decode()
    assert "Mới có 1 nơi giữ" in page
    assert "Số 1, ký lúc" in page
    with acting(SIGNER):
        announce_signer(key=KEY, places=[folder, Mailbox("luutru@example.org")])
    page = client.get("/trang-thai/").content.decode()
    assert "nơi giữ; cần" not in page
    assert "luutru" not in page


# --- keys and commands ------------------------------------------------------------------------------
def test_key_file_is_for_the_signer_alone_and_never_overwritten(tmp_path):
    out = StringIO()
    call_command("make_signing_key", tmp_path / "key", stdout=out)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert read_signing_key(tmp_path / "key").public.hex() == out.getvalue().strip()
    with pytest.raises(CommandError, match="never overwritten"):
        call_command("make_signing_key", tmp_path / "key")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("make_signing_key", tmp_path / "no" / "key")


def test_key_that_others_can_read_is_refused(tmp_path):
    make_signing_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="others"):
        read_signing_key(tmp_path / "key")
    (tmp_path / "bad").write_text("x")
    (tmp_path / "bad").chmod(0o600)
    for name in ("bad", "missing"):
        with pytest.raises(ImproperlyConfigured, match="cannot be read"):
            read_signing_key(tmp_path / name)


@pytest.mark.parametrize(
    ("key", "folders", "said"),
    [
        ("", ["/x"], "SCHOOLOPS_SIGNING_KEY_FILE"),
        ("/k", [], "SCHOOLOPS_CHECKPOINT_DIR"),
        ("/k", ["/x"], "cannot be read"),
    ],
)
def test_signer_says_what_is_missing(settings, key, folders, said):
    settings.SIGNING_KEY_FILE, settings.CHECKPOINT_DIRS = key, folders
    with pytest.raises(CommandError, match=said):
        call_command("sign_checkpoints", "--once")


def test_signing_once(lab, settings, folder, tmp_path):
    make_signing_key(tmp_path / "key")
    settings.CHECKPOINT_DIRS, settings.SIGNING_KEY_FILE = [str(folder.path)], str(tmp_path / "key")
    for said in ("checkpoint 000001 (change)", "nothing to sign"):
        out = StringIO()
        call_command("sign_checkpoints", "--once", stdout=out)
        assert out.getvalue().strip() == said
    assert [file.name for file in folder.path.iterdir()] == ["000001.txt"]


@pytest.fixture
def committed(django_db_setup, django_db_blocker, worker_name, silence):
    """A school with open books in a database in which every connection works and commits."""
    with committed_database(f"schoolops_signer_{worker_name}", django_db_blocker):
        school = build_school(pupils=1)
        services.open_gradebooks(
            class_subjects=list(school.class_subjects.values()), term=school.term, by=school.cast.it_staff
        )
        yield
        connection.close()


def test_thread_of_the_trial_signs_as_its_own_role(committed, settings, tmp_path):
    settings.SIGNING_KEY_FILE, settings.CHECKPOINT_DIRS = str(tmp_path / "key"), [str(tmp_path / "checkpoints")]
    thread = SignerThread()
    thread.start()
    until(lambda: CheckpointDelivery.objects.filter(delivered_at__isnull=False).exists())
    with connection.cursor() as cursor:
        cursor.execute("SELECT usename FROM pg_stat_activity WHERE datname = current_database()")
        assert {name for (name,) in cursor.fetchall()} >= {APP, SIGNER}
    thread.stop()
    assert not thread.is_alive()
    assert read_signing_key(tmp_path / "key").public.hex() == (tmp_path / "key.pub").read_text().strip()
    assert [file.name for file in (tmp_path / "checkpoints").iterdir()] == ["000001.txt"]
