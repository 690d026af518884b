"""The petition on paper: the form of the regulation's appendix, filled with what was asked, decided and written."""

import io
import re
import subprocess
import unicodedata
from datetime import date, timedelta

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Decision, Grant, PolicyVersion
from accounts.roles import Role
from accounts.selectors.offices import office_of
from gradebook import documents, services
from gradebook.models import CorrectionRequest, Evidence
from gradebook.selectors.corrections import unopened_sample, with_names
from gradebook.services import act_as
from registry.models import Enrollment, GoverningBody, School, Student
from schoolops.lib import files
from schoolops.lib.moments import vn_formal
from tests.gradebook.test_corrections import draft, sent
from tests.gradebook.test_guard import close, type_into
from tests.support import acting, column, delegation, forget_actor, fresh, pupils_of

URL = "http://truong.test/corrections/7/"
SECONDS = r"\d\d:\d\d:\d\d \d\d/\d\d/\d{4}"


@pytest.fixture(name="closed")
def closed_midterm(maths, cast):
    """The mid-term column of maths 7A1, closed with 5,7 for everybody."""
    for number in range(len(pupils_of(maths))):
        type_into(maths, "GK", "5,7", cast.teacher, pupil=number)
    return close(maths, "GK", by=cast.vice_principal)


@pytest.fixture(name="by_hand")
def confirmed_by_hand(school, cast):
    return PolicyVersion.objects.create(
        key="gradebook.corrections_by_hand", value="1", decision=school.decision, set_by=cast.it_staff
    )


def pdf_of(asked):
    """As the view prints it."""
    return documents.correction_pdf(with_names(CorrectionRequest.objects.all()).get(pk=asked.pk), url=URL)


def words(pdf, *options):
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def read(asked):
    """The whole paper as one line of words, in the order in which it is written: cell by cell, row by row."""
    return " ".join(words(pdf_of(asked), "-raw").split())


def pages(pdf):
    return words(pdf, "-layout").rstrip("\f").split("\f")


def approve(asked, by, **more):
    decided = services.approve_correction(correction=asked, revision=asked.revision, by=by, **more)
    forget_actor()
    return decided


def local(moment, pattern="%H:%M:%S %d/%m/%Y"):
    return f"{timezone.localtime(moment):{pattern}}"


def fill_class(maths, size, by):
    """As many pupils in the class of the book."""
    act_as(by)
    for number in range(len(pupils_of(maths)) + 1, size + 1):
        pupil = Student.objects.create(full_name=f"Đặng Thị Ước {number}", moet_id=f"TG{number:05d}")
        Enrollment.objects.create(
            student=pupil,
            school_class=maths.class_subject.school_class,
            roll_no=number,
            enrolled_on=maths.term.starts_on,
        )
    forget_actor()


# --- the way through ----------------------------------------------------------------------------------
def test_paper_of_an_approved_petition_says_everything_the_form_asks_for(maths, cast, closed):
    """G7–G9: old, new, who asked and why, who agreed, when the book took note."""
    done = approve(sent(maths, cast.teacher), cast.vice_principal, comment="Đã xem bài.")
    text = read(done)
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc GIẤY ĐỀ NGHỊ",
        "Điều chỉnh điểm, thông tin trên hệ thống quản lý nhà trường (Dùng cho cấp THCS và THPT)",
        f"Số: 01/{maths.term.school_year.code}",
        "Kính gửi: Lãnh đạo nhà trường phụ trách chuyên môn, Trường THCS Thử Nghiệm",
        "Tên tôi là: Trần Thị Lan Giáo viên môn: Toán",
        "Họ và tên học sinh: Nguyễn Văn An",
        "Lớp: 7A1 Môn học: Toán",
        f"(Học kỳ I, năm học {maths.term.school_year.code}):",
        "1 Điểm thường xuyên 2 Điểm giữa kỳ 5,7 7,5 3 Điểm cuối kỳ",
        "Lý do xin điều chỉnh: Nhập nhầm số. Bài ghi 7,5, nhập nhầm 5,7.",
        "Minh chứng kèm theo: 1 tệp (1 ảnh). 16 ký tự đầu của mã SHA-256: ảnh ",
        "NGƯỜI ĐỀ NGHỊ",
        f"Đã gửi trên hệ thống lúc {local(done.submitted_at, '%H:%M:%S ngày %d/%m/%Y')} Trần Thị Lan",
        "Xác nhận của Phó Hiệu trưởng nhà trường Đồng ý Ý kiến: Đã xem bài.",
        "Xác nhận của Quản trị viên hệ thống Thông tin cũ → thông tin đã điều chỉnh: Giữa kỳ: 5,7 → 7,5",
        f"Thời điểm hệ thống ghi nhận: {local(done.applied_at)}",
        f"KT. HIỆU TRƯỞNG PHÓ HIỆU TRƯỞNG Xác nhận lúc {local(done.decided_at)} Lê Văn Khánh",
        "Hệ thống tự ghi nhận khi duyệt",
        f"Bản gốc và lịch sử: {URL}",
        "Bản in lúc ",
    ):
        assert part in text
    assert done.evidence.get().file.sha256[:16] in text
    assert done.evidence.get().file.sha256[:17] not in text
    assert "Ghi rõ" not in text


