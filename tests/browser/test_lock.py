"""Closing: at its minute without any worker, by the leader's keyboard, opened again for an hour, and never by a stranger's page."""

import re
from datetime import datetime, timedelta

import pytest
import redis
from celery import Celery
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import GridPage, tab_to
from tests.browser.portal import SCHOOL_TIME, wait_for
from tests.browser.records import Book

FORBIDDEN = r"status of 403"


def in_school_time(**ahead: int) -> str:
    """A moment from now as people type it."""
    return f"{datetime.now(SCHOOL_TIME) + timedelta(**ahead):%d/%m/%Y %H:%M}"


# --- the minute of closing -------------------------------------------------------------------------
def close_soon(records, book: Book) -> None:
    records.set_window(book, "GK", closes="2 seconds")
    wait_for(lambda: records.is_closed(book, "GK"))


def test_column_closes_under_the_typing_hand(sign_in, book, records):
    """P0-2: no worker, no beat, no reload: the database's clock alone decides."""
    grid = GridPage.open(sign_in("gvcn"), book)
    grid.type("7", "8", "9")
    grid.expect_saved()
    close_soon(records, book)
    grid.type(*["65"] * 11)
    grid.type_at(0, "10")
    expect(grid.unsent).to_be_visible()
    expect(grid.unsent.locator("li")).to_have_count(12)
    expect(grid.unsent).to_contain_text("Điểm chưa gửi được (12)")
    expect(grid.unsent.locator("li").filter(has_text=book.pupils[3].name)).to_have_text(
        f"Giữa kỳ · 4. {book.pupils[3].name}: 6,5"
    )
    for row, stored in ((0, "7"), (1, "8"), (3, ""), (13, "")):
        expect(grid.cell(row)).to_have_value(stored)
        expect(grid.cell(row)).to_have_attribute("readonly", "") if row not in {1} else None
    assert records.codes(book, "GK") == ["7", "8", "9", *[""] * 42]
    assert sum(records.writes(book, "GK").values()) == 3


def test_unsent_scores_stay_until_they_are_dismissed(sign_in, book, records):
    context = sign_in("gvcn")
    grid = GridPage.open(context, book)
    close_soon(records, book)
    grid.type("7,5", "8")
    expect(grid.unsent.locator("li")).to_have_count(2)
    grid.reload()
    expect(grid.unsent.locator("li")).to_have_count(2)
    expect(grid.closed_cell(0)).to_have_text("")
    for code in book.columns:
        records.set_window(book, code, closes="-1 minute")
    grid.page.close()
    grid = GridPage.open(context, book)
    expect(grid.unsent.locator("li")).to_have_count(2)
    grid.unsent.get_by_role("button", name="Tôi đã ghi lại, bỏ khỏi máy này").click()
    expect(grid.unsent).to_be_hidden()
    grid.reload()
    expect(grid.unsent).to_be_hidden()


def test_scores_typed_offline_arrive_after_the_minute(sign_in, book, records, watch):
    watch.expect(r"net::ERR_INTERNET_DISCONNECTED")
    context = sign_in("gvcn")
    grid = GridPage.open(context, book)
    context.set_offline(True)
    grid.type("7,5", "8", "9")
    grid.expect_kept(3)
    close_soon(records, book)
    context.set_offline(False)
    expect(grid.unsent.locator("li")).to_have_count(3)
    assert records.codes(book, "GK") == [""] * 45


def test_column_that_is_not_open_yet_says_from_when(sign_in, book):
    grid = GridPage.open(sign_in("gvcn"), book)
    expect(grid.cell(0, "CK")).to_have_count(0)
    expect(grid.page.get_by_text("Cột Cuối kỳ mở từ 00:00 ngày")).to_be_visible()
    grid.closed_cell(0, "CK").click()
    expect(grid.page.get_by_role("dialog")).to_contain_text("Cột Cuối kỳ mở từ")


# --- the leader's calendar ---------------------------------------------------------------------------
def choose(page: Page, box: Locator, label: str) -> None:
    """Pick an option with the arrow keys."""
    tab_to(page, box)
    for _ in range(box.locator("option").count()):
        if box.locator("option:checked").inner_text() == label:
            return
        page.keyboard.press("ArrowDown")
    assert box.locator("option:checked").inner_text() == label


