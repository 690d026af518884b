"""The guard: whatever the path, a closed column takes nothing, and every change leaves an event (G1, G5, V10)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from gradebook.models import LedgerEvent, LockException, Score, ScoreColumn
from gradebook.services import CellChange, CellStatus, act_as, guard_code, save_cells
from tests.support import column, forget_actor, pupils_of


def close(book, code, *, by, minutes=1):
    """The column's window ended a minute ago."""
    act_as(by)
    ScoreColumn.objects.filter(pk=column(book, code).pk).update(closes_at=timezone.now() - timedelta(minutes=minutes))
    forget_actor()
    return column(book, code)


def type_into(book, code, text, by, pupil=0, **more):
    cell = CellChange(column(book, code).pk, pupils_of(book)[pupil].pk, text, **more)
    [result] = save_cells(gradebook=book, changes=[cell], by=by)
    return result


def refusal(statement) -> str | None:
    """The guard's code for what `statement` tries, in a savepoint of its own."""
    try:
        with transaction.atomic():
            statement()
    except DatabaseError as error:
        return str(guard_code(error))
    return None


@pytest.fixture
def closed_cell(maths, cast):
    """A filled cell of a column that has closed since; the actor is named, so that only the lock can refuse."""
    assert type_into(maths, "GK", "7,5", cast.teacher).status == CellStatus.SAVED
    closed = close(maths, "GK", by=cast.vice_principal)
    act_as(cast.teacher)
    return Score.objects.get(column=closed)


def test_service_answers_locked_and_keeps_the_book(maths, cast, closed_cell):
    result = type_into(maths, "GK", "9", cast.teacher, version=1)
    assert result.status == CellStatus.LOCKED
    assert Score.objects.get(pk=closed_cell.pk).code == "7.5"


WRITES = {
    "save": lambda cell: (setattr(cell, "code", "9"), cell.save()),
    "update": lambda cell: Score.objects.filter(pk=cell.pk).update(code="9"),
    "bulk_update": lambda cell: (setattr(cell, "code", "9"), Score.objects.bulk_update([cell], ["code"])),
    "bulk_create": lambda cell: Score.objects.bulk_create(
        [
            Score(
                column=cell.column,
                student=pupils_of(cell.column.gradebook)[1],
                code="9",
                entered_by=cell.entered_by,
                entered_at=cell.entered_at,
            )
        ]
    ),
    "create": lambda cell: Score.objects.create(
        column=cell.column,
        student=pupils_of(cell.column.gradebook)[1],
        code="9",
        entered_by=cell.entered_by,
        entered_at=cell.entered_at,
    ),
    "raw update": lambda cell: execute("UPDATE gradebook_score SET code = '9' WHERE id = %s", cell.pk),
    "raw makeup": lambda cell: execute("UPDATE gradebook_score SET is_makeup = true WHERE id = %s", cell.pk),
    "clear": lambda cell: Score.objects.filter(pk=cell.pk).update(code=""),
}


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.parametrize("path", WRITES)
def test_closed_column_refuses_every_path(closed_cell, path):
    assert refusal(lambda: WRITES[path](closed_cell)) == "GB001"
    assert Score.objects.get(pk=closed_cell.pk).code == "7.5"


@pytest.mark.parametrize("path", WRITES)
def test_open_column_takes_the_same_paths(maths, cast, path):
    """The twin: without the lock each of these writes succeeds, so the refusals above are the lock's."""
    type_into(maths, "GK", "V" if path == "raw makeup" else "7,5", cast.teacher)
    cell = Score.objects.get(column=column(maths, "GK"))
    if path == "raw makeup":
        type_into(maths, "GK", "8", cast.teacher, version=1)
        assert Score.objects.get(pk=cell.pk).is_makeup
        return
    act_as(cast.teacher)
    assert refusal(lambda: WRITES[path](cell)) is None


