"""Saving cells, confirming columns, opening books: what people may expect of each (G1, G2, G3)."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from gradebook import permissions, services
from gradebook.models import Gradebook, Score, ScoreColumn
from gradebook.selectors.grid import averages_of, grid
from gradebook.services import CellChange, CellStatus
from registry.models import Enrollment, TeachingAssignment
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, column, forget_actor, pupils_of


def save(book, by, code, *texts, quick=False, version=None, operation=None, start=0):
    """Type texts down a column."""
    chosen = column(book, code)
    changes = [
        CellChange(chosen.pk, pupil.pk, text, version=version, quick=quick, operation=operation)
        for pupil, text in zip(pupils_of(book)[start:], texts, strict=False)
    ]
    return services.save_cells(gradebook=book, changes=changes, by=by)


def codes(book, code):
    held = dict(Score.objects.filter(column=column(book, code)).values_list("student_id", "code"))
    return [held.get(pupil.pk, "") for pupil in pupils_of(book)]


def test_books_have_the_columns_of_the_circular(books):
    """G2: 4 regular columns for 140 periods, 2 for a comment subject, one mid-term, one end-of-term; G4: two of remarks."""
    kinds = {name: "".join(f"{c.code} " for c in book.columns.order_by("position")) for name, book in books.items()}
    assert kinds["TOAN 7A1"] == "TX1 TX2 TX3 TX4 GK CK NX1 NX2 "
    assert kinds["GDTC 7A1"] == "TX1 TX2 GK CK NX1 NX2 "


def test_opening_twice_opens_nothing_new(school, books, cast):
    again_opened = services.open_gradebooks(
        class_subjects=school.class_subjects.values(), term=school.term, by=cast.it_staff
    )
    assert again_opened == []
    assert Gradebook.objects.count() == len(books)


def test_mixed_styles_of_one_column(maths, cast):
    results = save(maths, cast.teacher, "TX1", "7,5", "80", "6.5", "10", "V", quick=True)
    assert [result.status for result in results] == [CellStatus.SAVED] * 5
    assert codes(maths, "TX1") == ["7.5", "8", "6.5", "10", "V"]


@pytest.mark.parametrize(
    ("text", "quick", "error", "offer"),
    [
        ("11", False, "range", None),
        ("7,25", True, "decimals", "7.3"),
        ("abc", True, "unreadable", None),
        ("-1", True, "unreadable", None),
        ("M", True, "exempt", None),
    ],
)
def test_bad_input_is_answered_and_changes_nothing(maths, cast, text, quick, error, offer):
    save(maths, cast.teacher, "TX1", "6")
    [result] = save(maths, cast.teacher, "TX1", text, quick=quick)
    assert (result.status, result.error, result.offer) == (CellStatus.INVALID, error, offer)
    assert codes(maths, "TX1")[0] == "6"


def test_one_bad_cell_does_not_hold_up_the_others(maths, cast):
    results = save(maths, cast.teacher, "TX1", "7", "abc", "9")
    assert [result.status for result in results] == ["saved", "invalid", "saved"]
    assert codes(maths, "TX1")[:3] == ["7", "", "9"]


def test_stale_version_is_a_conflict_with_both_sides(maths, cast):
    save(maths, cast.teacher, "TX1", "7")
    [result] = save(maths, cast.teacher, "TX1", "8", version=0)
    assert (result.status, result.code, result.version) == (CellStatus.CONFLICT, "7", 1)
    assert result.other == cast.teacher.get_short_name()
    assert result.other_at is not None
    [result] = save(maths, cast.teacher, "TX1", "8", version=1)
    assert (result.status, result.code, result.version) == (CellStatus.SAVED, "8", 2)


def test_same_operation_twice_is_one_event(maths, cast):
    operation = uuid.uuid4()
    save(maths, cast.teacher, "TX1", "7", version=0, operation=operation)
    [result] = save(maths, cast.teacher, "TX1", "7", version=0, operation=operation)
    assert (result.status, result.version) == (CellStatus.SAVED, 1)
    assert maths.events.filter(payload__contains='"op": "SET"').count() == 1


def test_same_value_again_is_no_change(maths, cast):
    save(maths, cast.teacher, "TX1", "7")
    save(maths, cast.teacher, "TX1", "7,0", version=1)
    assert maths.events.filter(payload__contains='"op": "SET"').count() == 1


def test_value_after_v_is_the_make_up_test(maths, cast):
    save(maths, cast.teacher, "GK", "V")
    save(maths, cast.teacher, "GK", "6,5", version=1)
    cell = Score.objects.get(column=column(maths, "GK"))
    assert (cell.code, cell.is_makeup) == ("6.5", True)
    save(maths, cast.teacher, "GK", "", version=2)
    cell.refresh_from_db()
    assert (cell.code, cell.is_makeup) == ("", False)


def test_pupil_of_another_class_and_foreign_column_are_unknown(maths, books, cast):
    foreign_pupil = pupils_of(books["TOAN 7A2"])[0]
    foreign_column = column(books["TOAN 7A2"], "TX1")
    changes = [
        CellChange(column(maths, "TX1").pk, foreign_pupil.pk, "9"),
        CellChange(foreign_column.pk, pupils_of(maths)[0].pk, "9"),
    ]
    results = services.save_cells(gradebook=maths, changes=changes, by=cast.teacher)
    assert [result.status for result in results] == [CellStatus.UNKNOWN] * 2
    assert not Score.objects.exists()


def test_pupil_who_left_takes_no_score(maths, cast):
    pupil = pupils_of(maths)[0]
    Enrollment.objects.filter(student=pupil).update(left_on=timezone.localdate())
    [result] = save(maths, cast.teacher, "TX1", "9")
    assert result.status == CellStatus.UNKNOWN


@pytest.mark.parametrize(
    "who", ["other_teacher", "homeroom_teacher", "subject_head", "vice_principal", "principal", "it_staff", "parent"]
)
def test_only_the_assigned_teacher_writes(maths, cast, who):
    """G1, A6: leaders read, IT staff administer; neither enters a score."""
    with pytest.raises(PermissionDenied, match="Trần Thị Lan"):
        save(maths, getattr(cast, who), "TX1", "9")


def test_ended_assignment_is_refused_at_the_next_request(maths, cast):
    TeachingAssignment.objects.filter(teacher=cast.teacher).update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(PermissionDenied):
        save(maths, again(cast.teacher), "TX1", "9")


def test_future_assignment_gives_nothing_yet(maths, cast):
    TeachingAssignment.objects.filter(teacher=cast.teacher).update(valid_from=timezone.localdate() + timedelta(days=1))
    with pytest.raises(PermissionDenied):
        save(maths, again(cast.teacher), "TX1", "9")


def test_import_is_marked_with_the_moment_that_it_claims(maths, cast):
    claimed = timezone.now() - timedelta(days=20)
    changes = [CellChange(column(maths, "TX1").pk, pupils_of(maths)[0].pk, "9")]
    services.save_cells(gradebook=maths, changes=changes, by=cast.teacher, claimed_at=claimed)
    assert maths.events.filter(payload__contains='"op": "IMPORT"').count() == 1


def test_averages_are_provisional_until_the_circular_has_one(maths, cast):
    """G3: the same weights over what exists, marked; the circular's own when every cell is there."""
    pupil = pupils_of(maths)[0]
    for code, text in [("TX1", "8"), ("TX2", "7"), ("TX3", "9"), ("TX4", "8"), ("GK", "7,5")]:
        save(maths, cast.teacher, code, text)
    average = averages_of(maths, [pupil.pk])[pupil.pk]
    assert (average.text, average.is_provisional) == ("7.8", True)
    save(maths, cast.teacher, "CK", "8")
    average = averages_of(maths, [pupil.pk])[pupil.pk]
    assert (average.text, average.is_provisional) == ("7.9", False)
    assert grid(maths).rows[0].average == average