def publish_by_keyboard(page: Page, closes: str) -> None:
    """Grade 7, mid-term: add the rule, read what it would do, publish."""
    page.goto("/locks/")
    choose(page, page.get_by_label("Khối"), "Khối 7")
    choose(page, page.get_by_label("Cột"), "Giữa kỳ")
    tab_to(page, page.get_by_label("Khóa lúc"))
    page.keyboard.type(closes)
    tab_to(page, page.get_by_role("button", name="Thêm vào bản nháp"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã thêm vào bản nháp.")).to_be_visible()
    tab_to(page, page.get_by_role("button", name=re.compile(r"Công bố \d+ mốc")))


def test_leader_closes_a_column_by_keyboard(sign_in, book, records, portal):
    page = sign_in("phohieutruong").new_page()
    closes = in_school_time(days=1)
    with portal.worker():
        publish_by_keyboard(page, closes)
        draft = page.locator("section.draft").filter(has_text="Khối 7")
        columns, missing = grade_seven_midterm(records)
        expect(draft).to_contain_text(f"Áp dụng cho {columns} cột.")
        expect(draft).to_contain_text(f"còn thiếu {missing} ô.")
        page.keyboard.press("Enter")
        expect(
            page.get_by_text(re.compile(r"Đã công bố lịch: \d+ cột đổi giờ, báo tới \d+ giáo viên."))
        ).to_be_visible()
        wait_for(lambda: newest_is_delivered(records))
    teacher = sign_in("gvcn").new_page()
    teacher.goto("/inbox/")
    expect(teacher.get_by_text("Lịch khóa sổ đã thay đổi.")).to_be_visible()
    assert {closes} == set(closing_times(records))
    grid = GridPage.open(teacher.context, book)
    hour, day = closes.split()[1], closes.split()[0]
    expect(grid.page.locator("#grid-bar")).to_contain_text(f"{hour} ngày {day}")


def test_teachers_are_told_later_when_the_bell_was_lost(sign_in, records, portal):
    """Published with no worker and the bell forgotten by the broker: the row waits, and the sweeper finds it."""
    page = sign_in("phohieutruong").new_page()
    publish_by_keyboard(page, in_school_time(days=1))
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("Đã công bố lịch"))).to_be_visible()
    teacher = sign_in("gvcn").new_page()
    teacher.goto("/inbox/")
    expect(teacher.get_by_text("Lịch khóa sổ đã thay đổi.")).to_have_count(0)
    assert not newest_is_delivered(records)
    with redis.Redis.from_url(portal.broker) as broker:
        broker.flushdb()
    with portal.worker(), Celery(broker=portal.broker) as bell:
        bell.send_task("messaging.tasks.sweep_outbox", ignore_result=True)
        wait_for(lambda: newest_is_delivered(records))
    teacher.reload()
    expect(teacher.get_by_text("Lịch khóa sổ đã thay đổi.").first).to_be_visible()


def grade_seven_midterm(records) -> tuple[int, int]:
    """How many mid-term columns grade 7 has, and how many scores they miss."""
    return records.one(
        """SELECT count(*), sum(45 - (SELECT count(*) FROM gradebook_score s WHERE s.column_id = c.id AND s.code <> ''))::int
           FROM gradebook_scorecolumn c JOIN gradebook_gradebook b ON b.id = c.gradebook_id
           JOIN registry_classsubject cs ON cs.id = b.class_subject_id
           JOIN registry_schoolclass k ON k.id = cs.school_class_id WHERE k.grade = 7 AND c.kind = 'GK'"""
    )


def closing_times(records) -> list[str]:
    rows = records.rows(
        """SELECT c.closes_at FROM gradebook_scorecolumn c JOIN gradebook_gradebook b ON b.id = c.gradebook_id
           JOIN registry_classsubject cs ON cs.id = b.class_subject_id
           JOIN registry_schoolclass k ON k.id = cs.school_class_id WHERE k.grade = 7 AND c.kind = 'GK'"""
    )
    return [f"{moment.astimezone(SCHOOL_TIME):%d/%m/%Y %H:%M}" for (moment,) in rows]


def newest_is_delivered(records) -> bool:
    return records.one("SELECT delivered_at IS NOT NULL FROM lib_outboxmessage ORDER BY id DESC LIMIT 1")


# --- open again for a while -----------------------------------------------------------------------------
@pytest.fixture
def closed_book(records) -> Book:
    """Literature of 6A1, whose mid-term column closed days ago."""
    book = records.book("6A1", "NV")
    assert records.is_closed(book, "GK")
    return book


def ask_for_exception(page: Page, until: str, reason: str) -> None:
    page.get_by_label("Mở đến").fill(until)
    page.get_by_label("Lý do").fill(reason)
    page.get_by_role("button", name="Mở cột Giữa kỳ").click()


