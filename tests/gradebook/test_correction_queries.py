"""Pages of petitions cost the same for a few cells or petitions and for many, and no more than fifteen queries (design.md §8)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gradebook import services
from tests.gradebook.test_corrections import draft, sent
from tests.gradebook.test_guard import close
from tests.gradebook.test_queries import FEW, MANY, assert_equal, fill, queries, summary
from tests.support import again, build_school, column, forget_actor, fresh, pupils_of

# More cells than the sample of a batch.
BATCH = 8


@pytest.fixture
def school(db):
    return build_school(pupils=BATCH + MANY)


@pytest.fixture
def book(maths, cast):
    """Maths 7A1, every cell filled, the mid-term column closed."""
    fill(maths, cast.teacher)
    close(maths, "GK", by=cast.vice_principal)
    return fresh(maths)


def detail(petition):
    return reverse("gradebook:correction_detail", args=[petition.pk])


@pytest.mark.parametrize("who", ["teacher", "vice_principal"])
def test_a_batch(book, cast, who):
    few = sent(book, cast.teacher, text="8", pupils=range(BATCH))
    many = sent(book, cast.teacher, text="8", pupils=range(BATCH, BATCH + MANY))
    assert_equal(queries(getattr(cast, who), detail(few)), queries(getattr(cast, who), detail(many)))


@pytest.mark.parametrize("who", ["teacher", "vice_principal"])
def test_one_cell_among_few_events_and_many(book, cast, who):
    petition = sent(book, cast.teacher, text="8")
    few = queries(getattr(cast, who), detail(petition))
    for number in range(1, MANY):
        sent(book, cast.teacher, text="8", pupils=[number])
    assert_equal(few, queries(getattr(cast, who), detail(petition)))


def test_the_form(book, cast):
    few = draft(book, cast.teacher, text="8", pupils=range(FEW))
    many = draft(book, cast.teacher, text="8", pupils=range(FEW, MANY))
    page = "gradebook:correction_edit"
    assert_equal(
        queries(cast.teacher, reverse(page, args=[few.pk])), queries(cast.teacher, reverse(page, args=[many.pk]))
    )


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("teacher", "correction_list"),
        ("vice_principal", "correction_list"),
        ("vice_principal", "correction_report"),
    ],
)
def test_lists(book, cast, who, page):
    for number in range(FEW):
        sent(book, cast.teacher, text="8", pupils=[number])
    few = queries(getattr(cast, who), reverse(f"gradebook:{page}"))
    for number in range(FEW, MANY):
        sent(book, cast.teacher, text="8", pupils=[number])
    assert_equal(few, queries(getattr(cast, who), reverse(f"gradebook:{page}")))


def test_beginning_costs_the_same_for_two_cells_and_for_twenty(book, cast):
    def begin(pupils):
        cells = [(column(book, "GK").pk, pupils_of(book)[number].pk) for number in pupils]
        with CaptureQueriesContext(connection) as captured:
            services.start_correction(gradebook=book, cells=cells, by=again(cast.teacher))
        forget_actor()
        return summary(captured)

    assert_equal(begin(range(FEW)), begin(range(FEW, MANY)), budget=18)
