"""Twins of the guard's tests: take one part of the guard away, and the test of that part must turn red.

The bodies run twice in a throw-away database whose books are open: as it is, where they pass, and after the owner has been at
work, where each of them must fail. Both happen in one transaction that is taken back: what the owner does to tables, functions
and rights is undone with it.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from gradebook import services
from gradebook.management.commands.verify_ledger import verify
from gradebook.models import Gradebook, LockException, Score, ScoreColumn
from gradebook.services import act_as
from registry.models import ClassSubject, Enrollment
from tests.gradebook import test_guard, test_remarks, test_tt27
from tests.gradebook.test_guard import ATTEMPTS, WRITES, close, execute, payloads, refusal, type_into
from tests.gradebook.test_races import clone, leading_to
from tests.support import SUPERUSER, build_school, column, fresh

CELLS = "gradebook_cells_changed(gradebook_cell_change[])"
APPEND = "gradebook_append(bigint, jsonb[], timestamp with time zone)"
EXCEPTION = "gradebook_exception_written()"
COLUMN = "gradebook_column_written()"


# --- bodies that test_guard has no test of its own for ---------------------------------------------
def raw_write_before_the_column_opens_is_refused(maths, cast):
    type_into(maths, "CK", "7", cast.teacher)
    act_as(cast.vice_principal)
    ScoreColumn.objects.filter(pk=column(maths, "CK").pk).update(opens_at=timezone.now() + timedelta(days=1))
    act_as(cast.teacher)
    assert refusal(lambda: Score.objects.update(code="9")) == "GB001"


def write_under(closed_cell, cast, *, begins, ends, is_ended=False):
    """What the guard says of a raw write while there is such an exception, in minutes from now."""
    now, by = timezone.now(), cast.vice_principal
    act_as(by)
    exception = LockException.objects.create(
        column=closed_cell.column,
        opens_at=now + timedelta(minutes=begins),
        closes_at=now + timedelta(minutes=ends),
        reason="ốm",
        created_by=by,
    )
    if is_ended:
        LockException.objects.filter(pk=exception.pk).update(ended_at=now, ended_by=by)
    act_as(cast.teacher)
    return refusal(lambda: Score.objects.filter(pk=closed_cell.pk).update(code="9"))


def expired_exception_opens_nothing(closed_cell, cast):
    assert write_under(closed_cell, cast, begins=-60, ends=-1) == "GB001"


def future_exception_opens_nothing(closed_cell, cast):
    assert write_under(closed_cell, cast, begins=5, ends=60) == "GB001"


def ended_exception_opens_nothing(closed_cell, cast):
    assert write_under(closed_cell, cast, begins=-5, ends=60, is_ended=True) == "GB001"


def ended_exception_stays_ended(closed_cell, cast):
    assert write_under(closed_cell, cast, begins=-5, ends=60, is_ended=True) == "GB001"
    assert refusal(lambda: LockException.objects.update(ended_at=None, ended_by=None)) == "GB002"


def import_of_the_future_is_refused(maths, cast):
    type_into(maths, "GK", "7", cast.teacher)
    act_as(cast.teacher, claimed_at=timezone.now() + timedelta(hours=1))
    assert refusal(lambda: Score.objects.update(code="9")) == "GB004"


def column_is_never_turned_into_another(maths, cast):
    act_as(cast.vice_principal)
    assert (
        refusal(lambda: ScoreColumn.objects.filter(pk=column(maths, "GK").pk).update(kind="TX", ordinal=9)) == "GB002"
    )


def change_of_a_window_is_told(maths, cast):
    close(maths, "GK", by=cast.vice_principal)
    assert "WINDOW" in [event["op"] for event in payloads(maths)]


def confirmation_is_told(maths, cast):
    act_as(cast.teacher)
    ScoreColumn.objects.filter(pk=column(maths, "GK").pk).update(confirmed_at=timezone.now(), confirmed_by=cast.teacher)
    assert payloads(maths)[-1]["op"] == "CONFIRM"


def exception_is_told(closed_cell, cast):
    write_under(closed_cell, cast, begins=-5, ends=60, is_ended=True)
    assert [event["op"] for event in payloads(closed_cell.column.gradebook)][-2:] == ["EXCEPTION", "EXCEPTION_END"]


def chain_holds(maths, cast):
    type_into(maths, "GK", "7", cast.teacher)
    type_into(maths, "GK", "8", cast.teacher, version=1)
    assert verify()[0] == []


def new_book_begins_at_zero(school, cast):
    free = ClassSubject.objects.exclude(gradebooks__isnull=False).first()
    book = Gradebook.objects.create(class_subject=free, term=school.term, chain_seq=7, chain_head=b"x" * 32)
    book.refresh_from_db()
    assert (book.chain_seq, bytes(book.chain_head)) == (0, bytes(32))


def class_list_stays(maths):
    assert (
        refusal(lambda: Enrollment.objects.filter(school_class=maths.class_subject.school_class_id).update(roll_no=99))
        == "GB007"
    )


def pupil_is_not_struck_off(maths):
    assert refusal(lambda: Enrollment.objects.all()._raw_delete(using="default")) == "GB007"


def temporary_table_is_not_read(closed_cell):
    """The guard runs as the owner, so the caller lets everybody read the false table."""

    def attack():
        execute("CREATE TEMP TABLE gradebook_scorecolumn AS SELECT * FROM public.gradebook_scorecolumn")
        execute("GRANT SELECT ON pg_temp.gradebook_scorecolumn TO PUBLIC")
        execute("UPDATE pg_temp.gradebook_scorecolumn SET closes_at = NULL")
        Score.objects.filter(pk=closed_cell.pk).update(code="9")

    with pytest.raises(DatabaseError), transaction.atomic():
        attack()


@dataclass
class RoleAppTries:
    """A body that tries one statement under the role of the web."""

    statement: str

    def __call__(self):
        with pytest.raises(DatabaseError, match="must be owner"), transaction.atomic():
            execute(self.statement)


@dataclass
class OwnerTries:
    """A body that tries one statement as the owner of the tables: no right is missing, so only the trigger can refuse."""

    statement: str
    code: str

    def __call__(self, maths, cast):
        type_into(maths, "GK", "7", cast.teacher)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("SET LOCAL ROLE schoolops_owner")
        assert refusal(lambda: execute(self.statement)) == self.code


def primary_level_takes_no_score(school, cast):
    book = test_tt27.open_book(school, cast, *test_tt27.MATHS, grade=4)
    test_tt27.test_the_guard_refuses_them_by_any_path(book, cast, "MD1", "8")


def primary_test_takes_no_decimals(school, cast):
    book = test_tt27.open_book(school, cast, *test_tt27.MATHS, grade=4)
    test_tt27.test_the_guard_refuses_them_by_any_path(book, cast, "GK", "7.5")


def words_are_never_rewritten(maths, cast):
    """As the owner: no right is missing, so only the trigger can refuse."""
    test_remarks.made(maths, cast.teacher)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET LOCAL ROLE schoolops_owner")
    assert refusal(lambda: execute("UPDATE gradebook_remark SET text = text")) == "GB006"
    assert refusal(lambda: execute("DELETE FROM gradebook_remark")) == "GB006"


# --- sabotages ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sabotage:
    """SQL of the owner or a cut in a function of the guard, and the bodies that must notice."""

    name: str
    bodies: tuple[Callable, ...]
    sql: str = ""
    function: str = ""
    old: str = ""
    new: str = ""
    arguments: dict = field(default_factory=dict)

    def apply(self):
        execute("SET LOCAL ROLE schoolops_owner")
        if self.function:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_get_functiondef(%s::regprocedure)", [self.function])
                [[source]] = cursor.fetchall()
            assert source.count(self.old) == 1, f"{self.old!r} is not in {self.function} once: write this sabotage anew"
            run_as_it_is(source.replace(self.old, self.new))
        if self.sql:
            run_as_it_is(self.sql.format(database=connection.settings_dict["NAME"]))


def run_as_it_is(sql):
    """Percent signs are the function's own."""
    with connection.cursor() as cursor:
        cursor.execute(sql)