def test_leader_opens_a_closed_column_for_an_hour(sign_in, closed_book, records):
    teacher = GridPage.open(sign_in(closed_book.teacher), closed_book)
    expect(teacher.cell(0)).to_have_count(0)
    leader = sign_in("phohieutruong").new_page()
    leader.goto(closed_book.path)
    leader.locator(f'a[href="/locks/columns/{closed_book.columns["GK"]}/open/"]').click()
    ask_for_exception(leader, in_school_time(hours=1), "Giáo viên nghỉ ốm tuần vào điểm.")
    expect(leader.get_by_text("Đã mở cột. Đến giờ đã chọn, cột tự khóa lại.")).to_be_visible()
    teacher.reload()
    teacher.type_at(0, "10")
    teacher.expect_saved()
    assert records.cell(closed_book, "GK", 0)[::2] == ("10", closed_book.teacher)
    leader.goto("/locks/")
    opened = leader.locator("li").filter(has_text="Giáo viên nghỉ ốm tuần vào điểm.")
    opened.get_by_role("button", name="Khóa lại ngay").click()
    expect(leader.get_by_text("Đã khóa lại trước giờ.")).to_be_visible()
    teacher.type_at(1, "10")
    expect(teacher.unsent.locator("li")).to_have_count(1)
    assert exceptions(records, closed_book) == 1


def test_exception_is_a_day_at_most_and_has_a_reason(sign_in, closed_book, records, watch):
    watch.expect(r"status of 422")
    page = sign_in("phohieutruong").new_page()
    page.goto(f"/locks/columns/{closed_book.columns['GK']}/open/")
    ask_for_exception(page, in_school_time(hours=1), "")
    expect(page.get_by_text("Viết lý do mở ngoại lệ; người kiểm tra sẽ đọc.").first).to_be_visible()
    ask_for_exception(page, in_school_time(hours=25), "Thử quá một ngày.")
    expect(page.get_by_text("Mở ngoại lệ nhiều nhất 24 giờ.").first).to_be_visible()
    assert exceptions(records, closed_book) == 0


def test_leader_does_not_open_their_own_book(sign_in, records, portal, watch):
    watch.expect(FORBIDDEN)
    book = records.book("9A1", "GDCD")
    assert book.teacher == "phohieutruong"
    before = records.ledger_head(book)
    page = sign_in("phohieutruong").new_page()
    page.goto(f"/locks/columns/{book.columns['GK']}/open/")
    expect(page.get_by_text("Thầy/cô dạy lớp – môn này nên không tự mở sổ của mình.")).to_be_visible()
    expect(page.get_by_role("button", name="Mở cột Giữa kỳ")).to_have_count(0)
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    answer = page.request.post(
        page.url,
        form={"csrfmiddlewaretoken": token, "until": in_school_time(hours=1), "reason": "Tự mở."},
        headers={"Referer": page.url},
    )
    assert answer.status == 403
    assert exceptions(records, book) == 0
    assert records.ledger_head(book) == before


def exceptions(records, book: Book) -> int:
    sql = "SELECT count(*) FROM gradebook_lockexception WHERE column_id = %s"
    return records.one(sql, book.columns["GK"])


# --- P0-17: a page of somebody else ---------------------------------------------------------------------------
SEND = """([url, headers, body]) => fetch(url, { method: "POST", headers, body }).then((response) => response.status)"""


def test_save_without_a_token_changes_nothing(sign_in, book, records, watch):
    watch.expect(FORBIDDEN)
    page = GridPage.open(sign_in("gvcn"), book).page
    before = records.ledger_head(book)
    status = page.evaluate(SEND, [f"{book.path}save/", {"Content-Type": "application/json"}, '{"cells": []}'])
    assert status == 403
    assert records.ledger_head(book) == before


def test_form_on_a_foreign_page_changes_nothing(sign_in, book, records, watch, portal):
    watch.expect(FORBIDDEN, r"^elsewhere: GET http://elsewhere\.example/", "Cross-Origin-Opener-Policy")
    context = sign_in("gvcn")
    before = records.ledger_head(book)
    cell = f"c{book.columns['GK']}-{book.pupils[0].id}"
    form = f"""<form method="post" action="{portal.origin}{book.column_path("GK")}">
      <input name="versions" value="{book.pupils[0].id}:0"><input name="{cell}" value="10"><button>Trúng thưởng</button></form>"""
    context.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(body=f"<!DOCTYPE html><title>Quà</title>{form}", content_type="text/html"),
    )
    page = context.new_page()
    page.goto("http://elsewhere.example/")
    with page.expect_response(f"{portal.origin}{book.column_path('GK')}") as answered:
        page.get_by_role("button").click()
    assert answered.value.status == 403
    assert records.ledger_head(book) == before


def test_unsent_scores_become_a_petition_with_one_press(sign_in, book, records):
    """D-05: what was typed when the column closed is proposed, nothing is typed twice."""
    grid = GridPage.open(sign_in("gvcn"), book)
    close_soon(records, book)
    grid.type("7,5", "8")
    expect(grid.unsent.locator("li")).to_have_count(2)
    grid.page.get_by_role("button", name="Tạo đề nghị điều chỉnh từ các điểm này").click()
    expect(grid.page.get_by_role("heading", name="Đề nghị điều chỉnh điểm")).to_be_visible()
    assert [box.input_value() for box in grid.page.locator(".score-input").all()] == ["7,5", "8"]
