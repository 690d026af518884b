"""The petition as its people meet it: a closed cell, a photo from the phone, a leader's verdict, the paper (D-08, D-09, D-10)."""

import io
import re
import subprocess

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.pages import GridPage

PASSWORD = "truonghoc-demo"
LEADER = re.compile(r"Duyệt .+ → 7,5")


@pytest.fixture
def photo(tmp_path):
    picture = tmp_path / "bai.jpg"
    content = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(content, "JPEG")
    picture.write_bytes(content.getvalue())
    return picture


class Hand:
    """Counts what a person does: a press, a choice, a text typed."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def __getattr__(self, name):
        def act(locator, *arguments):
            self.actions += 1
            return getattr(locator, name)(*arguments)

        return act


def ask(page: Page, grid: GridPage, photo, *, row: int = 0) -> Hand:
    """From the closed cell to the sent petition, the fields already filled that the portal knows."""
    hand = Hand(page)
    hand.click(grid.closed_cell(row, "TX1"))
    hand.click(page.get_by_role("button", name="Đề nghị điều chỉnh"))
    hand.fill(page.locator(".score-input"), "7,5")
    hand.check(page.get_by_label("Nhập nhầm số"))
    hand.fill(page.get_by_label("Giải thích"), "Bài ghi 7,5, nhập nhầm khi vào điểm.")
    if photo:
        hand.set_input_files(page.get_by_label("Chọn ảnh hoặc tệp PDF"), photo)
        expect(page.locator(".evidence-list li")).to_have_count(1)
        hand.click(page.get_by_role("button", name="Gửi đề nghị"))
        expect(page.get_by_text("Đã gửi đề nghị #")).to_be_visible()
    return hand


def decide(page: Page, name) -> None:
    """A verdict with the password asked once more."""
    page.get_by_role("button", name=name).click()
    page.get_by_label("Mật khẩu", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận và tiếp tục").click()


def test_at_most_twelve_actions_from_the_locked_cell(sign_in, book, records, photo):
    page = sign_in("gvcn").new_page()
    grid = GridPage(page, book, "GK")
    grid.reload()
    assert ask(page, grid, photo).actions <= 12
    assert records.one("SELECT state FROM gradebook_correctionrequest ORDER BY id DESC LIMIT 1") == "submitted"


def test_photo_from_the_phone_and_approval_on_the_desk(sign_in, book, records, photo, tmp_path):
    """The whole chain: the phone needs no account, the photo appears without a reload, one cell changes, the paper says all."""
    page = sign_in("gvcn").new_page()
    grid = GridPage(page, book, "GK")
    grid.reload()
    ask(page, grid, None)
    page.get_by_role("button", name="Chụp bằng điện thoại").click()
    link = page.locator(".phone-panel .break").inner_text()
    phone = sign_in(None, **PHONE).new_page()
    phone.goto(link)
    phone.set_input_files("#files", photo)
    phone.get_by_role("button", name="Gửi").click()
    expect(phone.get_by_text("Đã nhận 1 tệp")).to_be_visible()
    expect(page.locator(".evidence-list li")).to_have_count(1)
    expect(page.locator(".evidence-list")).to_contain_text("từ điện thoại")
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_text("Đã gửi đề nghị #")).to_be_visible()
    before = records.codes(book, "TX1")

    leader = sign_in("phohieutruong").new_page()
    leader.goto(page.url.replace(page.url.split("/corrections")[0], ""))
    expect(leader.locator(".side-score.is-new")).to_contain_text("7,5")
    decide(leader, LEADER)
    expect(leader.get_by_text("đã duyệt và ghi vào sổ lúc")).to_be_visible()
    after = records.codes(book, "TX1")
    assert after[0] == "7.5"
    assert after[1:] == before[1:]

    with leader.expect_download() as download:
        leader.get_by_role("link", name="Bản in PDF").click()
    paper = tmp_path / "giay.pdf"
    download.value.save_as(paper)
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    assert "7,5" in text
    assert re.search(r"\d\d:\d\d:\d\d\s+\d\d/\d\d/\d{4}", text)


def test_closed_code_tells_the_phone_so(sign_in, book, watch):
    page = sign_in("gvcn").new_page()
    grid = GridPage(page, book, "GK")
    grid.reload()
    ask(page, grid, None)
    page.get_by_role("button", name="Chụp bằng điện thoại").click()
    link = page.locator(".phone-panel .break").inner_text()
    page.get_by_role("button", name="Đóng mã").click()
    expect(page.locator(".phone-panel")).to_have_count(0)
    phone = sign_in(None, **PHONE).new_page()
    watch.expect(r"status of 410")
    phone.goto(link)
    expect(phone.get_by_role("heading", name="Mã không dùng được nữa")).to_be_visible()


def test_draft_is_kept_while_one_types(sign_in, book, records):
    page = sign_in("gvcn").new_page()
    grid = GridPage(page, book, "GK")
    grid.reload()
    ask(page, grid, None)
    expect(page.locator("#draft-state")).to_contain_text("tự lưu")
    page.goto("/corrections/?tab=mine")
    page.get_by_role("link", name=re.compile("Đề nghị chưa gửi")).first.click()
    expect(page.locator(".score-input")).to_have_value("7,5")
    expect(page.get_by_label("Giải thích")).to_have_value("Bài ghi 7,5, nhập nhầm khi vào điểm.")


def test_bad_value_is_named_and_nothing_is_lost(sign_in, book, photo, watch):
    watch.expect(r"status of 422")
    page = sign_in("gvcn").new_page()
    grid = GridPage(page, book, "GK")
    grid.reload()
    ask(page, grid, None)
    page.locator(".score-input").fill("11")
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_text("Điểm phải từ 0 đến 10.").first).to_be_visible()
    expect(page.locator(".score-input")).to_have_value("11")
    expect(page.get_by_label("Giải thích")).to_have_value("Bài ghi 7,5, nhập nhầm khi vào điểm.")


def test_batch_is_approved_after_its_rows_were_opened(sign_in, records):
    """D-10: the demo's batch of eight; five drawn rows are opened one by one."""
    batch = records.one(
        "SELECT request_id FROM gradebook_correctionitem GROUP BY 1 HAVING count(*) > 5 ORDER BY 1 LIMIT 1"
    )
    page = sign_in("phohieutruong").new_page()
    page.goto(f"/corrections/{batch}/")
    expect(page.locator("#approve")).to_be_disabled()
    for _ in range(5):
        page.get_by_role("button", name=re.compile("Mở xem")).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
    expect(page.locator("#approve")).to_be_enabled()
    decide(page, re.compile("Duyệt 8 điểm"))
    expect(page.get_by_text("đã duyệt và ghi vào sổ lúc")).to_be_visible()