def test_one_pupil_fits_one_page_and_the_boxes_stand_side_by_side(maths, cast, closed):
    [page] = pages(pdf_of(approve(sent(maths, cast.teacher), cast.vice_principal, comment="Đã xem bài.")))
    assert re.search(r"của Phó Hiệu trưởng nhà trường {5,}của Quản trị viên hệ thống", page)


def test_paper_confirmed_by_hand_names_the_administrator(maths, cast, closed, by_hand):
    approved = approve(sent(maths, cast.teacher), cast.vice_principal)
    waiting = read(approved)
    assert "Đồng ý" in waiting
    assert "Đã duyệt, chờ quản trị viên hệ thống ghi nhận." in waiting
    assert "(Ghi rõ thông tin cũ, thông tin đã điều chỉnh;" in waiting
    assert "Ngô Quốc Hùng" not in waiting
    done = services.confirm_correction(correction=approved, by=cast.it_staff)
    text = read(done)
    assert f"{local(done.applied_at)}" in text
    assert "Ngô Quốc Hùng" in text
    assert "Hệ thống tự ghi nhận" not in text


def test_principal_signs_as_the_head_of_the_school(maths, cast, closed):
    text = read(approve(sent(maths, cast.teacher), cast.principal))
    assert "Xác nhận của Hiệu trưởng nhà trường Đồng ý" in text
    assert re.search(rf"{SECONDS} HIỆU TRƯỞNG Xác nhận lúc {SECONDS} Đỗ Thị Mai", text)
    assert "KT." not in text


def test_verdict_for_another_says_so(maths, cast, school, closed):
    """A5."""
    given = delegation(cast.principal, cast.vice_principal, school.decision)
    text = read(approve(sent(maths, cast.teacher), acting(cast.vice_principal, given)))
    assert "PHÓ HIỆU TRƯỞNG" in text
    assert "Lê Văn Khánh thay mặt Hiệu trưởng Đỗ Thị Mai" in text


# --- other states --------------------------------------------------------------------------------------
EMPTY_BOXES = ("(Ghi rõ đồng ý và ký tên, đóng dấu)", "hệ thống ghi nhận việc điều chỉnh; ký tên)")


def test_draft_is_a_form_to_be_signed_by_hand(maths, cast, closed):
    text = read(draft(maths, cast.teacher))
    for part in (*EMPTY_BOXES, "…………, ngày …… tháng …… năm ………", "Bản đang sửa, chưa gửi trên hệ thống."):
        assert part in text
    for part in ("Số:", "Đã gửi trên hệ thống", "Đồng ý", "Lê Văn Khánh"):
        assert part not in text


def test_draft_leaves_room_for_a_score_that_was_not_typed(maths, cast, closed):
    made = services.start_correction(gradebook=maths, cells=[(closed.pk, pupils_of(maths)[0].pk)], by=cast.teacher)
    text = read(made)
    assert "2 Điểm giữa kỳ 5,7 3 Điểm cuối kỳ" in text
    assert "Minh chứng kèm theo: chưa có tệp nào." in text


def test_sent_is_printed_before_the_verdict(maths, cast, closed):
    asked = draft(maths, cast.teacher)
    services.save_correction(
        correction=asked, values={}, by=cast.teacher, reason="typo", explanation="Nhầm.", addressed_to=cast.principal
    )
    asked = services.submit_correction(correction=asked, by=cast.teacher)
    text = read(asked)
    for part in (
        *EMPTY_BOXES,
        "Kính gửi: Hiệu trưởng Đỗ Thị Mai, Trường THCS Thử Nghiệm",
        "của Hiệu trưởng nhà trường",
        "Đã gửi trên hệ thống lúc",
        "đang chờ duyệt. Điểm trong sổ chưa thay đổi.",
    ):
        assert part in text
    assert "Đồng ý" not in text


