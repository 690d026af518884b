"""Remarks (G4): written by the teacher, guarded and told to the ledger like scores, corrected by petition like scores (G7)."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from gradebook import services
from gradebook.models import CorrectionRequest, LedgerEvent, LockRule, Remark, RemarkPhrase, Score, ScoreColumn
from gradebook.selectors import duties
from gradebook.selectors.corrections import with_names
from gradebook.selectors.history import cell_history
from gradebook.selectors.paper import paper_of
from gradebook.selectors.remarks import phrases_of, remark_page
from gradebook.services import CellStatus, act_as
from schoolops.lib.remarks import MAX_LENGTH, clean_remark, remark_code
from tests.gradebook.test_corrections import draft, sent
from tests.gradebook.test_guard import close, payloads, refusal, type_into
from tests.support import column, forget_actor, pupils_of

TEXT = "Có tiến bộ, cần mạnh dạn phát biểu hơn."


def remark_of(book, code="NX1", pupil=0):
    """What the cell says, by its code."""
    cell = Score.objects.get(column=column(book, code), student=pupils_of(book)[pupil])
    return Remark.objects.get(code=cell.code).text if cell.code else ""


def made(book, by, text=TEXT, code="NX1", pupil=0):
    """A remark that no cell holds yet."""
    salt = uuid.uuid4()
    return Remark.objects.create(
        code=remark_code(salt, text),
        salt=salt,
        text=text,
        column=column(book, code),
        student=pupils_of(book)[pupil],
        written_by=by,
    )


# --- writing ------------------------------------------------------------------------------------
def test_words_are_kept_and_their_code_is_told(maths, cast):
    """G4: the ledger holds the code of the words, never the words."""
    result = type_into(maths, "NX1", f"  {TEXT}\n\n ", cast.teacher)
    assert (result.status, result.text) == (CellStatus.SAVED, TEXT)
    [event] = [event for event in payloads(maths) if event["op"] == "SET"]
    written = Remark.objects.get()
    assert event["new"] == result.code == written.code == remark_code(written.salt, TEXT)
    assert (written.text, written.written_by) == (TEXT, cast.teacher)
    assert "tiến bộ" not in "".join(LedgerEvent.objects.values_list("payload", flat=True))


def test_the_same_words_are_no_change(maths, cast):
    type_into(maths, "NX1", TEXT, cast.teacher)
    result = type_into(maths, "NX1", f"{TEXT} ", cast.teacher, version=1)
    assert (result.status, result.version) == (CellStatus.SAVED, 1)
    assert Remark.objects.count() == 1


def test_the_same_words_of_two_pupils_have_two_codes(maths, cast):
    """Nobody reads in the ledger who got the phrase that another got."""
    first, second = (type_into(maths, "NX1", TEXT, cast.teacher, pupil=number) for number in (0, 1))
    assert first.code != second.code


def test_a_change_keeps_the_words_before(maths, cast):
    type_into(maths, "NX1", TEXT, cast.teacher)
    type_into(maths, "NX1", "Chăm chỉ.", cast.teacher, version=1)
    type_into(maths, "NX1", "", cast.teacher, version=2)
    told = cell_history(column(maths, "NX1"), pupils_of(maths)[0].pk)
    assert [(event.old, event.new) for event in told] == [("", TEXT), (TEXT, "Chăm chỉ."), ("Chăm chỉ.", "")]


def test_a_stale_page_is_told_whose_words_stand_there(maths, cast):
    type_into(maths, "NX1", TEXT, cast.teacher)
    result = type_into(maths, "NX1", "Chăm chỉ.", cast.teacher, version=0)
    assert (result.status, result.text, result.other) == (CellStatus.CONFLICT, TEXT, cast.teacher.get_short_name())


def test_too_long_a_remark_is_refused_with_words(maths, cast):
    result = type_into(maths, "NX1", "a" * (MAX_LENGTH + 1), cast.teacher)
    assert (result.status, result.error) == (CellStatus.INVALID, "long")
    assert "501 ký tự" in services.refusal(result, column(maths, "NX1"), "a" * 501)
    assert not Remark.objects.exists()
    assert type_into(maths, "NX1", "a" * MAX_LENGTH, cast.teacher).status == CellStatus.SAVED


def test_only_its_teacher_writes_remarks(maths, cast):
    """G1."""
    for stranger in (cast.other_teacher, cast.homeroom_teacher, cast.vice_principal, cast.it_staff):
        with pytest.raises(PermissionDenied):
            type_into(maths, "NX1", TEXT, stranger)
    assert not Remark.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Tiê\u0301n bô\u0323", "Tiến bộ"),
        ("a\u200bb\u202ec", "abc"),
        ("một\u00a0 hai\tba", "một hai ba"),
        ("\x00x\x1f", "x"),
        (" \n ", ""),
    ],
)
def test_cleaning(typed, kept):
    assert clean_remark(typed) == kept


def test_code_of_the_documented_example():
    """docs/algorithms/remarks.md."""
    assert (
        remark_code(uuid.UUID(int=0), "Chăm chỉ.") == "63585334ce9303b6c0bd7431258fcc39eafd77d7b65ee359cfef6b0049b869cd"
    )


# --- the guard ------------------------------------------------------------------------------------
def test_closed_column_takes_no_remark(maths, cast):
    """G5: the lock holds for remarks by any path."""
    type_into(maths, "NX1", TEXT, cast.teacher)
    close(maths, "NX1", by=cast.vice_principal)
    result = type_into(maths, "NX1", "Khác.", cast.teacher, version=1)
    assert (result.status, result.text) == (CellStatus.LOCKED, TEXT)
    other = made(maths, cast.teacher, "Khác.")
    act_as(cast.teacher)
    assert refusal(lambda: Score.objects.update(code=other.code)) == "GB001"
    assert remark_of(maths) == TEXT


def test_a_cell_takes_only_its_own_words(maths, cast):
    """A code without words, or with the words of another pupil or column, is refused."""
    type_into(maths, "NX1", TEXT, cast.teacher)
    strangers = [
        made(maths, cast.teacher, pupil=1).code,
        made(maths, cast.teacher, code="NX2").code,
        "0" * 64,
        "8",
        "V",
    ]
    act_as(cast.teacher)
    assert [refusal(lambda code=code: Score.objects.update(code=code)) for code in strangers] == ["GB004"] * 5


def test_a_score_column_takes_no_words(maths, cast):
    type_into(maths, "GK", "7,5", cast.teacher)
    held = made(maths, cast.teacher)
    act_as(cast.teacher)
    assert refusal(lambda: Score.objects.update(code=held.code)) == "GB004"


def test_words_must_give_their_code(maths, cast):
    place = {"column": column(maths, "NX1"), "student": pupils_of(maths)[0], "written_by": cast.teacher}
    salt = uuid.uuid4()
    wrong = [("0" * 64, TEXT), (remark_code(uuid.uuid4(), TEXT), TEXT), (remark_code(salt, ""), "")]
    found = [
        refusal(lambda code=code, text=text: Remark.objects.create(code=code, salt=salt, text=text, **place))
        for code, text in wrong
    ]
    assert found == ["GB004"] * 3


def test_words_stand_in_a_remark_column(maths, cast):
    assert refusal(lambda: made(maths, cast.teacher, code="GK")) == "GB004"


def test_words_are_never_rewritten(maths, cast):
    made(maths, cast.teacher)
    for attempt in (lambda: Remark.objects.update(text="Khác."), lambda: Remark.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            attempt()
    assert Remark.objects.get().text == TEXT


# --- petitions --------------------------------------------------------------------------------------
def test_a_closed_remark_is_corrected_by_petition(maths, cast, client):
    """G7, G8, G9: old and new words side by side, approved by a second person, written exactly, printed."""
    type_into(maths, "NX1", TEXT, cast.teacher)
    close(maths, "NX1", by=cast.vice_principal)
    petition = sent(maths, cast.teacher, text="Em chăm chỉ.", code="NX1")
    client.force_login(cast.vice_principal, "accounts.backends.SignInBackend")
    shown = client.get(reverse("gradebook:correction_detail", args=[petition.pk])).content.decode()
    assert TEXT in shown
    assert "Em chăm chỉ." in shown
    services.approve_correction(correction=petition, revision=petition.revision, by=cast.vice_principal)
    assert remark_of(maths) == "Em chăm chỉ."
    paper = paper_of(with_names(CorrectionRequest.objects.filter(pk=petition.pk)).get())
    [row] = [row for row in paper.rows if row.cells]
    assert (str(row.label), row.cells[0].old, row.cells[0].new) == ("Nhận xét", TEXT, "Em chăm chỉ.")
    assert [str(row.label) for row in paper.rows[:3]] == ["Điểm thường xuyên", "Điểm giữa kỳ", "Điểm cuối kỳ"]


def test_an_approved_remark_is_written_and_no_other(maths, cast):
    type_into(maths, "NX1", TEXT, cast.teacher)
    close(maths, "NX1", by=cast.vice_principal)
    petition = sent(maths, cast.teacher, text="Em chăm chỉ.", code="NX1")
    other = made(maths, cast.teacher, "Em rất giỏi.")
    act_as(cast.teacher, correction=petition.pk)
    assert refusal(lambda: Score.objects.update(code=other.code)) == "GB008"


def test_a_petition_keeps_the_typed_words_and_says_what_is_wrong(maths, cast):
    type_into(maths, "NX1", TEXT, cast.teacher)
    close(maths, "NX1", by=cast.vice_principal)
    petition = draft(maths, cast.teacher, text="Em chăm chỉ.", code="NX1")
    item = petition.items.get()
    errors = services.save_correction(
        correction=petition,
        values={item.pk: "b" * 501},
        by=cast.teacher,
        reason="typo",
        explanation="x",
        addressed_to=None,
    )
    assert "nhiều nhất 500" in errors[item.pk]
    item.refresh_from_db()
    assert Remark.objects.get(code=item.new_code).text == "Em chăm chỉ."


def test_more_pupils_with_the_same_reason(maths, cast, teacher_client):
    """G7: several pupils in one petition, remarks like scores."""
    close(maths, "NX1", by=cast.vice_principal)
    petition = draft(maths, cast.teacher, text="Em chăm chỉ.", code="NX1")
    shown = teacher_client.get(reverse("gradebook:correction_edit", args=[petition.pk])).content.decode()
    cell, pupils = column(maths, "NX1").pk, pupils_of(maths)
    assert [f'value="{cell}-{pupil.pk}"' in shown for pupil in pupils] == [False, *[True] * (len(pupils) - 1)]


def test_an_open_remark_is_changed_directly(maths, cast):
    with pytest.raises(ValidationError, match="đang mở"):
        draft(maths, cast.teacher, text="x", code="NX1")


# --- duties -----------------------------------------------------------------------------------------
def closing_soon(maths, cast, **window):
    rule = LockRule(term=maths.term, kind="NX", closes_at=timezone.now() + timedelta(days=2), **window)
    services.draft_rule(rule=rule, by=cast.vice_principal)
    services.publish_rules(rules=[rule], by=cast.vice_principal)
    forget_actor()


def owed_remarks(book, cast):
    owed = duties.score_entry_of(cast.teacher, timezone.now())
    return [duty for duty in owed if duty.gradebook_id == book.pk and duty.column.is_remark]


def test_periodic_remarks_are_owed_and_regular_ones_are_not(maths, cast):
    """NV7: a regular remark is written where there is something to say."""
    closing_soon(maths, cast)
    owed = owed_remarks(maths, cast)
    assert [(duty.column.code, duty.missing) for duty in owed] == [("NX2", len(pupils_of(maths)))]
    type_into(maths, "NX2", TEXT, cast.teacher)
    [duty] = owed_remarks(maths, cast)
    assert duty.missing == len(pupils_of(maths)) - 1


def test_today_leads_to_the_remarks(maths, cast, client):
    closing_soon(maths, cast)
    client.force_login(cast.teacher, "accounts.backends.SignInBackend")
    shown = client.get(reverse("today")).content.decode()
    assert f"{reverse('gradebook:remark_list', args=[maths.pk])}?column=NX2" in shown
    assert "nhận xét" in shown


# --- the page ---------------------------------------------------------------------------------------
@pytest.fixture
def teacher_client(client, cast):
    client.force_login(cast.teacher, "accounts.backends.SignInBackend")
    return client


def test_page_shows_words_and_results(maths, cast, teacher_client):
    type_into(maths, "TX1", "9", cast.teacher)
    type_into(maths, "NX1", TEXT, cast.teacher)
    page = remark_page(maths, "NX1")
    assert (page.lines[0].text, page.lines[0].result, page.lines[0].band) == (TEXT, "9*", "good")
    assert page.missing == len(pupils_of(maths)) - 1
    shown = teacher_client.get(reverse("gradebook:remark_list", args=[maths.pk]) + "?column=NX1").content.decode()
    assert TEXT in shown


def test_page_without_scripts_saves_the_column_and_keeps_what_it_refuses(maths, cast, teacher_client):
    url = reverse("gradebook:remark_list", args=[maths.pk]) + "?column=NX1"
    first, second = pupils_of(maths)[:2]
    cell = column(maths, "NX1").pk
    body = {"versions": f"{first.pk}:0,{second.pk}:0", f"c{cell}-{first.pk}": TEXT, f"c{cell}-{second.pk}": "y" * 501}
    response = teacher_client.post(url, body)
    shown = response.content.decode()
    assert response.status_code == 422
    assert "y" * 501 in shown
    assert "Nhận xét dài 501 ký tự; nhiều nhất 500." in shown
    assert remark_of(maths) == TEXT
    body |= {"versions": f"{first.pk}:1,{second.pk}:0", f"c{cell}-{second.pk}": "Ngoan."}
    assert teacher_client.post(url, body).status_code == 302
    assert remark_of(maths, pupil=1) == "Ngoan."


def test_words_are_escaped(maths, cast, teacher_client):
    type_into(maths, "NX1", "<script>alert(1)</script>", cast.teacher)
    shown = teacher_client.get(reverse("gradebook:remark_list", args=[maths.pk]) + "?column=NX1").content.decode()
    assert "<script>alert" not in shown


def test_closed_page_leads_to_a_petition(maths, cast, teacher_client):
    close(maths, "NX1", by=cast.vice_principal)
    shown = teacher_client.get(reverse("gradebook:remark_list", args=[maths.pk]) + "?column=NX1").content.decode()
    assert "<textarea" not in shown
    assert "Đề nghị điều chỉnh" in shown


def test_remarks_are_no_columns_of_the_grid(maths, cast, teacher_client):
    shown = teacher_client.get(reverse("gradebook:gradebook_detail", args=[maths.pk])).content.decode()
    assert f'data-col="{column(maths, "NX1").pk}"' not in shown
    for page in ("column_verify", "column_stack", "column_checks"):
        url = reverse(f"gradebook:{page}", args=[maths.pk, column(maths, "NX1").pk])
        assert teacher_client.get(url).status_code == 404


def test_save_answers_with_the_words(maths, cast, teacher_client):
    """What the script of the page asks and is told."""
    cell = {"c": column(maths, "NX1").pk, "s": pupils_of(maths)[0].pk, "t": TEXT, "v": 0, "o": str(uuid.uuid4())}
    url = reverse("gradebook:score_save", args=[maths.pk])
    body = teacher_client.post(url, json.dumps({"cells": [cell]}), content_type="application/json").json()
    assert (body["cells"][0]["st"], body["cells"][0]["text"]) == ("saved", TEXT)
    # The same operation again changes nothing.
    body = teacher_client.post(url, json.dumps({"cells": [cell]}), content_type="application/json").json()
    assert (body["cells"][0]["st"], Remark.objects.count()) == ("saved", 1)


# --- phrases ----------------------------------------------------------------------------------------
def test_phrases_of_the_school_and_ones_own(cast):
    services.keep_phrase(by=cast.teacher, text=" Câu của  tôi. ", band="good")
    services.keep_phrase(by=cast.other_teacher, text="Câu của người khác.", band="")
    mine = set(phrases_of(cast.teacher).values_list("text", flat=True))
    school = set(RemarkPhrase.objects.filter(owner=None).values_list("text", flat=True))
    assert mine == school | {"Câu của tôi."}
    assert len(school) > 10


def test_a_phrase_is_kept_once(cast, teacher_client):
    url = reverse("gradebook:phrase_new")
    assert teacher_client.post(url, {"text": "Câu của tôi.", "band": "good"}).status_code == 200
    response = teacher_client.post(url, {"text": "Câu của tôi.", "band": ""})
    assert (response.status_code, "Đã có mẫu câu này." in response.content.decode()) == (422, True)
    assert teacher_client.post(url, {"text": "  "}).status_code == 422
    own = RemarkPhrase.objects.get(owner=cast.teacher)
    teacher_client.post(reverse("gradebook:phrase_drop", args=[own.pk]))
    assert not RemarkPhrase.objects.filter(owner=cast.teacher).exists()


def test_a_phrase_of_the_school_is_not_a_teachers_to_drop(teacher_client):
    phrase = RemarkPhrase.objects.filter(owner=None).first()
    assert teacher_client.post(reverse("gradebook:phrase_drop", args=[phrase.pk])).status_code == 404
    assert RemarkPhrase.objects.filter(pk=phrase.pk).exists()


# --- the proof --------------------------------------------------------------------------------------
def test_every_book_has_two_columns_of_remarks(books):
    """G4: regular and periodic."""
    for book in books.values():
        found = ScoreColumn.objects.filter(gradebook=book, kind="NX").values_list("ordinal", "assessment")
        assert sorted(found) == [(1, "remark"), (2, "remark")]