def cut(name, function, old, new, *bodies, **arguments):
    return Sabotage(name, bodies, function=function, old=old, new=new, arguments=arguments)


def without(name, sql, *bodies, **arguments):
    return Sabotage(name, bodies, sql=sql, arguments=arguments)


def dropped(trigger, table, *bodies, **arguments):
    return without(f"{table} without {trigger}", f"DROP TRIGGER {trigger} ON gradebook_{table}", *bodies, **arguments)


def granted(attempt, sql):
    return without(f"granted: {attempt}", sql, test_guard.test_role_app_is_refused, attempt=attempt, closed_cell=None)


def paths(*names):
    """The test of the closed column, path by path."""
    return tuple(_path(name) for name in names)


def _path(name):
    def body(closed_cell):
        test_guard.test_closed_column_refuses_every_path(closed_cell, name)

    return body


INSERTS, UPDATES = ("create", "bulk_create"), tuple(path for path in WRITES if "create" not in path)
SABOTAGES = [
    # what the guard asks
    cut(
        "no window",
        CELLS,
        "now_ < c.closes_at",
        "true",
        *paths(*WRITES),
    ),
    cut("no opening", CELLS, "c.opens_at <= now_", "true", raw_write_before_the_column_opens_is_refused),
    cut("exceptions never expire", CELLS, "AND now_ < x.closes_at", "", expired_exception_opens_nothing),
    cut("exceptions begin at once", CELLS, "AND x.opens_at <= now_", "", future_exception_opens_nothing),
    cut("exceptions never end", CELLS, "AND x.ended_at IS NULL", "", ended_exception_opens_nothing),
    cut(
        "no end of the year", CELLS, "y.closed_at IS NOT NULL", "false", test_guard.test_closed_year_refuses_everything
    ),
    cut(
        "no class",
        CELLS,
        "e.school_class_id = cs.school_class_id",
        "true",
        test_guard.test_pupil_of_another_class_is_refused,
    ),
    cut(
        "no kinds",
        CELLS,
        "WHERE NOT CASE c.assessment",
        "WHERE false AND NOT CASE c.assessment",
        test_guard.test_letters_of_another_kind_are_refused_in_a_scored_column,
        code="D",
    ),
    cut(
        "comments take numbers",
        CELLS,
        "ch.new_code IN ('', 'D', 'CD', 'V', 'K')",
        "true",
        test_guard.test_number_is_refused_in_a_comment_column,
    ),
    cut(
        "levels are anything",
        CELLS,
        "ch.new_code IN ('', 'T', 'H', 'C', 'V')",
        "true",
        primary_level_takes_no_score,
    ),
    cut("whole marks have decimals", CELLS, "'^(|10|[0-9]|V)$'", "'.*'", primary_test_takes_no_decimals),
    cut(
        "a cell takes anybody's words",
        CELLS,
        "WHERE (r.code, r.column_id, r.student_id) = (ch.new_code, ch.col, ch.student)",
        "WHERE r.code = ch.new_code",
        test_remarks.test_a_cell_takes_only_its_own_words,
    ),
    cut(
        "remarks are anything",
        CELLS,
        "WHEN 'remark' THEN",
        "WHEN 'remark' THEN true OR",
        test_remarks.test_a_cell_takes_only_its_own_words,
    ),
    dropped(
        "guard",
        "remark",
        test_remarks.test_words_must_give_their_code,
        test_remarks.test_words_stand_in_a_remark_column,
    ),
    dropped("append_only", "remark", words_are_never_rewritten),
    without(
        "granted: rewrite remarks",
        "GRANT UPDATE, DELETE ON gradebook_remark TO schoolops_app",
        test_remarks.test_words_are_never_rewritten,
    ),
    cut("imports of the future", CELLS, "OR claimed > now_", "", import_of_the_future_is_refused),
    cut("no actor", APPEND, "IF actor IS NULL THEN", "IF false THEN", test_guard.test_nobody_writes_without_a_name),
    cut(
        "cells move",
        "gradebook_scores_updated()",
        "PERFORM gradebook_fail('GB002'",
        "RAISE NOTICE '%', ('GB002'",
        test_guard.test_cell_is_never_moved,
    ),
    cut(
        "columns turn",
        COLUMN,
        "PERFORM gradebook_fail('GB002'",
        "RAISE NOTICE '%', ('GB002'",
        column_is_never_turned_into_another,
    ),
    cut(
        "exceptions change",
        EXCEPTION,
        "PERFORM gradebook_fail('GB002'",
        "RAISE NOTICE '%', ('GB002'",
        ended_exception_stays_ended,
    ),
    # what the ledger is told
    cut(
        "the chain is no chain",
        APPEND,
        "sha256(head || convert_to(entry, 'UTF8'))",
        "sha256(convert_to(entry, 'UTF8'))",
        chain_holds,
    ),
    cut(
        "the head stands still", APPEND, "SET chain_seq = last, chain_head = head", "SET chain_seq = last", chain_holds
    ),
    cut(
        "old is not told",
        CELLS,
        "'old', ch.old_code",
        "'old', ''",
        test_guard.test_every_change_is_an_event_with_old_new_and_person,
    ),
    cut("windows are not told", COLUMN, "'op', 'WINDOW'", "'op', 'NOTE'", change_of_a_window_is_told),
    cut("confirmations are not told", COLUMN, "'op', 'CONFIRM'", "'op', 'NOTE'", confirmation_is_told),
    # the triggers
    dropped(
        "guard_insert", "score", *paths(*INSERTS), test_guard.test_every_change_is_an_event_with_old_new_and_person
    ),
    dropped("guard_update", "score", *paths(*UPDATES), test_guard.test_cell_is_never_moved),
    dropped(
        "version",
        "score",
        test_guard.test_version_rises_on_any_path,
        test_guard.test_who_entered_a_score_is_not_rewritten_beside_the_ledger,
    ),
    dropped(
        "guard", "scorecolumn", column_is_never_turned_into_another, change_of_a_window_is_told, confirmation_is_told
    ),
    dropped("guard", "lockexception", test_guard.test_exception_opens_one_column_and_ends_by_itself, exception_is_told),
    dropped("born", "gradebook", new_book_begins_at_zero),
    dropped("guard_delete", "score", OwnerTries("DELETE FROM gradebook_score", "GB002")),
    dropped("guard_truncate", "score", OwnerTries("TRUNCATE gradebook_score", "GB002")),
    dropped(
        "guard_delete",
        "scorecolumn",
        OwnerTries("DELETE FROM gradebook_scorecolumn WHERE id = (SELECT max(id) FROM gradebook_scorecolumn)", "GB002"),
    ),
    dropped(
        "append_only",
        "ledgerevent",
        OwnerTries("UPDATE gradebook_ledgerevent SET payload = payload", "GB006"),
        OwnerTries("DELETE FROM gradebook_ledgerevent", "GB006"),
    ),
    dropped("append_only_truncate", "ledgerevent", OwnerTries("TRUNCATE gradebook_ledgerevent", "GB006")),
    without("class list without guard_list", "DROP TRIGGER guard_list ON registry_enrollment", class_list_stays),
    without(
        "class list without guard_list_delete",
        "DROP TRIGGER guard_list_delete ON registry_enrollment",
        pupil_is_not_struck_off,
    ),
    # the rights of the web's role
    granted("delete events", "GRANT DELETE ON gradebook_ledgerevent TO schoolops_app"),
    granted("rewrite an event", "GRANT UPDATE ON gradebook_ledgerevent TO schoolops_app"),
    granted("forge an event", "GRANT INSERT ON gradebook_ledgerevent TO schoolops_app"),
    granted("truncate the ledger", "GRANT TRUNCATE ON gradebook_ledgerevent TO schoolops_app"),
    without(
        "granted: disable the guard by name",
        "RESET ROLE; ALTER TABLE gradebook_score OWNER TO schoolops_app",
        RoleAppTries("ALTER TABLE gradebook_score DISABLE TRIGGER guard_update"),
        RoleAppTries("ALTER TABLE gradebook_score DISABLE TRIGGER USER"),
    ),
    granted("drop the guard", "RESET ROLE; ALTER TABLE gradebook_score OWNER TO schoolops_app"),
    granted(
        "replace the guard",
        f"RESET ROLE; ALTER FUNCTION {CELLS} OWNER TO schoolops_app; GRANT CREATE ON SCHEMA public TO schoolops_app",
    ),
    granted("append directly", f"GRANT EXECUTE ON FUNCTION {APPEND} TO schoolops_app"),
    granted("judge directly", f"GRANT EXECUTE ON FUNCTION {CELLS} TO schoolops_app"),
    granted("reset the chain", "GRANT UPDATE ON gradebook_gradebook TO schoolops_app"),
    granted("delete scores", "GRANT DELETE ON gradebook_score TO schoolops_app"),
    granted("truncate scores", "GRANT TRUNCATE ON gradebook_score TO schoolops_app"),
    granted("delete columns", "GRANT DELETE ON gradebook_scorecolumn TO schoolops_app"),
    granted(
        "hide migrations",
        "GRANT INSERT ON django_migrations TO schoolops_app; GRANT USAGE ON SEQUENCE django_migrations_id_seq TO schoolops_app",
    ),
    without(
        "granted: delete scores while open",
        "GRANT DELETE ON gradebook_score TO schoolops_app",
        test_guard.test_deleting_is_refused_even_while_open,
    ),
    without(
        "temporary tables come first",
        f"GRANT TEMPORARY ON DATABASE {{database}} TO schoolops_app; ALTER FUNCTION {CELLS} SET search_path = pg_temp, pg_catalog, public",
        temporary_table_is_not_read,
    ),
]
# Rights of the whole server: a test that gave them away would open every other database too.
NOT_SABOTAGED = {"become the owner", "replica role"}
# Its text is refused to the owner as well, because ALL names the triggers of the foreign keys; its twin has its own body.
NOT_SABOTAGED |= {"disable the guard"}


