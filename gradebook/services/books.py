"""Opening books and confirming columns."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from gradebook import permissions
from gradebook.assessment import tt22, tt27
from gradebook.models import Gradebook, ScoreColumn
from gradebook.selectors.history import changes_after_confirmation
from gradebook.selectors.windows import columns_of, is_writable, missing_cells
from gradebook.services.acting import act_as
from gradebook.services.locks import apply_calendar
from registry.models import ClassSubject, CurriculumItem, GradeScheme, Term
from schoolops.lib.clock import db_now
from schoolops.lib.workflow import TransitionDenied

Kind, Takes = ScoreColumn.Kind, ScoreColumn.Assessment


@transaction.atomic
def open_gradebooks(*, class_subjects: Iterable[ClassSubject], term: Term, by: User) -> list[Gradebook]:
    """Open the term's book of each class-subject with the columns that its circular demands (G2); books already open stay.

    `class_subjects` come with their `item` and its `subject`.
    """
    act_as(by)
    wanted = {class_subject.pk: class_subject for class_subject in class_subjects}
    opened = set(
        Gradebook.objects.filter(term=term, class_subject__in=wanted).values_list("class_subject_id", flat=True)
    )
    books = Gradebook.objects.bulk_create(
        [Gradebook(class_subject=class_subject, term=term) for pk, class_subject in wanted.items() if pk not in opened]
    )
    primary = set(
        GradeScheme.objects.filter(school_year=term.school_year, scheme=GradeScheme.Scheme.TT27).values_list(
            "grade", flat=True
        )
    )
    items = {book.pk: wanted[book.class_subject_id].item for book in books}
    ScoreColumn.objects.bulk_create(
        [
            column
            for book in books
            for column in _columns(book, items[book.pk], is_primary=items[book.pk].grade in primary)
        ]
    )
    apply_calendar(term=term, by=by)
    return books


def _columns(book: Gradebook, item: CurriculumItem, *, is_primary: bool) -> list[ScoreColumn]:
    """The columns of the circular, and two of remarks."""
    remarks = [(Kind.REMARK, ordinal, Takes.REMARK) for ordinal in (1, 2)]
    return [
        ScoreColumn(gradebook=book, kind=kind, ordinal=ordinal, assessment=assessment, position=position)
        for position, (kind, ordinal, assessment) in enumerate(
            [*(_primary(item) if is_primary else _secondary(item)), *remarks], start=1
        )
    ]


def _secondary(item: CurriculumItem) -> list[tuple[str, int, str]]:
    """Điều 6 and 7 of Circular 22/2021: regular columns by periods, one mid-term, one end-of-term."""
    is_comment = item.assessment == CurriculumItem.Assessment.COMMENT
    regular = tt22.COMMENT_REGULAR_COUNT if is_comment else tt22.regular_count(item.periods)
    kinds = [*((Kind.REGULAR, ordinal) for ordinal in range(1, regular + 1)), (Kind.MIDTERM, 1), (Kind.FINAL, 1)]
    takes = Takes.COMMENT if is_comment else Takes.SCORE
    return [(kind, ordinal, takes) for kind, ordinal in kinds]


def _primary(item: CurriculumItem) -> list[tuple[str, int, str]]:
    """Điều 7 of Circular 27/2020: a level at the middle and the end of the term, tests in tested subjects."""
    is_tested = item.assessment == CurriculumItem.Assessment.SCORE
    midterm = is_tested and tt27.has_midterm_test(subject=item.subject.code, grade=item.grade)
    return [
        (Kind.LEVEL, 1, Takes.LEVEL),
        *([(Kind.MIDTERM, 1, Takes.WHOLE)] if midterm else []),
        (Kind.LEVEL, 2, Takes.LEVEL),
        *([(Kind.FINAL, 1, Takes.WHOLE)] if is_tested else []),
    ]


@transaction.atomic
def confirm_column(*, column: ScoreColumn, by: User) -> ScoreColumn:
    """The teacher has read the column back against the papers: from draft to confirmed.

    Raises PermissionDenied for anyone but its teacher, TransitionDenied while scores are missing, after the lock, and for
    a column that has not changed since it was confirmed.
    """
    gradebook = Gradebook.objects.select_for_update(of=("self",)).get(pk=column.gradebook_id)
    if reason := permissions.enter_denial(by, gradebook):
        raise PermissionDenied(reason)
    locked = next(found for found in columns_of(gradebook.pk) if found.pk == column.pk)
    if not is_writable(locked):
        raise TransitionDenied(_("Cột %(column)s đã khóa nên không xác nhận được nữa.") % {"column": locked.label})
    counted = missing_cells(ScoreColumn.objects.filter(pk=locked.pk)).get()
    if missing := counted.class_size - counted.filled:
        raise TransitionDenied(
            _("Cột %(column)s còn thiếu %(count)s điểm. Nhập đủ, hoặc ghi V cho em chờ kiểm tra bù, rồi xác nhận.")
            % {"column": locked.label, "count": missing}
        )
    if locked.confirmed_at is not None and not changes_after_confirmation(locked):
        raise TransitionDenied(_("Cột %(column)s đã được xác nhận rồi.") % {"column": locked.label})
    act_as(by)
    locked.confirmed_at, locked.confirmed_by = db_now(), by
    locked.save(update_fields=["confirmed_at", "confirmed_by"])
    return locked
