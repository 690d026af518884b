"""The grade books with their past: typed by the teachers on past evenings, taken over as an import that says so."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import User
from gradebook import services
from gradebook.models import Gradebook, Score, ScoreColumn
from registry.models import ClassSubject, CurriculumItem, Student
from schoolops.home.demo import progress, scoring
from schoolops.home.demo.people import Staff
from schoolops.home.demo.plan import Plan
from schoolops.home.demo.progress import Stage, State
from schoolops.home.demo.school import Campus
from schoolops.home.demo.timetable import Timetable
from schoolops.lib.scores import EMPTY

MAKEUP_AFTER = timedelta(days=6)
CONFIRMED_AFTER = timedelta(hours=12)


@dataclass
class Past:
    """What goes into writing one book after the other."""

    plan: Plan
    stage: Stage
    scores: int = 0
    confirmed: dict[User, list[ScoreColumn]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Book:
    """One book with its teacher, its pupils in roll order and what they can in this subject."""

    class_subject: ClassSubject
    columns: Sequence[ScoreColumn]
    teacher: User
    pupils: Sequence[Student]
    talents: Sequence[float]
    rng: random.Random


def open_and_fill(
    *, plan: Plan, campus: Campus, staff: Staff, timetable: Timetable, pupils: dict[int, list[Student]], stage: Stage
) -> int:
    """Open the term's books, write their past, confirm what the teachers have read back. Returns how many scores."""
    opened = services.open_gradebooks(class_subjects=campus.class_subjects, term=campus.term, by=staff["phohieutruong"])
    past = Past(plan, stage)
    columns = _columns_by_book(opened)
    general = {
        school_class.pk: scoring.abilities(plan.rng(f"ability {school_class.name}"), len(pupils[school_class.pk]))
        for school_class in campus.classes
    }
    for gradebook in opened:
        found = gradebook.class_subject
        cell = (found.school_class.name, found.item.subject.code)
        rng = plan.rng(f"book {cell}")
        talents = scoring.in_subject(rng, general[found.school_class_id])
        teacher = staff[timetable.teaching[cell]]
        _write(Book(found, columns[gradebook.pk], teacher, pupils[found.school_class_id], talents, rng), past)
    _confirm(past)
    return past.scores


def _columns_by_book(opened: list[Gradebook]) -> dict[int, list[ScoreColumn]]:
    columns = defaultdict(list)
    for column in ScoreColumn.objects.of_scores().filter(gradebook__in=opened).order_by("gradebook", "position"):
        columns[column.gradebook_id].append(column)
    return columns


def _write(book: Book, past: Past) -> None:
    """Each column as far as its state says."""
    found = book.class_subject
    regular = sum(column.kind == ScoreColumn.Kind.REGULAR for column in book.columns)
    for column in book.columns:
        key = (found.school_class.name, found.item.subject.code, column.code)
        state = past.stage.fixed.get(key) or progress.state_of(
            book.rng, grade=found.school_class.grade, code=column.code, regular=regular
        )
        if state.share:
            _fill(book, column, state, past)


def _fill(book: Book, column: ScoreColumn, state: State, past: Past) -> None:
    """Type the column as an import of one past evening; make-up tests follow on a later one."""
    typed = _typed(book, column, state, past.stage)
    claimed_at = past.plan.past_evening(book.rng.randint(*state.days), book.rng)
    cells = {
        row: Score(column=column, student=pupil, code=code, entered_by=book.teacher, entered_at=claimed_at)
        for row, (pupil, code) in enumerate(zip(book.pupils, typed.codes, strict=True))
        if code != EMPTY
    }
    services.act_as(book.teacher, claimed_at=claimed_at)
    Score.objects.bulk_create(cells.values())
    past.scores += len(cells)
    later = claimed_at + MAKEUP_AFTER
    if typed.makeups and later < past.plan.moment(0, 0):
        _make_up(cells, typed.makeups, book.teacher, later)
    if typed.is_complete and book.rng.random() < state.confirmed:
        column.confirmed_by, column.confirmed_at = book.teacher, claimed_at + CONFIRMED_AFTER
        past.confirmed[book.teacher].append(column)


def _typed(book: Book, column: ScoreColumn, state: State, stage: Stage) -> scoring.Typed:
    found = book.class_subject
    is_shifted = (found.school_class.name, found.item.subject.code) == (stage.shifted, progress.SHIFTED)
    typed = scoring.type_column(
        book.rng,
        book.talents,
        kind=column.kind,
        is_comment=column.assessment == CurriculumItem.Assessment.COMMENT,
        share=state.share,
        has_absence=not is_shifted,
    )
    if is_shifted and column.code == progress.SHIFTED_COLUMN:
        return scoring.Typed(scoring.slide_down(typed.codes, len(typed.codes) // 4), {})
    return typed


def _make_up(cells: dict[int, Score], makeups: dict[int, str], teacher: User, at: datetime) -> None:
    for row, code in makeups.items():
        cells[row].code, cells[row].is_makeup, cells[row].entered_at = code, True, at
    services.act_as(teacher, claimed_at=at)
    Score.objects.bulk_update([cells[row] for row in makeups], ["code", "is_makeup", "entered_at"])


def _confirm(past: Past) -> None:
    """Each teacher's confirmations in one write: the service would ask ten questions a column."""
    for teacher, columns in past.confirmed.items():
        services.act_as(teacher)
        ScoreColumn.objects.bulk_update(columns, ["confirmed_by", "confirmed_at"])