def test_own_petition_shows_no_verdict(sign_in, book, photo):
    page = sign_in("gvcn").new_page()
    grid = GridPage(page, book, "GK")
    grid.reload()
    ask(page, grid, photo)
    expect(page.locator("[name=verdict]")).to_have_count(0)
    expect(page.get_by_role("button", name="Sửa lại")).to_be_visible()


def test_without_javascript(sign_in, book, records, photo):
    """B-10: asking and deciding work as plain forms."""
    page = sign_in("gvcn", java_script_enabled=False).new_page()
    cell = f"{book.path}cell/{book.columns['TX1']}/{book.pupils[0].id}/"
    page.goto(cell)
    page.get_by_role("button", name="Đề nghị điều chỉnh").click()
    page.locator(".score-input").fill("7,5")
    page.get_by_label("Nhập nhầm số").check()
    page.get_by_label("Giải thích").fill("Nhập nhầm.")
    page.get_by_label("Chọn ảnh hoặc tệp PDF").set_input_files(photo)
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_text("Đã gửi đề nghị #")).to_be_visible()
    leader = sign_in("hieutruong", java_script_enabled=False).new_page()
    leader.goto(page.url.replace(page.url.split("/corrections")[0], ""))
    decide(leader, LEADER)
    expect(leader.get_by_text("đã duyệt và ghi vào sổ lúc")).to_be_visible()
    assert records.codes(book, "TX1")[0] == "7.5"