def test_comment_subject_has_a_result_only_when_complete(books, cast):
    book = books["GDTC 7A1"]
    for code, text in [("TX1", "đ"), ("TX2", "đ"), ("GK", "c")]:
        save(book, cast.teacher, code, text)
    assert grid(book).rows[0].average.text == ""
    save(book, cast.teacher, "CK", "đ")
    assert grid(book).rows[0].average.text == "CD"


def test_confirming_needs_every_cell(maths, cast):
    save(maths, cast.teacher, "TX1", "7", "8", "9", "6")
    with pytest.raises(TransitionDenied, match="còn thiếu 1 điểm"):
        services.confirm_column(column=column(maths, "TX1"), by=cast.teacher)
    save(maths, cast.teacher, "TX1", "V", start=4)
    confirmed = services.confirm_column(column=column(maths, "TX1"), by=cast.teacher)
    assert confirmed.confirmed_by == cast.teacher
    assert maths.events.filter(payload__contains='"op": "CONFIRM"').count() == 1


def test_only_its_teacher_confirms(maths, cast):
    with pytest.raises(PermissionDenied):
        services.confirm_column(column=column(maths, "TX1"), by=cast.principal)


def test_closed_column_is_not_confirmed(maths, cast):
    save(maths, cast.teacher, "TX1", "7", "8", "9", "6", "5")
    services.act_as(cast.principal)
    ScoreColumn.objects.filter(pk=column(maths, "TX1").pk).update(closes_at=timezone.now())
    forget_actor()
    with pytest.raises(TransitionDenied, match="đã khóa"):
        services.confirm_column(column=column(maths, "TX1"), by=cast.teacher)


def test_roll_number_is_frozen_once_a_book_is_open(maths, cast):
    from django.db import DatabaseError, transaction

    row = Enrollment.objects.filter(school_class=maths.class_subject.school_class).first()
    row.roll_no = 99
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        row.save()
    row.refresh_from_db()
    row.left_on = timezone.localdate()
    row.save()


PEOPLE = [
    "teacher",
    "other_teacher",
    "homeroom_teacher",
    "subject_head",
    "vice_principal",
    "principal",
    "it_staff",
    "parent",
]


@pytest.mark.parametrize("who", PEOPLE)
def test_seeing_one_book_and_listing_the_visible_ones_agree(books, cast, who):
    """One rule asked in two ways: on this object, and which objects."""
    user = again(getattr(cast, who))
    listed = set(permissions.visible_gradebooks(user).values_list("pk", flat=True))
    assert {book.pk for book in books.values() if permissions.can_see(user, book)} == listed