def test_returned_says_who_wants_more(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    services.return_correction(correction=asked, revision=1, by=cast.vice_principal, comment="Ảnh mờ.")
    text = read(asked)
    for part in (*EMPTY_BOXES, "Phó Hiệu trưởng Lê Văn Khánh trả lại để bổ sung lúc", "“Ảnh mờ.” Chưa gửi lại;"):
        assert part in text
    # What was sent may be another text by now.
    assert "Đã gửi trên hệ thống lúc" not in text


def test_rejected_is_seen_at_once(maths, cast, closed):
    asked = sent(maths, cast.teacher)
    services.reject_correction(correction=asked, revision=1, by=cast.vice_principal, comment="Bài ghi rõ 5,7.")
    text = read(asked)
    for part in (
        "Không duyệt – điểm trong sổ giữ nguyên Kính gửi:",
        "Không đồng ý Ý kiến: Bài ghi rõ 5,7.",
        "Lê Văn Khánh",
        "Không điều chỉnh. Điểm trong sổ giữ nguyên.",
    ):
        assert part in text
    assert "Thời điểm hệ thống ghi nhận" not in text


@pytest.mark.parametrize("taken_back", [False, True], ids=["after sending", "while editing"])
def test_withdrawn_is_seen_at_once(maths, cast, closed, taken_back):
    asked = sent(maths, cast.teacher)
    if taken_back:
        services.edit_correction(correction=asked, by=cast.teacher)
    services.withdraw_correction(correction=asked, by=cast.teacher, comment="Đã thấy bài gốc.")
    text = read(asked)
    for part in (
        "Đã rút – giấy này không có hiệu lực",
        "Không xem xét: người đề nghị đã rút.",
        "“Đã thấy bài gốc.” Điểm trong sổ giữ nguyên.",
    ):
        assert part in text
    assert "Ghi rõ" not in text
    assert ("Đã gửi trên hệ thống lúc" in text) is not taken_back


# --- what is asked for ------------------------------------------------------------------------------------
def test_columns_of_one_pupil_stand_in_the_rows_of_the_form(maths, cast, closed):
    type_into(maths, "TX2", "V", cast.teacher)
    for code in ("TX1", "TX2", "CK"):
        close(maths, code, by=cast.vice_principal)
    pupil = pupils_of(maths)[0]
    cells = [(column(maths, code).pk, pupil.pk) for code in ("TX1", "TX2", "CK")]
    made = draft(maths, cast.teacher)
    services.add_items(correction=made, cells=cells, by=cast.teacher)
    services.save_correction(
        correction=made,
        values=dict.fromkeys(made.items.values_list("pk", flat=True), "8"),
        by=cast.teacher,
        reason="makeup",
        explanation="Kiểm tra bù ngày thứ Hai.",
        addressed_to=None,
    )
    text = read(made)
    assert "TX1: trống TX2: V TX1: 8 TX2: 8 (kiểm tra bù)" in text
    assert "2 Điểm giữa kỳ 5,7 8 3 Điểm cuối kỳ trống 8" in text


def test_comment_subject_in_its_own_letters(books, cast):
    book = fresh(books["GDTC 7A1"])
    type_into(book, "GK", "c", cast.teacher)
    close(book, "GK", by=cast.vice_principal)
    text = read(approve(sent(book, cast.teacher, text="đ"), cast.vice_principal))
    assert "2 Điểm giữa kỳ CĐ Đ 3" in text
    assert "Giữa kỳ: CĐ → Đ" in text
    assert "Giáo viên môn: Giáo dục thể chất" in text


def test_few_pupils_are_named_in_the_box_again(maths, cast, closed):
    text = read(approve(sent(maths, cast.teacher, pupils=(4, 1)), cast.vice_principal))
    assert "1 Trần Thị Ánh Giữa kỳ 5,7 7,5 2 H'Hen Niê Giữa kỳ 5,7 7,5" in text
    assert "Trần Thị Ánh, Giữa kỳ: 5,7 → 7,5 H'Hen Niê, Giữa kỳ: 5,7 → 7,5" in text
    assert "Họ và tên học sinh" not in text


def test_many_pupils_repeat_the_head_and_split_no_row(maths, cast):
    fill_class(maths, 45, cast.it_staff)
    close(maths, "GK", by=cast.vice_principal)
    asked = sent(maths, cast.teacher, pupils=range(45))
    for item in unopened_sample(asked, cast.vice_principal):
        services.look_at_item(item=item, by=cast.vice_principal)
    found = pages(pdf_of(approve(asked, cast.vice_principal)))
    with_rows = [page for page in found if re.search(r"^ *\d+ .*Giữa kỳ +trống +7,5$", page, re.MULTILINE)]
    assert len(with_rows) >= 2
    for page in with_rows:
        assert re.search(r"TT +Họ và tên +Loại điểm +Điểm gốc +Điểm đề nghị", page)
    rows = re.findall(r"^ *(\d+) +\S.* Giữa kỳ +trống +7,5$", "\n".join(found), re.MULTILINE)
    assert rows == [str(number) for number in range(1, 46)]
    assert [page.split()[0] for page in found] == ["CỘNG", *(str(number) for number in range(2, len(found) + 1))]
    assert "như bảng trên (45 mục)" in " ".join(found[-1].split())
    # Nobody signs a page that does not say why.
    assert "Lý do xin điều chỉnh" in found[-1]
    assert "NGƯỜI ĐỀ NGHỊ" in found[-1]


def test_long_names_wrap_and_every_letter_is_read_back(maths, cast, closed):
    """NFC comes out, also where NFD went in, and nothing leaves the page."""
    name = "H'Hen Đặng Ước Công Tằng Tôn Nữ Nguyễn Phước Hoàng Bảo Thiên Hương Đài Các Ẩn Ỵ Ữ Ỡ"
    pupils = pupils_of(maths)
    Student.objects.filter(pk__in=[pupil.pk for pupil in pupils[:2]]).update(full_name=name)
    asked = draft(maths, cast.teacher, pupils=(0, 1))
    services.save_correction(
        correction=asked,
        values={},
        by=cast.teacher,
        reason="other",
        explanation=unicodedata.normalize("NFD", "Ước lượng nhầm") + " " + "x" * 150,
        addressed_to=None,
    )
    pdf = pdf_of(asked)
    text = words(pdf, "-raw")
    assert unicodedata.is_normalized("NFC", text)
    assert " ".join(text.split()).count(name) == 2
    assert "Ước lượng nhầm" in text
    right = [float(found) for found in re.findall(r'<word .*xMax="([\d.]+)"', words(pdf, "-bbox"))]
    assert max(right) <= (210 - 15) / 25.4 * 72 + 0.5


def test_what_people_typed_is_text(maths, cast, closed):
    asked = draft(maths, cast.teacher)
    services.save_correction(
        correction=asked,
        values={},
        by=cast.teacher,
        reason="other",
        explanation='Dòng một <img src="file:///etc/passwd"> & {{ x }}\nDòng hai',
        addressed_to=None,
    )
    assert 'Dòng một <img src="file:///etc/passwd"> & {{ x }} Dòng hai' in read(asked)


def test_evidence_is_counted_by_kind(maths, cast, closed):
    asked = draft(maths, cast.teacher)
    act_as(cast.teacher)
    for content, kind in ((b"1", "image/png"), (b"2", "application/pdf")):
        stored = files.store(content, name="bai Trần Thị Ánh.x", media_type=kind, by=cast.teacher)
        Evidence.objects.create(request=asked, file=stored)
    text = read(asked)
    assert "Minh chứng kèm theo: 3 tệp (2 ảnh, 1 tệp PDF)." in text
    assert "tệp PDF d4735e3a265e16ee." in text
    assert "bai" not in text.replace("bài", "")


# --- the file itself --------------------------------------------------------------------------------------
def test_file_is_an_archive_pdf_with_its_fonts_and_no_names(maths, cast, closed):
    pdf = pdf_of(approve(sent(maths, cast.teacher), cast.vice_principal))
    fonts = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    lines = fonts.splitlines()[2:]
    assert lines
    for line in lines:
        # One family holds every letter; embedded, subset, with a table back to Unicode.
        assert re.search(r"\+Liberation-Serif\S* .* yes +yes +yes +\d+ +\d+$", line), line
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert str(opened.Root.Lang) == "vi"
        assert opened.Root.OutputIntents[0].S == "/GTS_PDFA1"
        xmp = bytes(opened.Root.Metadata.read_bytes()).decode()
        with opened.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "U")
        title = str(opened.docinfo.Title)
    assert title == f"Giấy đề nghị điều chỉnh 01/{maths.term.school_year.code}"
    for name in ("Nguyễn", "Trần", "Lan", "Khánh", "Toán", "7A1"):
        assert name not in xmp