# --- the stage --------------------------------------------------------------------------------------
@dataclass
class Stage:
    """Committed open books; what a body asks for by the names of the fixtures."""

    school: object
    cast: object
    books: dict[str, Gradebook]

    @property
    def maths(self):
        return fresh(self.books["TOAN 7A1"])

    @property
    def closed_cell(self):
        """As in test_guard: filled, closed since, and the writer is named."""
        type_into(self.maths, "GK", "7,5", self.cast.teacher)
        closed = close(self.maths, "GK", by=self.cast.vice_principal)
        act_as(self.cast.teacher)
        return Score.objects.get(column=closed)

    def run(self, body, arguments, sabotage=None):
        """The body under the role of the web, in a transaction that is taken back with everything the owner did before."""
        wanted = [name for name in inspect.signature(body).parameters if name not in arguments]
        with transaction.atomic():
            if sabotage:
                sabotage.apply()
            execute("SET LOCAL ROLE schoolops_app")
            try:
                # `closed_cell` last, because it names the writer.
                given = {name: getattr(self, name) for name in sorted(wanted, key=lambda name: name == "closed_cell")}
                body(**given, **arguments)
            finally:
                transaction.set_rollback(True)

    def is_red(self, body, arguments=None, sabotage=None):
        try:
            self.run(body, arguments or {}, sabotage)
        except (AssertionError, pytest.fail.Exception):
            return True
        return False


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker, worker_name):
    with django_db_blocker.unblock(), clone(f"schoolops_stage_{worker_name}") as name:
        school = build_school()
        # One class-subject stays without a book.
        taught = ClassSubject.objects.select_related("item").exclude(pk=school.class_subjects["GDTC 7A2"].pk)
        opened = services.open_gradebooks(class_subjects=taught, term=school.term, by=school.cast.it_staff)
        books = {book.class_subject_id: book for book in opened}
        named = {key: books[found.pk] for key, found in school.class_subjects.items() if found.pk in books}
        with leading_to(name, user=SUPERUSER):
            yield Stage(school, school.cast, named)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_sabotage_turns_its_tests_red(stage, sabotage):
    bodies = list(sabotage.bodies)
    assert [body for body in bodies if not stage.is_red(body, sabotage.arguments)] == bodies, "red without any sabotage"
    noticed = [body for body in bodies if stage.is_red(body, sabotage.arguments, sabotage)]
    assert noticed == bodies, "a test did not notice what it is there for"


def test_every_right_that_can_be_given_away_was():
    given_away = {sabotage.arguments["attempt"] for sabotage in SABOTAGES if "attempt" in sabotage.arguments}
    assert given_away | NOT_SABOTAGED == ATTEMPTS.keys()


def test_right_to_temporary_tables_alone_changes_nothing(stage):
    """Two doors stand before that attack: the missing right, and the order in which the guard looks for names."""
    right = without("temporary tables", "GRANT TEMPORARY ON DATABASE {database} TO schoolops_app")
    assert not stage.is_red(temporary_table_is_not_read, sabotage=right)


def test_owner_who_changes_nothing_turns_nothing_red(stage):
    """Positive control: it is the cut that turns the tests red, not the owner's visit."""
    nothing = cut("nothing", CELLS, "now_ < c.closes_at", "now_ < c.closes_at")
    for name in WRITES:
        assert not stage.is_red(_path(name), sabotage=nothing)
