"""Powers as their people meet them: a delegate who decides, the review that the principal signs, IT staff who reach too far."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.portal import SCHOOL_TIME

PASSWORD = "truonghoc-demo"


def give_password(page: Page) -> None:
    """The step-up asks once more, and carries the act out."""
    page.get_by_label("Mật khẩu", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận và tiếp tục").click()


def in_school_time(**ahead: int) -> str:
    return f"{datetime.now(SCHOOL_TIME) + timedelta(**ahead):%d/%m/%Y %H:%M}"


def delegate(page: Page, records, to: str) -> None:
    page.goto("/delegations/")
    page.get_by_role("link", name="Ủy quyền mới").click()
    # What is missing is said after the password, on a page of the library's address: the form still leads to ours.
    page.locator("main").get_by_role("button", name="Ủy quyền").click()
    give_password(page)
    expect(page.get_by_text("Có 6 chỗ cần xem lại")).to_be_visible()
    page.get_by_label("Người được ủy quyền").select_option(label=records.shown_name(to))
    page.get_by_label("Duyệt đề nghị điều chỉnh điểm").check()
    page.get_by_label("Từ", exact=True).fill(in_school_time(minutes=-2))
    page.get_by_label("Đến", exact=True).fill(in_school_time(days=3))
    page.get_by_label("Quyết định số").fill("31/QĐ-UQ")
    page.get_by_label("Ngày ký").fill(f"{datetime.now(SCHOOL_TIME):%d/%m/%Y}")
    page.locator("main").get_by_role("button", name="Ủy quyền").click()
    expect(page.get_by_text("Đã ủy quyền cho")).to_be_visible()


def test_a_delegate_decides_and_both_names_stand(sign_in, records, watch):
    """D-22: banner, "A thay B" in the history, gone at the next request after the giver ends it."""
    watch.expect(r"status of 422")
    principal = sign_in("hieutruong").new_page()
    delegate(principal, records, "totruong")
    page = sign_in("totruong").new_page()
    page.goto("/today/")
    page.get_by_role("link", name="Xem và thực hiện thay").click()
    page.get_by_role("button", name=re.compile("Thực hiện thay")).click()
    give_password(page)
    banner = page.locator(".strip-acting")
    expect(banner).to_contain_text(f"Đang thực hiện thay {records.shown_name('hieutruong')} – QĐ 31/QĐ-UQ")
    page.get_by_role("link", name="Xem và quyết định").click()
    page.get_by_label("Xong thì sang đề nghị tiếp theo").uncheck()
    page.get_by_role("button", name=re.compile("Duyệt .+ →")).click()
    expect(page.get_by_text("Đã điều chỉnh").first).to_be_visible()
    names = records.one(
        """SELECT d.username, f.username FROM gradebook_correctionrequest r JOIN accounts_user d ON d.id = r.decided_by_id
           JOIN accounts_user f ON f.id = r.decided_for_id"""
    )
    assert names == ("totruong", "hieutruong")
    principal.goto("/delegations/")
    principal.get_by_role("button", name="Kết thúc ngay").click()
    expect(principal.get_by_text("Đã kết thúc ủy quyền.")).to_be_visible()
    page.goto("/today/")
    expect(banner).to_have_count(0)
    expect(page.get_by_role("link", name="Xem và quyết định")).to_have_count(0)


def test_the_principal_reads_signs_and_prints_the_review(sign_in, records):
    page = sign_in("hieutruong").new_page()
    page.goto("/powers/")
    page.get_by_role("link", name="Rà soát và ký").click()
    expect(page.get_by_text("Chưa có lần rà soát nào trước lần này.")).to_be_visible()
    page.get_by_label("Ý kiến").fill("Đã đối chiếu với phân công chuyên môn.")
    page.get_by_role("button", name="Ký xác nhận đã rà soát").click()
    give_password(page)
    expect(page.get_by_text("Đã ký rà soát quyền.")).to_be_visible()
    with page.expect_download() as paper:
        page.get_by_role("link", name="Phụ lục PDF").click()
    assert paper.value.suggested_filename.startswith("RaSoatQuyen_")
    comment, count = records.one("SELECT comment, jsonb_array_length(lines) FROM accounts_accessreview")
    assert comment == "Đã đối chiếu với phân công chuyên môn."
    assert count > 50
    page.goto("/powers/review/")
    expect(page.get_by_text("Không có gì thay đổi từ")).to_be_visible()


def test_it_staff_give_themselves_nothing(sign_in, records, watch):
    """A6, A8: the form refuses, the confirmation is not theirs, and the principal reads that it was tried."""
    watch.expect(r"status of 403", r"status of 404")
    page = sign_in("quantri").new_page()
    own = records.one("SELECT id FROM accounts_user WHERE username = 'quantri'")
    decision = records.one("SELECT min(id) FROM accounts_decision")
    page.goto("/admin/accounts/grant/add/")
    for name, value, label in (("person", own, "Tôi"), ("decision", decision, "Quyết định")):
        page.locator(f"select[name={name}]").evaluate(
            "(select, [value, label]) => { select.append(new Option(label, value, true, true)); }", [str(value), label]
        )
    page.locator("select[name=role]").select_option("vice_principal")
    page.locator("input[name=valid_from]").fill(f"{datetime.now(SCHOOL_TIME):%d/%m/%Y}")
    page.locator("input[name=_save]").click()
    expect(page.get_by_text("Không ai tự cấp quyền cho chính mình.").first).to_be_visible()
    assert records.one("SELECT count(*) FROM accounts_grant WHERE person_id = %s", own) == 1
    assert page.goto("/grants/waiting/").status == 403
    principal = sign_in("hieutruong").new_page()
    principal.goto("/powers/denied/")
    table = principal.get_by_role("table")
    expect(table).to_contain_text("/admin/accounts/grant/add/")
    expect(table).to_contain_text("/grants/waiting/")
    expect(table).to_contain_text(records.shown_name("quantri"))


def test_the_administration_is_a_mode(sign_in, records):
    """Ended by its button, asked for again by the password, and in the sign-in log."""
    page = sign_in("quantri").new_page()
    page.goto("/admin/")
    banner = page.get_by_text("Chế độ quản trị, kết thúc sau 15 phút không thao tác")
    expect(banner).to_be_visible()
    page.get_by_role("button", name="Kết thúc").click()
    expect(page.get_by_text("Đã kết thúc chế độ quản trị.")).to_be_visible()
    page.goto("/admin/accounts/user/")
    expect(banner).to_have_count(0)
    give_password(page)
    expect(banner).to_be_visible()
    assert page.url.endswith("/admin/accounts/user/")
    page.goto("/powers/sign-ins/?all=1")
    expect(page.get_by_text("kết thúc chế độ quản trị").first).to_be_visible()
