"""The pages of a petition: asked for, sent, decided side by side, told (G7, G8, G9)."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import PolicyVersion
from gradebook import services
from gradebook.models import CorrectionRequest, UploadTicket
from gradebook.services.digest import count_changes
from schoolops.home.today import board
from schoolops.lib import jobs, outbox
from schoolops.lib.models import JobItem, OutboxMessage
from tests.gradebook.test_corrections import closed, code_of, draft, events, sent  # noqa: F401
from tests.gradebook.test_guard import type_into
from tests.support import again, column, forget_actor, password_given, pupils_of

State = CorrectionRequest.State


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch):
    monkeypatch.setattr(outbox, "ring", lambda *_: True)


def photo(name="bai.jpg"):
    picture = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(picture, "JPEG")
    return SimpleUploadedFile(name, picture.getvalue(), content_type="image/jpeg")


@pytest.fixture
def teacher(client, cast):
    client.force_login(again(cast.teacher), "accounts.backends.SignInBackend")
    return client


def address(name, *args):
    return reverse(f"gradebook:{name}", args=args)


def typed(petition, **more):
    return {
        **{f"item-{item.pk}": "7,5" for item in petition.items.all()},
        "reason": "typo",
        "explanation": "Bài ghi 7,5.",
        "addressed_to": "",
        **more,
    }


def leader(client, user, minutes=0):
    """Signed in, the password given again so many minutes ago; None: not yet."""
    client.force_login(again(user), "accounts.backends.SignInBackend")
    if minutes is not None:
        password_given(client, user, minutes)
    return client


# --- asking ---------------------------------------------------------------------------------------------
def test_from_the_locked_cell_to_a_sent_petition(teacher, maths, cast, closed):  # noqa: F811
    pupil = pupils_of(maths)[0]
    panel = teacher.get(address("cell_detail", maths.pk, closed.pk, pupil.pk))
    assert "Đề nghị điều chỉnh" in panel.content.decode()
    begun = teacher.post(address("correction_new"), {"book": maths.pk, "cell": f"{closed.pk}-{pupil.pk}"})
    petition = CorrectionRequest.objects.get()
    assert begun.url == address("correction_edit", petition.pk)
    page = teacher.get(begun.url).content.decode()
    assert "5,7" in page
    assert pupil.full_name in page
    files = {"files": [photo()]}
    teacher.post(address("correction_evidence", petition.pk), files)
    answer = teacher.post(begun.url, typed(petition, action="send"), follow=True)
    petition.refresh_from_db()
    assert (petition.state, petition.number) == (State.SUBMITTED, 1)
    assert "Đã gửi đề nghị #1" in answer.content.decode()


def test_open_cell_offers_no_petition(teacher, maths):
    type_into(maths, "GK", "5", maths.columns.first().gradebook and again_teacher(maths))
    page = teacher.get(address("cell_detail", maths.pk, column(maths, "GK").pk, pupils_of(maths)[0].pk))
    assert "Đề nghị điều chỉnh" not in page.content.decode().split("<main")[1]


def again_teacher(book):
    from gradebook.permissions import teachers_of

    return teachers_of(book).get()


def test_a_leader_is_offered_no_petition(client, maths, cast, closed):  # noqa: F811
    leader(client, cast.vice_principal)
    page = client.get(address("cell_detail", maths.pk, closed.pk, pupils_of(maths)[0].pk))
    assert address("correction_new") not in page.content.decode()


def test_bad_value_is_named_beside_its_row_and_kept(teacher, maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher, pupils=(0, 1))
    first, second = petition.items.all()
    data = typed(petition) | {f"item-{first.pk}": "11", f"item-{second.pk}": "8", "action": "send"}
    answer = teacher.post(address("correction_edit", petition.pk), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="11"' in page
    assert "Điểm phải từ 0 đến 10." in page
    assert f'aria-describedby="error-{first.pk}"' in page
    assert CorrectionRequest.objects.get().state == State.DRAFT


def test_what_is_missing_stands_beside_its_field(teacher, maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher, evidence=False)
    answer = teacher.post(
        address("correction_edit", petition.pk), typed(petition, action="send", explanation="", reason="")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("Chọn một lý do.", "Giải thích vài chữ", "Thêm ít nhất một ảnh"):
        assert words in page


def test_autosave_keeps_what_is_typed(teacher, maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher)
    answer = teacher.post(
        address("correction_save", petition.pk),
        typed(petition, explanation="Nhập nhầm dòng."),
        headers={"hx-request": "true"},
    )
    assert "tự lưu" in answer.content.decode()
    assert CorrectionRequest.objects.get().explanation == "Nhập nhầm dòng."


def test_autosave_of_a_sent_petition_says_so_and_changes_nothing(teacher, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    data = typed(petition, explanation="Khác.") | {f"item-{petition.items.get().pk}": "10"}
    answer = teacher.post(address("correction_save", petition.pk), data, headers={"hx-request": "true"})
    assert "Đề nghị đã gửi." in answer.content.decode()
    assert "tự lưu" not in answer.content.decode()
    petition.refresh_from_db()
    assert (petition.explanation, petition.items.get().new_code) == ("Bài ghi 7,5, nhập nhầm 5,7.", "7.5")


def test_more_pupils_with_the_same_reason(teacher, maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher)
    other = pupils_of(maths)[2]
    teacher.post(
        address("correction_item_add", petition.pk),
        typed(petition, cell=f"{closed.pk}-{other.pk}", explanation="Cả hai."),
    )
    assert petition.items.count() == 2
    assert CorrectionRequest.objects.get().explanation == "Cả hai."
    item = petition.items.get(student=other)
    teacher.post(address("correction_item_remove", petition.pk, item.pk), typed(petition))
    assert petition.items.count() == 1


def test_chooser_lists_closed_columns_and_pupils(teacher, maths, cast, closed):  # noqa: F811
    page = teacher.get(address("correction_new"), {"book": maths.pk, "column": closed.pk}).content.decode()
    for pupil in pupils_of(maths):
        assert f'value="{closed.pk}-{pupil.pk}"' in page
    cells = [f"{closed.pk}-{pupil.pk}" for pupil in pupils_of(maths)[:3]]
    teacher.post(address("correction_new"), {"book": maths.pk, "cell": cells})
    assert CorrectionRequest.objects.get().items.count() == 3


def test_typed_when_the_column_closed_becomes_the_proposal(teacher, maths, cast, closed):  # noqa: F811
    """D-05: the scores that came too late are in the petition, nothing is typed twice."""
    cells = [f"{closed.pk}-{pupil.pk}" for pupil in pupils_of(maths)[:2]]
    data = {"book": maths.pk, "cell": cells, f"text-{cells[0]}": "8,5", f"text-{cells[1]}": "abc"}
    begun = teacher.post(address("correction_new"), data)
    assert list(CorrectionRequest.objects.get().items.values_list("new_code", flat=True)) == ["8.5", "5.7"]
    assert 'value="8,5"' in teacher.get(begun.url).content.decode()


# --- evidence -------------------------------------------------------------------------------------------
def test_evidence_is_redrawn_and_shown_to_those_who_see_the_petition(client, teacher, maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher, evidence=False)
    teacher.post(address("correction_evidence", petition.pk), {"files": [photo("Bài của An.jpg")]})
    piece = petition.evidence.get()
    shown = teacher.get(address("evidence_file", petition.pk, piece.pk))
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert shown["Content-Security-Policy"] == "sandbox; default-src 'none'"
    client.force_login(again(cast.other_teacher), "accounts.backends.SignInBackend")
    assert client.get(address("evidence_file", petition.pk, piece.pk)).status_code == 404


def test_refused_file_is_named_and_the_others_are_kept(teacher, maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher, evidence=False)
    svg = SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    answer = teacher.post(
        address("correction_evidence", petition.pk), {"files": [photo(), svg]}, headers={"hx-request": "true"}
    )
    assert "x.svg: Chỉ nhận ảnh JPEG" in answer.content.decode()
    assert petition.evidence.count() == 1


# --- the phone --------------------------------------------------------------------------------------------
@pytest.fixture
def token(maths, cast, closed):  # noqa: F811
    petition = draft(maths, cast.teacher, evidence=False)
    return services.open_ticket(correction=petition, by=cast.teacher)


def test_phone_sends_once_without_signing_in(client, token):
    url = f"/e/{token}/"
    assert client.get(url).status_code == 200
    assert "7A1" not in client.get(url).content.decode()
    answer = client.post(url, {"files": [photo()]})
    assert "Đã nhận 1 tệp" in answer.content.decode()
    assert CorrectionRequest.objects.get().evidence.get().via == "phone"
    for method in (client.get, client.post):
        assert method(url).status_code == 410


def test_phone_may_choose_again_after_a_wrong_file(client, token):
    url = f"/e/{token}/"
    wrong = SimpleUploadedFile("a.txt", b"abc")
    assert client.post(url, {"files": [wrong]}).status_code == 422
    assert client.post(url, {"files": [photo()]}).status_code == 200


@pytest.mark.parametrize("end", ["late", "revoked", "newer", "sent"])
def test_code_that_is_worth_nothing_any_more(client, token, cast, end):
    ticket = UploadTicket.objects.get()
    if end == "late":
        UploadTicket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "revoked":
        services.revoke_tickets(correction=ticket.request, by=cast.teacher)
    elif end == "newer":
        services.open_ticket(correction=ticket.request, by=cast.teacher)
    else:
        services.add_evidence(correction=ticket.request, uploads=[photo()], by=cast.teacher)
        services.submit_correction(correction=ticket.request, by=cast.teacher)
    forget_actor()
    answer = client.post(f"/e/{token}/", {"files": [photo()]})
    assert answer.status_code == 410
    assert "Mã không dùng được nữa" in answer.content.decode()


def test_token_is_kept_as_a_hash_only(token):
    assert token not in str(list(UploadTicket.objects.values()))


# --- deciding ------------------------------------------------------------------------------------------------
def decide(client, petition, verdict="approve", **more):
    data = {"verdict": verdict, "revision": petition.revision, "comment": "", **more}
    return client.post(address("correction_decide", petition.pk), data, follow=True)


def test_reviewer_reads_everything_on_one_page(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    page = leader(client, cast.vice_principal).get(address("correction_detail", petition.pk)).content.decode()
    for words in ("5,7", "7,5", "(+1,8)", "Nhập nhầm số", "Bài ghi 7,5", "ĐTBmhk tạm tính 5,7 → 7,5", "qua mốc 6,5"):
        assert words in page
    assert "Duyệt 5,7 → 7,5" in page


def test_verdict_writes_and_says_so(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    answer = decide(leader(client, cast.vice_principal), petition)
    assert "đã duyệt và ghi vào sổ lúc" in answer.content.decode()
    assert code_of(maths) == "7.5"


def test_what_was_applied_is_taken_back_by_another_petition(client, maths, cast, closed):  # noqa: F811
    """A verdict is not undone: the requester asks for the old value again, with the cells filled in."""
    petition = sent(maths, cast.teacher)
    decide(leader(client, cast.principal), petition)
    assert "Tạo đề nghị ngược lại" not in client.get(address("correction_detail", petition.pk)).content.decode()
    client.force_login(again(cast.teacher), "accounts.backends.SignInBackend")
    page = client.get(address("correction_detail", petition.pk)).content.decode()
    assert "Tạo đề nghị ngược lại" in page
    cell = re.search(r'name="cell" value="([0-9-]+)"', page)[1]
    old = re.search(rf'name="text-{cell}" value="([^"]*)"', page)[1]
    client.post(address("correction_new"), {"book": maths.pk, "cell": cell, f"text-{cell}": old})
    back = CorrectionRequest.objects.exclude(pk=petition.pk).get().items.get()
    assert (back.old_code, back.new_code) == ("7.5", "5.7")


def test_cell_shows_its_petitions(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    cell = address("cell_detail", maths.pk, closed.pk, pupils_of(maths)[0].pk)
    for who, is_shown in ((cast.vice_principal, True), (cast.homeroom_teacher, False)):
        page = leader(client, who).get(cell).content.decode()
        assert (address("correction_detail", petition.pk) in page) is is_shown


@pytest.mark.parametrize("minutes", [None, 16])
def test_verdict_asks_for_the_password_again(client, maths, cast, closed, minutes):  # noqa: F811
    """Once in fifteen minutes; what was sent is carried out after it, nothing is typed twice."""
    petition = sent(maths, cast.teacher)
    leader(client, cast.vice_principal, minutes)
    asked = client.post(
        address("correction_decide", petition.pk), {"verdict": "return", "revision": 1, "comment": "Ảnh mờ."}
    )
    assert asked.url.startswith("/reauthenticate/")
    assert CorrectionRequest.objects.get().state == State.SUBMITTED
    client.post(asked.url, {"password": "mat-khau-dai"})
    petition.refresh_from_db()
    assert petition.state == State.RETURNED
    assert petition.transitions.get(step="return").comment == "Ảnh mờ."


def test_wrong_password_decides_nothing(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    leader(client, cast.vice_principal, None)
    asked = client.post(address("correction_decide", petition.pk), {"verdict": "approve", "revision": 1})
    client.post(asked.url, {"password": "sai"})
    assert CorrectionRequest.objects.get().state == State.SUBMITTED


def test_return_without_a_reason_says_so_beside_the_field(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    answer = decide(leader(client, cast.vice_principal), petition, "return")
    assert answer.status_code == 422
    assert "Viết lý do để người đề nghị biết cần làm gì." in answer.content.decode()


def test_stale_page_decides_nothing(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    services.edit_correction(correction=petition, by=cast.teacher)
    petition.refresh_from_db()
    services.submit_correction(correction=petition, by=cast.teacher)
    forget_actor()
    answer = leader(client, cast.vice_principal).post(
        address("correction_decide", petition.pk), {"verdict": "approve", "revision": 1}, follow=True
    )
    assert "đã thay đổi" in answer.content.decode()
    assert code_of(maths) == "5.7"


def test_own_petition_has_no_verdict_buttons(client, maths, cast, closed, school):  # noqa: F811
    from registry.models import TeachingAssignment

    TeachingAssignment.objects.create(
        teacher=cast.vice_principal,
        class_subject=maths.class_subject,
        decision=school.decision,
        valid_from=school.year.starts_on,
    )
    petition = sent(maths, again(cast.vice_principal))
    leader(client, cast.vice_principal)
    page = client.get(address("correction_detail", petition.pk)).content.decode()
    assert "không thể tự duyệt" in page
    assert 'name="verdict"' not in page
    assert decide(client, petition).status_code == 403


def test_next_in_the_queue_follows(client, maths, cast, closed):  # noqa: F811
    first, second = sent(maths, cast.teacher), sent(maths, cast.teacher, pupils=(1,))
    answer = decide(leader(client, cast.principal), first, next="on")
    assert answer.redirect_chain[-1][0] == address("correction_detail", second.pk)


def test_claim_is_seen_by_the_others_and_locks_nobody_out(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    leader(client, cast.vice_principal).post(address("correction_claim", petition.pk))
    leader(client, cast.principal)
    assert "đang xem đề nghị này" in client.get(address("correction_detail", petition.pk)).content.decode()
    decide(client, petition)
    assert code_of(maths) == "7.5"


def test_batch_opens_the_button_after_its_rows_were_opened(client, maths, cast, closed, school):  # noqa: F811
    PolicyVersion.objects.create(
        key="gradebook.correction_sample", value="1", decision=school.decision, set_by=cast.it_staff
    )
    petition = sent(maths, cast.teacher, pupils=(0, 1, 2))
    leader(client, cast.vice_principal)
    page = client.get(address("correction_detail", petition.pk)).content.decode()
    assert 'value="approve" disabled' in page
    from gradebook.selectors.corrections import unopened_sample

    [item] = unopened_sample(petition, cast.vice_principal)
    opened = client.post(address("correction_look", petition.pk, item.pk), headers={"hx-request": "true"})
    assert item.student.full_name in opened.content.decode()
    assert 'value="approve" disabled' not in client.get(address("correction_detail", petition.pk)).content.decode()
    decide(client, petition)
    assert code_of(maths, 2) == "7.5"


def test_administrator_confirms_by_hand(client, maths, cast, closed, school):  # noqa: F811
    PolicyVersion.objects.create(
        key="gradebook.corrections_by_hand", value="1", decision=school.decision, set_by=cast.it_staff
    )
    petition = sent(maths, cast.teacher)
    decide(leader(client, cast.vice_principal), petition)
    assert code_of(maths) == "5.7"
    leader(client, cast.it_staff)
    page = client.get(address("correction_detail", petition.pk)).content.decode()
    assert "Ghi nhận điều chỉnh" in page
    assert "score-input" not in page
    assert any(card.title == "Điều chỉnh chờ ghi nhận" for card in board(again(cast.it_staff), timezone.now()).cards)
    client.post(address("correction_confirm", petition.pk))
    assert code_of(maths) == "7.5"


# --- telling ----------------------------------------------------------------------------------------------------
def test_both_sides_find_it_on_their_day(maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    titles = [card.title for card in board(again(cast.vice_principal), timezone.now()).cards]
    assert "Đề nghị điều chỉnh điểm" in titles
    services.return_correction(correction=petition, revision=1, by=cast.vice_principal, comment="Ảnh mờ.")
    titles = [card.title for card in board(again(cast.teacher), timezone.now()).cards]
    assert "Đề nghị #1 cần bổ sung" in titles


def run_items():
    for item in JobItem.objects.filter(state=JobItem.State.WAITING):
        jobs.run(item.pk)


def test_waiting_is_reminded_at_half_time_and_escalated_when_late(maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    services.act_as(cast.teacher)
    CorrectionRequest.objects.filter(pk=petition.pk).update(addressed_to=cast.vice_principal)
    forget_actor()
    petition.refresh_from_db()
    half = petition.submitted_at + (petition.due_at - petition.submitted_at) / 2
    assert services.start_waiting_reminders(at=half - timedelta(minutes=1)) == 0
    for _ in range(2):
        services.start_waiting_reminders(at=half)
    run_items()
    assert list(reminded()) == [[cast.vice_principal.pk]]
    services.start_waiting_reminders(at=petition.due_at)
    run_items()
    assert sorted(reminded()[1]) == sorted([cast.vice_principal.pk, cast.principal.pk])


def reminded():
    return OutboxMessage.objects.filter(kind="correction.reminder").order_by("id").values_list("recipients", flat=True)


def test_decided_meanwhile_is_not_reminded(maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    services.start_waiting_reminders(at=petition.due_at)
    services.approve_correction(correction=petition, revision=1, by=cast.principal)
    run_items()
    assert not reminded()


def test_weekly_digest_counts_what_changed(maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    services.approve_correction(correction=petition, revision=1, by=cast.principal)
    now = timezone.now() + timedelta(seconds=5)
    services.start_digests(at=now)
    assert services.start_digests(at=now) is None
    run_items()
    [message] = OutboxMessage.objects.filter(kind="gradebook.digest", recipients=[cast.teacher.pk])
    assert message.context == {"new": 5, "changed": 0, "corrected": 1}
    assert not OutboxMessage.objects.filter(kind="gradebook.digest", recipients=[cast.other_teacher.pk])


def test_digest_leaves_out_older_weeks():
    event = '{"op": "SET", "at": "2026-11-01T08:00:00.000000Z", "old": "", "new": "7"}'
    until = timezone.datetime(2026, 11, 9, tzinfo=timezone.get_default_timezone())
    assert count_changes([event], until) == {}
    assert count_changes([event], until - timedelta(days=3)) == {"new": 1}


def test_report_for_leaders(client, maths, cast, closed):  # noqa: F811
    petition = sent(maths, cast.teacher)
    services.approve_correction(correction=petition, revision=1, by=cast.principal)
    sent(maths, cast.teacher, pupils=(1,))
    page = leader(client, cast.principal).get(address("correction_report")).content.decode()
    for words in ("Trần Thị Lan", "7A1", "Nhập nhầm số"):
        assert words in page


def test_every_petition_of_a_year_is_listed_with_its_paper(client, maths, cast, closed):  # noqa: F811
    """G10: the year's list holds what was applied, refused and withdrawn; each can be printed."""
    done, refused, withdrawn = (sent(maths, cast.teacher, pupils=(number,)) for number in (0, 1, 2))
    services.approve_correction(correction=done, revision=1, by=cast.principal)
    services.reject_correction(correction=refused, revision=1, by=cast.principal, comment="Bài ghi 5,7.")
    services.withdraw_correction(correction=withdrawn, by=cast.teacher, comment="Nhầm.")
    forget_actor()
    leader(client, cast.vice_principal)
    year = maths.term.school_year.code
    page = client.get(address("correction_list"), {"tab": "done", "year": year}).content.decode()
    for petition in (done, refused, withdrawn):
        assert address("correction_detail", petition.pk) in page
        paper = client.get(address("correction_pdf", petition.pk))
        assert paper["Content-Type"] == "application/pdf"
        assert f"DeNghiDieuChinh_{year}_{petition.number}.pdf" in paper["Content-Disposition"]
    other = client.get(address("correction_list"), {"tab": "done", "year": "2001-2002"}).content.decode()
    assert address("correction_detail", done.pk) not in other


