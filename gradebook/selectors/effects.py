"""What a change of cells does to a pupil's term: the average of the subject, the marks it passes, the study level."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gradebook.assessment import tt22
from gradebook.models import CorrectionItem, Gradebook, Score, ScoreColumn
from gradebook.selectors.grid import Average, Cell, row_average
from schoolops.lib.scores import format_score, tenths_of

Takes = ScoreColumn.Assessment
# Averages at which a level of Điều 9 begins, in tenths.
MARKS = (35, 50, 65, 80)
RESULTS = {"D": tt22.CommentResult.PASS, "CD": tt22.CommentResult.NOT_PASS}

Cells = Mapping[int, Cell]


@dataclass(frozen=True)
class Effect:
    """Before and after, as written at school: an average, or the result of a subject without one.

    `crosses` is a mark between the two averages, "8,0".
    """

    before: str
    after: str
    is_average: bool
    is_provisional: bool
    crosses: str
    level_before: tt22.Level | None
    level_after: tt22.Level | None

    @property
    def level_before_label(self) -> str:
        return _label(self.level_before)

    @property
    def level_after_label(self) -> str:
        return _label(self.level_after)

    @property
    def changes_level(self) -> bool:
        return self.level_before != self.level_after


LEVELS = {
    tt22.Level.GOOD: _("Tốt"),
    tt22.Level.FAIR: _("Khá"),
    tt22.Level.PASS: _("Đạt"),
    tt22.Level.NOT_PASS: _("Chưa đạt"),
}


def _label(level: tt22.Level | None) -> str:
    return str(LEVELS[level]) if level is not None else gettext("chưa xếp")


def effects_of(gradebook: Gradebook, items: Iterable[CorrectionItem]) -> dict[int, Effect]:
    """By pupil, from all books of the class in the term: two queries for any number of pupils.

    The level is None while a subject has no result yet.
    """
    old: dict[int, dict[int, Cell]] = {}
    new: dict[int, dict[int, Cell]] = {}
    for item in items:
        old.setdefault(item.student_id, {})[item.column_id] = Cell(item.old_code, 0, item.old_makeup)
        new.setdefault(item.student_id, {})[item.column_id] = Cell(item.new_code, 0, item.new_makeup)
    books = _columns(gradebook)
    held = _cells(books, new)
    # The petition's own old values, so that the page says the same after the change was made.
    return {
        student: _effect(gradebook.pk, books, {**held.get(student, {}), **old[student]}, changes)
        for student, changes in new.items()
    }


def _columns(gradebook: Gradebook) -> dict[int, list[ScoreColumn]]:
    """The columns of every book of the class in the term, by book."""
    found: dict[int, list[ScoreColumn]] = {}
    columns = ScoreColumn.objects.of_scores().filter(
        gradebook__term=gradebook.term_id,
        gradebook__class_subject__school_class=gradebook.class_subject.school_class_id,
    )
    for column in columns.order_by("gradebook_id", "position"):
        found.setdefault(column.gradebook_id, []).append(column)
    return found


def _cells(books: Mapping[int, list[ScoreColumn]], students: Iterable[int]) -> dict[int, dict[int, Cell]]:
    columns = [column.pk for listed in books.values() for column in listed]
    held: dict[int, dict[int, Cell]] = {}
    for student, column, code in Score.objects.filter(column__in=columns, student__in=list(students)).values_list(
        "student_id", "column_id", "code"
    ):
        held.setdefault(student, {})[column] = Cell(code)
    return held


def _effect(book: int, books: Mapping[int, list[ScoreColumn]], held: Cells, changes: Cells) -> Effect:
    changed = {**held, **changes}
    before, after = row_average(books[book], held), row_average(books[book], changed)
    return Effect(
        before=format_score(before.text),
        after=format_score(after.text),
        is_average=books[book][0].assessment == Takes.SCORE,
        is_provisional=after.is_provisional or before.is_provisional,
        crosses=_crossed(before, after),
        level_before=_level(books, held),
        level_after=_level(books, changed),
    )


def _crossed(before: Average, after: Average) -> str:
    old, new = tenths_of(before.text), tenths_of(after.text)
    if old is None or new is None:
        return ""
    between = [mark for mark in MARKS if min(old, new) < mark <= max(old, new)]
    return f"{between[-1] // 10},{between[-1] % 10}" if between else ""


def _level(books: Mapping[int, list[ScoreColumn]], cells: Cells) -> tt22.Level | None:
    """Kết quả học tập of the term; Circular 27 knows none."""
    if any(columns[0].assessment == Takes.LEVEL for columns in books.values()):
        return None
    averages: dict[str, int | None] = {}
    comments: dict[str, tt22.CommentResult | None] = {}
    for book, columns in books.items():
        result = row_average(columns, {column.pk: cells[column.pk] for column in columns if column.pk in cells})
        if columns[0].assessment == Takes.COMMENT:
            comments[str(book)] = RESULTS.get(result.text)
        else:
            averages[str(book)] = None if result.is_provisional else tenths_of(result.text)
    study = tt22.study_level(averages, comments)
    return study.level if study else None
