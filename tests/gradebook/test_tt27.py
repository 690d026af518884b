"""Books of primary school: levels and tests in whole marks (Circular 27/2020), guarded and corrected like scores (G2, G7)."""

import pytest
from django.urls import reverse

from gradebook import services
from gradebook.assessment import tt27
from gradebook.models import CorrectionRequest, Gradebook, Score
from gradebook.selectors.corrections import rows_of, with_names
from gradebook.selectors.grid import grid
from gradebook.selectors.paper import paper_of
from gradebook.services import CellStatus, act_as
from registry.models import (
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GradeScheme,
    School,
    SchoolClass,
    Student,
    Subject,
    TeachingAssignment,
)
from tests.gradebook.test_corrections import sent
from tests.gradebook.test_guard import close, refusal, type_into
from tests.support import again, column, forget_actor, fresh, pupils_of

MATHS, MUSIC = ("TOAN", "score"), ("AN", "comment")


def open_book(school, cast, subject, assessment, grade) -> Gradebook:
    """The book of a primary class of this grade, taught by the teacher."""
    year = school.year
    GradeScheme.objects.get_or_create(school_year=year, grade=grade, defaults={"scheme": "TT27"})
    found, _ = Subject.objects.get_or_create(code=subject, defaults={"name": subject, "short_name": subject})
    item = CurriculumItem.objects.create(
        school_year=year, grade=grade, subject=found, periods=105, assessment=assessment
    )
    place, is_new = SchoolClass.objects.get_or_create(school_year=year, name=f"{grade}A", grade=grade)
    if is_new:
        for number, name in enumerate(["Nguyễn Văn Bé", "Trần Thị Na"], start=1):
            pupil = Student.objects.create(full_name=name, moet_id=f"{grade}{number:05d}")
            Enrollment.objects.create(student=pupil, school_class=place, roll_no=number, enrolled_on=year.starts_on)
    taught = ClassSubject.objects.create(school_class=place, item=item)
    TeachingAssignment.objects.create(
        teacher=cast.teacher, class_subject=taught, decision=school.decision, valid_from=year.starts_on
    )
    [book] = services.open_gradebooks(class_subjects=[taught], term=school.term, by=cast.it_staff)
    forget_actor()
    return fresh(book)


@pytest.fixture
def primary(school, cast):
    """Maths of class 4A."""
    return open_book(school, cast, *MATHS, grade=4)


@pytest.mark.parametrize(
    ("subject", "assessment", "grade", "columns"),
    [
        (*MATHS, 4, "MD1 GK MD2 CK"),
        ("TV", "score", 5, "MD1 GK MD2 CK"),
        (*MATHS, 3, "MD1 MD2 CK"),
        ("KH", "score", 5, "MD1 MD2 CK"),
        (*MUSIC, 5, "MD1 MD2"),
    ],
)
def test_books_have_the_columns_of_the_circular(school, cast, subject, assessment, grade, columns):
    """G2, Điều 7 khoản 1: levels in every subject, tests in tested ones, mid-term tests in two subjects of grades 4 and 5."""
    book = open_book(school, cast, subject, assessment, grade)
    found = [each.code for each in book.columns.order_by("position")]
    assert " ".join(found) == f"{columns} NX1 NX2"


def test_books_of_secondary_grades_are_as_before(school, cast, books):
    assert not Gradebook.objects.filter(columns__kind="MD").exists()


@pytest.mark.parametrize("typed", ["t", "H", "c", "v", ""])
def test_levels_are_typed_as_letters(primary, cast, typed):
    assert type_into(primary, "MD1", typed, cast.teacher).status == CellStatus.SAVED


@pytest.mark.parametrize(
    ("code", "typed", "words"),
    [
        ("MD1", "8", "Gõ t, h hoặc c"),
        ("MD1", "đ", "Gõ t, h hoặc c"),
        ("GK", "7,5", "số nguyên"),
        ("GK", "t", "số nguyên từ 0 đến 10"),
        ("GK", "11", "từ 0 đến 10"),
    ],
)
def test_other_values_are_refused_with_words(primary, cast, code, typed, words):
    result = type_into(primary, code, typed, cast.teacher)
    assert result.status == CellStatus.INVALID
    assert words in services.refusal(result, column(primary, code), typed)


@pytest.mark.parametrize(
    ("code", "wrong"), [("MD1", "D"), ("MD1", "8"), ("MD1", "K"), ("GK", "7.5"), ("GK", "T"), ("GK", "K")]
)
def test_the_guard_refuses_them_by_any_path(primary, cast, code, wrong):
    type_into(primary, code, "h" if code == "MD1" else "8", again(cast.teacher))
    act_as(cast.teacher)
    assert refusal(lambda: Score.objects.update(code=wrong)) == "GB004"


def test_the_result_is_the_level_at_the_end(primary, cast):
    type_into(primary, "MD1", "t", cast.teacher)
    assert grid(primary).rows[0].average.text == ""
    type_into(primary, "MD2", "h", cast.teacher)
    assert grid(primary).rows[0].average.text == "H"
    type_into(primary, "MD2", "v", cast.teacher, version=1)
    assert grid(primary).rows[0].average.text == ""


def test_the_page_shows_keys_for_letters_and_no_average(primary, cast, client):
    client.force_login(cast.teacher, "accounts.backends.SignInBackend")
    shown = client.get(reverse("gradebook:gradebook_detail", args=[primary.pk])).content.decode()
    assert 'data-profile="LEVEL"' in shown
    assert 'data-profile="WHOLE"' in shown
    assert 'inputmode="text"' in shown
    assert "ĐTBmhk" not in shown.split("<table", 1)[1].split("</thead>")[0]
    assert 'id="quick"' not in shown


def test_a_closed_level_is_corrected_by_petition(primary, cast):
    """G7: primary classes correct their own kinds."""
    School.objects.update(level="primary")
    type_into(primary, "MD2", "h", cast.teacher)
    close(primary, "MD2", by=cast.vice_principal)
    petition = sent(primary, cast.teacher, text="t", code="MD2")
    [row] = rows_of(petition)
    assert (row.old, row.new, row.effect.before, row.effect.after, row.effect.is_average) == ("H", "T", "H", "T", False)
    assert row.effect.level_after is None
    services.approve_correction(correction=petition, revision=petition.revision, by=cast.vice_principal)
    assert Score.objects.get(column=column(primary, "MD2"), student=pupils_of(primary)[0]).code == "T"
    paper = paper_of(with_names(CorrectionRequest.objects.filter(pk=petition.pk)).get())
    assert [(str(line.label), line.cells[0].column) for line in paper.rows] == [("Mức đạt được", "Mức đạt cuối kỳ")]


def test_level_of_the_term():
    assert [tt27.term_level(code) for code in ("T", "H", "C", "", "V")] == ["T", "H", "C", None, None]