def test_it_staff_confirm_once_a_leader_has_decided_so(client, maths, cast, school, closed):  # noqa: F811
    """The policy page holds at once: an approved petition waits for the hand of IT staff."""
    leader(client, cast.principal)
    data = {"value": "1", "known": school.decision.pk, "seen": "0"}
    assert client.post("/policies/gradebook.corrections_by_hand/", data).status_code == 302
    assert PolicyVersion.objects.get().value == "1"
    forget_actor()
    petition = sent(maths, cast.teacher)
    assert services.approve_correction(correction=petition, revision=1, by=cast.principal).state == State.APPROVED


def test_a_petition_may_ask_for_an_empty_cell(teacher, maths, cast, closed):  # noqa: F811
    """A score in the wrong pupil's row: theirs is typed, this one is emptied. A field left blank alone asks for nothing."""
    pupil = pupils_of(maths)[0]
    teacher.post(address("correction_new"), {"book": maths.pk, "cell": f"{closed.pk}-{pupil.pk}"})
    petition = CorrectionRequest.objects.get()
    item = petition.items.get()
    teacher.post(address("correction_save", petition.pk), typed(petition, **{f"item-{item.pk}": ""}))
    item.refresh_from_db()
    assert item.new_code == item.old_code == "5.7"
    teacher.post(
        address("correction_save", petition.pk), typed(petition, **{f"item-{item.pk}": "", f"clear-{item.pk}": "on"})
    )
    item.refresh_from_db()
    assert (item.old_code, item.new_code) == ("5.7", "")
    page = teacher.get(address("correction_edit", petition.pk)).content.decode()
    assert f'name="clear-{item.pk}" checked' in page
