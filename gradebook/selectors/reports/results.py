"""Results for papers that leave the school: of a pupil in a subject only what the circular has, of closed books alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from gradebook.assessment import tt22
from gradebook.models import Gradebook, LockException, Score, ScoreColumn
from gradebook.selectors.effects import LEVELS, RESULTS
from gradebook.selectors.grid import Average, Cell, row_average
from registry.models import ClassSubject, Enrollment, GradeScheme, Period, SchoolClass, Term
from registry.reporting import Ask, Problem
from schoolops.lib.scores import code_of, format_score, tenths_of
from schoolops.lib.workbooks import Value

T = TypeVar("T", ClassSubject, Enrollment)
# Pupil and class-subject.
Key = tuple[int, int]
TERMS_OF = {
    Period.TERM1: (Term.Number.FIRST,),
    Period.TERM2: (Term.Number.SECOND,),
    Period.YEAR: (Term.Number.FIRST, Term.Number.SECOND),
}


@dataclass(frozen=True)
class ClassResults:
    """One class: its pupils, its subjects, and what holds of each pupil in each."""

    school_class: SchoolClass
    places: list[Enrollment]
    subjects: list[ClassSubject]
    # Codes as in a book: "7.5", "D", "CD", "T"; a pupil without a result has none.
    codes: Mapping[Key, str]
    has_levels: bool

    def value(self, student: int, subject: ClassSubject) -> Value:
        """What stands in the cell of the form: a score as a number, a result as it is written at school."""
        code = self.codes.get((student, subject.pk), "")
        tenths = tenths_of(code)
        return Decimal(tenths) / 10 if tenths is not None else format_score(code)

    def level(self, student: int) -> str:
        """Kết quả học tập, once every subject of the class has a result; Circular 22 alone knows it."""
        if not self.has_levels or not self.subjects:
            return ""
        averages: dict[str, int | None] = {}
        comments: dict[str, tt22.CommentResult | None] = {}
        for subject in self.subjects:
            code = self.codes.get((student, subject.pk), "")
            if subject.item.assessment == "comment":
                comments[str(subject.pk)] = RESULTS.get(code)
            else:
                averages[str(subject.pk)] = tenths_of(code)
        study = tt22.study_level(averages, comments)
        return str(LEVELS[study.level]) if study else ""


@dataclass
class Results:
    """All classes of a year, and which books stand in the way."""

    classes: list[ClassResults]
    problems: list[Problem] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(len(found.places) for found in self.classes)


@dataclass
class _Books:
    """The books of the terms asked for: columns by book, which are closed, what they hold."""

    by_subject: dict[tuple[int, int], Gradebook]
    columns: dict[int, list[ScoreColumn]]
    open_books: set[int]
    cells: dict[tuple[int, int], dict[int, Cell]]
    # What was calculated so far, by book and pupil: the cells ask for it, and so does what is missing.
    finals: dict[tuple[int, int], str] = field(default_factory=dict)


def results_of(ask: Ask) -> Results:
    """The year's classes for the period asked; nine queries for any number of pupils."""
    numbers = TERMS_OF[ask.period]
    classes = list(SchoolClass.objects.filter(school_year=ask.year).order_by("sort_key"))
    subjects = _by_class(
        ClassSubject.objects.filter(school_class__school_year=ask.year)
        .select_related("item__subject", "school_class")
        .order_by("item__subject__position", "pk")
    )
    present = Enrollment.objects.present().filter(school_class__school_year=ask.year)
    places = _by_class(present.select_related("student", "school_class").order_by("roll_no"))
    schemes = dict(GradeScheme.objects.filter(school_year=ask.year).order_by().values_list("grade", "scheme"))
    books = _books(ask, numbers)
    results = Results([])
    for school_class in classes:
        taught, sitting = subjects.get(school_class.pk, []), places.get(school_class.pk, [])
        codes: dict[Key, str] = {}
        for subject in taught:
            codes |= _codes(books, subject, sitting, numbers)
            results.problems += _problems(books, subject, sitting, numbers)
        has_levels = schemes.get(school_class.grade) == GradeScheme.Scheme.TT22
        results.classes.append(ClassResults(school_class, sitting, taught, codes, has_levels))
    return results