def test_deleting_is_refused_even_while_open(maths, cast):
    type_into(maths, "GK", "7,5", cast.teacher)
    act_as(cast.teacher)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Score.objects.all()._raw_delete(using="default")
    assert Score.objects.count() == 1


def test_cell_is_never_moved(maths, cast):
    type_into(maths, "GK", "7,5", cast.teacher)
    act_as(cast.teacher)
    other = pupils_of(maths)[1]
    assert refusal(lambda: Score.objects.update(student=other)) == "GB002"
    assert refusal(lambda: Score.objects.update(column=column(maths, "CK"))) == "GB002"


def test_nobody_writes_without_a_name(maths, cast):
    type_into(maths, "GK", "7,5", cast.teacher)
    forget_actor()
    assert refusal(lambda: Score.objects.update(code="9")) == "GB003"


@pytest.mark.parametrize("code", ["D", "CD", "T"])
def test_letters_of_another_kind_are_refused_in_a_scored_column(maths, cast, code):
    type_into(maths, "GK", "7,5", cast.teacher)
    act_as(cast.teacher)
    assert refusal(lambda: Score.objects.update(code=code)) == "GB004"


def test_number_is_refused_in_a_comment_column(books, cast):
    book = books["GDTC 7A1"]
    type_into(book, "GK", "đ", cast.teacher)
    act_as(cast.teacher)
    assert refusal(lambda: Score.objects.update(code="9")) == "GB004"


def test_pupil_of_another_class_is_refused(maths, books, cast):
    stranger = pupils_of(books["TOAN 7A2"])[0]
    act_as(cast.teacher)
    cell = Score(
        column=column(maths, "GK"), student=stranger, code="9", entered_by=cast.teacher, entered_at=timezone.now()
    )
    assert refusal(cell.save) == "GB005"


def test_not_yet_open_column_refuses(maths, cast):
    act_as(cast.vice_principal)
    ScoreColumn.objects.filter(pk=column(maths, "CK").pk).update(opens_at=timezone.now() + timedelta(days=1))
    assert type_into(maths, "CK", "8", cast.teacher).status == CellStatus.LOCKED


def test_exception_opens_one_column_and_ends_by_itself(maths, books, cast, closed_cell):
    now = timezone.now()
    act_as(cast.vice_principal)
    LockException.objects.create(
        column=closed_cell.column,
        opens_at=now - timedelta(minutes=5),
        closes_at=now + timedelta(hours=1),
        reason="ốm",
        created_by=cast.vice_principal,
    )
    assert type_into(maths, "GK", "8", cast.teacher, version=1).status == CellStatus.SAVED
    act_as(cast.vice_principal)
    assert refusal(lambda: LockException.objects.update(closes_at=now + timedelta(hours=9))) == "GB002"


def test_exception_in_the_past_opens_nothing(maths, cast, closed_cell):
    now = timezone.now()
    act_as(cast.vice_principal)
    LockException.objects.create(
        column=closed_cell.column,
        opens_at=now - timedelta(hours=2),
        closes_at=now - timedelta(hours=1),
        reason="ốm",
        created_by=cast.vice_principal,
    )
    assert type_into(maths, "GK", "8", cast.teacher, version=1).status == CellStatus.LOCKED


def test_closed_year_refuses_everything(maths, cast, school):
    school.year.closed_at, school.year.closed_by = timezone.now(), cast.principal
    school.year.save()
    assert type_into(maths, "GK", "8", cast.teacher).status == CellStatus.LOCKED
    act_as(cast.teacher)
    cell = Score(
        column=column(maths, "GK"),
        student=pupils_of(maths)[0],
        code="9",
        entered_by=cast.teacher,
        entered_at=timezone.now(),
    )
    assert refusal(cell.save) == "GB001"


def test_every_change_is_an_event_with_old_new_and_person(maths, cast):
    type_into(maths, "GK", "5,7", cast.teacher)
    type_into(maths, "GK", "7,5", cast.teacher, version=1)
    events = [event for event in payloads(maths) if event["op"] == "SET"]
    assert [(event["old"], event["new"], event["by"]) for event in events] == [
        ("", "5.7", cast.teacher.pk),
        ("5.7", "7.5", cast.teacher.pk),
    ]


