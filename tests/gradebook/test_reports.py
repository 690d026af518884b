"""R7: forms with results: only what closed and complete books say, never a provisional average."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gradebook.models import LockException, ScoreColumn
from gradebook.selectors.reports import RESULTS, SUMMARY
from gradebook.selectors.reports.results import results_of
from gradebook.services import act_as
from registry.models import Enrollment, Period, Student
from registry.reporting import Ask
from schoolops.lib.clock import db_now
from tests.gradebook.test_guard import type_into
from tests.support import forget_actor, pupils_of

pytestmark = pytest.mark.django_db
MATHS = ("TX1", "TX2", "TX3", "TX4", "GK", "CK")


def ask(school, period=Period.TERM1):
    return Ask(school.year, period, db_now())


def fill(book, text, by, *, columns=MATHS, pupils=5):
    for code in columns:
        for pupil in range(pupils):
            type_into(book, code, text, by, pupil)


def close_book(book, by):
    act_as(by)
    ScoreColumn.objects.filter(gradebook=book).update(closes_at=timezone.now() - timedelta(minutes=1))
    forget_actor()


def row_of(drawing, student, sheet=0, place=2):
    return next(row for row in drawing.sheets[sheet].rows if row[place] == student.moet_id)


@pytest.fixture
def filled(maths, cast):
    """Every cell of maths in 7A1 is there; the book is still open."""
    fill(maths, "8", cast.teacher)
    return maths


def test_an_open_book_leaves_its_cells_empty_and_is_named(filled, school):
    """R7: complete is not enough while somebody can still write."""
    drawing = RESULTS.draw(ask(school))
    pupil = pupils_of(filled)[0]
    assert row_of(drawing, pupil)[5] == ""
    [told] = [found for found in drawing.problems if found.pk == filled.pk]
    assert "chưa khóa" in told.what
    assert told.page == "gradebook:gradebook_detail"


def test_a_closed_and_complete_book_gives_numbers(filled, school, cast):
    """R7: the average of the circular, as a number; the other subjects stay empty."""
    close_book(filled, cast.vice_principal)
    drawing = RESULTS.draw(ask(school))
    row = row_of(drawing, pupils_of(filled)[0])
    assert row[5] == Decimal("8")
    assert row[6:8] == ("", "")
    assert not [found for found in drawing.problems if found.pk == filled.pk]


def test_a_closed_book_with_a_missing_cell_gives_no_provisional_average(maths, school, cast):
    """R7: one score is missing, the book has closed: the cell is empty and the page says of how many pupils."""
    fill(maths, "8", cast.teacher)
    type_into(maths, "CK", "", cast.teacher, 1, version=1)
    close_book(maths, cast.vice_principal)
    drawing = RESULTS.draw(ask(school))
    first, second, *_others = pupils_of(maths)
    assert row_of(drawing, first)[5] == Decimal("8")
    assert row_of(drawing, second)[5] == ""
    [told] = [found for found in drawing.problems if found.pk == maths.pk]
    assert "1 em" in told.what


def test_a_column_that_is_not_open_yet_or_open_again_is_not_closed(filled, school, cast):
    """R7: neither the end-of-term column that waits for its day, nor one that a leader opened for a day."""
    close_book(filled, cast.vice_principal)
    final = ScoreColumn.objects.filter(gradebook=filled, kind="CK")
    act_as(cast.vice_principal)
    now = timezone.now()
    final.update(opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=2))
    forget_actor()
    assert results_of(ask(school)).classes[0].codes == {}
    act_as(cast.vice_principal)
    final.update(opens_at=None, closes_at=now - timedelta(minutes=1))
    LockException.objects.create(
        column=final.get(),
        opens_at=now - timedelta(minutes=5),
        closes_at=now + timedelta(hours=1),
        reason="ốm",
        created_by=cast.vice_principal,
    )
    forget_actor()
    assert results_of(ask(school)).classes[0].codes == {}


def test_the_study_level_waits_for_every_subject(books, school, cast):
    """R7, Điều 9: with all books closed and complete the level is there; with one open it is not."""
    by = {"TOAN 7A1": cast.teacher, "NV 7A1": cast.other_teacher, "GDTC 7A1": cast.teacher}
    for name, teacher in by.items():
        book = books[name]
        codes = [column.code for column in book.columns.of_scores()]
        fill(book, "8,5" if name != "GDTC 7A1" else "Đ", teacher, columns=codes)
    for name in ("TOAN 7A1", "NV 7A1"):
        close_book(books[name], cast.vice_principal)
    pupil = pupils_of(books["TOAN 7A1"])[0]
    assert row_of(RESULTS.draw(ask(school)), pupil)[8] == ""
    close_book(books["GDTC 7A1"], cast.vice_principal)
    row = row_of(RESULTS.draw(ask(school)), pupil)
    assert row[5:8] == (Decimal("8.5"), Decimal("8.5"), "Đ")
    # Two scored subjects are fewer than the six that Điều 9 wants at 8,0 or 6,5 for Tốt or Khá.
    assert row[8] == "Chưa đạt"
    assert row[9] == ""


def test_the_year_needs_both_terms(filled, school, cast):
    """R7: with a book of the first term alone nothing of the year is written, and the second is named."""
    close_book(filled, cast.vice_principal)
    drawing = RESULTS.draw(ask(school, Period.YEAR))
    assert row_of(drawing, pupils_of(filled)[0])[5] == ""
    assert any("học kỳ 2" in found.who and "chưa mở sổ" in found.what for found in drawing.problems)


def test_the_summary_sheet_is_the_one_of_vnedu(filled, school, cast):
    """R7: titles, headings and the row below them as vnEdu writes and reads them; "-" where nothing holds yet."""
    close_book(filled, cast.vice_principal)
    drawing = SUMMARY.draw(ask(school))
    sheet = drawing.sheets[0]
    assert sheet.title == "7A1"
    year = school.year.code.replace("-", " - ")
    assert sheet.above == ("BẢNG TỔNG HỢP KẾT QUẢ GIÁO DỤC Khối 7 - Lớp 7A1 - (Học kỳ 1)", f"NĂM HỌC {year}")
    headings, below = sheet.headings
    assert headings[:5] == ("STT", "Mã học sinh", "Số định danh cá nhân", "Họ và tên", "Ngày sinh")
    assert headings[5:13] == ("Toán", "LS&ĐL", "KHTN", "Tin", "Văn", "Ng.ngữ", "GDCD", "C.nghệ")
    assert headings[13:17] == ("GDTC", "Nghệ thuật", "NDGDCĐP", "HĐTN&HN")
    assert headings[17:] == ("Kết quả học tập", "Kết quả rèn luyện", "Buổi nghỉ", "", "", "Ghi chú")
    assert below[5:17] == ("(HS 1)",) * 8 + ("(N.xét)",) * 4
    assert below[19:22] == ("P", "K", "Tổng")
    row = row_of(drawing, pupils_of(filled)[0], place=1)
    assert row[5] == Decimal("8")
    assert set(row[6:22]) == {"-"}


def test_a_score_of_nothing_is_a_nought_and_no_dash(maths, school, cast):
    """R7: 0 is a result."""
    fill(maths, "0", cast.teacher)
    close_book(maths, cast.vice_principal)
    assert row_of(SUMMARY.draw(ask(school)), pupils_of(maths)[0], place=1)[5] == Decimal(0)


def test_subjects_without_a_column_are_named(filled, school):
    """R7: a form that cannot say something says that it cannot."""
    subject = filled.class_subject.item.subject
    subject.code = "TOANTC"
    subject.save()
    assert any("không có cột" in found.what for found in SUMMARY.draw(ask(school)).problems)


def test_results_cost_the_same_queries_for_any_number(filled, school):
    def count():
        with CaptureQueriesContext(connection) as found:
            RESULTS.draw(ask(school))
        return len(found)

    before = count()
    for number in range(20):
        student = Student.objects.create(full_name="Lê Văn Bình", moet_id=f"88{number:04d}")
        Enrollment.objects.create(
            student=student, school_class=school.classes["7A1"], roll_no=100 + number, enrolled_on=school.year.starts_on
        )
    assert count() == before <= 10