def test_download_has_a_name_without_names(client, maths, cast, closed):
    asked = sent(maths, cast.teacher)
    client.force_login(cast.teacher)
    response = client.get(reverse("gradebook:correction_pdf", args=[asked.pk]))
    assert b"".join(response).startswith(b"%PDF-")
    assert f'filename="DeNghiDieuChinh_{maths.term.school_year.code}_1.pdf"' in response["Content-Disposition"]


def test_english_reader_prints_the_vietnamese_paper(maths, cast, closed):
    done = approve(sent(maths, cast.teacher), cast.vice_principal)
    vietnamese = read(done).split("Bản in lúc")[0]
    with translation.override("en"):
        assert read(done).split("Bản in lúc")[0] == vietnamese
        assert translation.get_language() == "en"


def test_questions_to_the_database_do_not_grow(maths, cast):
    fill_class(maths, 20, cast.it_staff)
    close(maths, "GK", by=cast.vice_principal)
    # The first is sent, so that the second is another petition.
    one, twenty = sent(maths, cast.teacher), sent(maths, cast.teacher, pupils=range(1, 20))
    counts = []
    for asked in (one, twenty):
        found = with_names(CorrectionRequest.objects.all()).get(pk=asked.pk)
        with CaptureQueriesContext(connection) as captured:
            documents.correction_pdf(found, url=URL)
        counts.append(len(captured))
    assert [asked.items.count() for asked in (one, twenty)] == [1, 19]
    assert counts[0] == counts[1] <= 10