def test_ledger_holds_no_name(maths, cast):
    type_into(maths, "GK", "5,7", cast.teacher)
    text = " ".join(LedgerEvent.objects.values_list("payload", flat=True))
    assert pupils_of(maths)[0].full_name not in text
    assert cast.teacher.full_name not in text


def test_who_entered_a_score_is_not_rewritten_beside_the_ledger(maths, cast, closed_cell):
    """No value changes, so no event tells of it: the row keeps what it held."""
    Score.objects.filter(pk=closed_cell.pk).update(entered_by=cast.other_teacher, entered_at=timezone.now(), version=9)
    row = Score.objects.get(pk=closed_cell.pk)
    assert (row.entered_by, row.entered_at, row.version) == (cast.teacher, closed_cell.entered_at, 1)


def test_event_carries_the_moment_of_the_verdict(maths, cast):
    """All cells of one write are judged at once, and the events say when."""
    act_as(cast.teacher)
    rows = [
        Score(column=column(maths, "GK"), student=pupil, code="8", entered_by=cast.teacher, entered_at=timezone.now())
        for pupil in pupils_of(maths)
    ]
    Score.objects.bulk_create(rows)
    assert len({event["at"] for event in payloads(maths) if event["op"] == "SET"}) == 1


def test_version_rises_on_any_path(maths, cast):
    type_into(maths, "GK", "5,7", cast.teacher)
    act_as(cast.teacher)
    Score.objects.update(code="6")
    assert Score.objects.get().version == 2


def payloads(book):
    import json

    return [json.loads(text) for text in book.events.order_by("seq").values_list("payload", flat=True)]


# What the role of the web and the workers cannot do at all (reliability P0-6).
ATTEMPTS = {
    "delete events": "DELETE FROM gradebook_ledgerevent",
    "rewrite an event": "UPDATE gradebook_ledgerevent SET payload = 'x'",
    "forge an event": "INSERT INTO gradebook_ledgerevent (gradebook_id, seq, payload, hash) VALUES (1, 99999, '{}', 'x')",
    "truncate the ledger": "TRUNCATE gradebook_ledgerevent",
    "disable the guard": "ALTER TABLE gradebook_score DISABLE TRIGGER ALL",
    "drop the guard": "DROP TRIGGER guard_update ON gradebook_score",
    "replace the guard": "CREATE OR REPLACE FUNCTION gradebook_cells_changed(gradebook_cell_change[]) RETURNS void LANGUAGE sql AS ''",
    "replica role": "SET session_replication_role = replica",
    "append directly": "SELECT gradebook_append(1, ARRAY['{}'::jsonb])",
    "judge directly": "SELECT gradebook_cells_changed('{}')",
    "reset the chain": "UPDATE gradebook_gradebook SET chain_seq = 0",
    "delete scores": "DELETE FROM gradebook_score",
    "truncate scores": "TRUNCATE gradebook_score",
    "delete columns": "DELETE FROM gradebook_scorecolumn",
    "become the owner": "SET ROLE schoolops_owner",
    "hide migrations": "INSERT INTO django_migrations (app, name, applied) VALUES ('gradebook', '9999', now())",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_role_app_is_refused(closed_cell, attempt):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        execute(ATTEMPTS[attempt])


def test_temporary_table_does_not_pass_for_a_column(maths, cast, closed_cell):
    """A caller's own table must not be read by the guard in place of ours."""
    try:
        with transaction.atomic():
            execute("CREATE TEMP TABLE gradebook_scorecolumn AS SELECT * FROM public.gradebook_scorecolumn")
            execute("UPDATE pg_temp.gradebook_scorecolumn SET closes_at = NULL")
            Score.objects.filter(pk=closed_cell.pk).update(code="9")
    except DatabaseError:
        pass
    else:
        pytest.fail("the guard read a temporary table")