def _by_class(rows: Iterable[T]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for row in rows:
        found.setdefault(row.school_class_id, []).append(row)
    return found


def _books(ask: Ask, numbers: Iterable[int]) -> _Books:
    books = Gradebook.objects.filter(term__school_year=ask.year, term__number__in=numbers).select_related("term")
    by_subject = {(book.class_subject_id, book.term.number): book for book in books.order_by("pk")}
    scored = ScoreColumn.objects.of_scores().filter(gradebook__in=[book.pk for book in by_subject.values()])
    columns: dict[int, list[ScoreColumn]] = {}
    for column in scored.order_by("gradebook_id", "position"):
        columns.setdefault(column.gradebook_id, []).append(column)
    cells: dict[tuple[int, int], dict[int, Cell]] = {}
    book_of = {column.pk: book for book, listed in columns.items() for column in listed}
    for student, column_id, code in (
        Score.objects.filter(column__in=scored)
        .exclude(code="")
        .order_by()
        .values_list("student_id", "column_id", "code")
    ):
        cells.setdefault((book_of[column_id], student), {})[column_id] = Cell(code)
    excepted = set(
        LockException.objects.filter(
            column__in=scored, ended_at=None, opens_at__lte=ask.at, closes_at__gt=ask.at
        ).values_list("column__gradebook_id", flat=True)
    )
    open_books = set() if ask.year.closed_at else excepted | _not_closed(columns, ask.at)
    return _Books(by_subject, columns, open_books, cells)


def _not_closed(columns: Mapping[int, list[ScoreColumn]], at: datetime) -> set[int]:
    """Books of which a column can still be written, or waits to be opened."""
    return {
        book
        for book, listed in columns.items()
        if any(column.closes_at is None or column.closes_at > at for column in listed)
    }


def _codes(books: _Books, subject: ClassSubject, sitting: list[Enrollment], numbers: Iterable[int]) -> dict[Key, str]:
    """What holds of these pupils in this subject; a missing or open book leaves every cell empty."""
    found = {}
    for place in sitting:
        by_term = [_final(books, subject, number, place.student_id) for number in numbers]
        if code := by_term[0] if len(by_term) == 1 else _of_the_year(by_term):
            found[place.student_id, subject.pk] = code
    return found


def _final(books: _Books, subject: ClassSubject, number: int, student: int) -> str:
    book = books.by_subject.get((subject.pk, number))
    if book is None or book.pk in books.open_books or book.pk not in books.columns:
        return ""
    key = book.pk, student
    if key not in books.finals:
        average: Average = row_average(books.columns[book.pk], books.cells.get(key, {}))
        books.finals[key] = "" if average.is_provisional else average.text
    return books.finals[key]


def _of_the_year(by_term: list[str]) -> str:
    """ĐTBmcn from the two terms; of a subject of comments the result of the second (Điều 9)."""
    first, second = by_term
    tenths = tt22.year_average(tenths_of(first), tenths_of(second))
    if tenths is not None:
        return code_of(tenths)
    return second if first and second and tenths_of(second) is None else ""


def _problems(
    books: _Books, subject: ClassSubject, sitting: list[Enrollment], numbers: Iterable[int]
) -> Iterator[Problem]:
    """Which books leave cells empty, and why."""
    for number in numbers:
        book = books.by_subject.get((subject.pk, number))
        who = _("%(book)s, học kỳ %(term)s") % {"book": subject, "term": number}
        if book is None:
            yield Problem(who, _("chưa mở sổ; các ô để trống"))
            continue
        if book.pk in books.open_books:
            what = _("sổ chưa khóa xong; các ô để trống, không lấy điểm tạm tính")
        else:
            missing = sum(not _final(books, subject, number, place.student_id) for place in sitting)
            what = _("sổ đã khóa nhưng %(count)s em chưa đủ điểm; ô của các em để trống") % {"count": missing}
            if not missing:
                continue
        yield Problem(who, what, "gradebook:gradebook_detail", book.pk, "gradebook.view_gradebook")