# --- place, date, office ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 2, 5), "ngày 05 tháng 02 năm 2026"),
        (date(2027, 1, 31), "ngày 31 tháng 01 năm 2027"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (date(2026, 12, 10), "ngày 10 tháng 12 năm 2026"),
    ],
)
def test_date_has_the_zeros_of_the_decree(day, words):
    assert vn_formal(day) == words


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("UBND xã Mường Sương", "Xã Mường Sương"),
        ("ỦY BAN NHÂN DÂN PHƯỜNG 12", "Phường 12"),
        ("UBND XÃ EA H'LEO", "Xã Ea H'Leo"),
        ("Sở Giáo dục và Đào tạo", "…………"),
        ("", "…………"),
    ],
)
def test_place_is_the_commune_of_that_day(maths, cast, closed, body, place):
    today = timezone.localdate()
    school = School.objects.get()
    old = {"name": "UBND xã Ngày Xưa", "valid_until": today - timedelta(days=1)}
    GoverningBody.objects.create(school=school, valid_from=date(2000, 1, 1), **old)
    if body:
        GoverningBody.objects.create(school=school, name=body, valid_from=today)
    assert f"{place}, {vn_formal(today)} NGƯỜI ĐỀ NGHỊ" in read(sent(maths, cast.teacher))


def test_office_is_that_of_the_moment(maths, cast, closed):
    """The verdict keeps the office in which it was given, whatever its holder is today."""
    done = approve(sent(maths, cast.teacher), cast.vice_principal)
    grant = Grant.objects.get(person=cast.vice_principal)
    grant.revoked_at, grant.revoked_by = timezone.now() + timedelta(minutes=1), cast.principal
    grant.save()
    assert "KT. HIỆU TRƯỞNG PHÓ HIỆU TRƯỞNG" in read(done)
    grant.revoked_at = done.decided_at - timedelta(days=1)
    grant.save()
    assert "PHÓ HIỆU TRƯỞNG" not in read(done)


def test_office_by_days_confirmation_and_rank(school, cast):
    now, today = timezone.now(), timezone.localdate()
    assert office_of(cast.principal, now) is Role.PRINCIPAL
    assert office_of(cast.vice_principal, now) is Role.VICE_PRINCIPAL
    assert office_of(cast.it_staff, now) is None
    assert office_of(cast.vice_principal, now - timedelta(days=31)) is None
    later = Decision.objects.create(number="13/QĐ", issued_on=today, signer="UBND")
    grant = Grant.objects.create(
        person=cast.vice_principal, role=Role.PRINCIPAL, decision=later, valid_from=today, granted_by=cast.it_staff
    )
    assert office_of(cast.vice_principal, now) is Role.VICE_PRINCIPAL
    grant.confirmed_by, grant.confirmed_at = cast.stranger, now
    grant.save()
    assert office_of(cast.vice_principal, now) is Role.PRINCIPAL
