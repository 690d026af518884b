"""Circulars and subjects of a year: copied, then mended grade by grade."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import ClassSubject, CurriculumItem, GradeScheme, SchoolClass, SchoolYear, Subject
from registry.selectors.setup.programme import frozen_items, offers, programme_of
from registry.selectors.setup.starter import Starter
from registry.services.setup.trail import note
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workflow import TransitionDenied


@dataclass(frozen=True)
class Taught:
    """How a grade is taught a subject; None takes the subject out of it."""

    periods: int
    assessment: str


def begin(year: SchoolYear, by: User) -> SchoolYear:
    """The turn, the right, and the year as it is now."""
    take_turn(Turn.REGISTER)
    locked = SchoolYear.objects.select_for_update(of=("self",)).get(pk=year.pk)
    if reason := permissions.setup_denial(by, locked):
        raise PermissionDenied(reason)
    return locked


@transaction.atomic
def copy_programme(*, year: SchoolYear, by: User) -> int:
    """Give every grade without one the circular and the subjects of the year before, or those of the level.

    Returns how many subjects came in; a grade that has some already stays as it is. Raises PermissionDenied.
    """
    year = begin(year, by)
    wanted = offers(year, programme_of(year))
    GradeScheme.objects.bulk_create(
        GradeScheme(school_year=year, grade=offer.grade, scheme=offer.scheme) for offer in wanted if offer.scheme
    )
    subjects = _subjects(starter for offer in wanted for starter in offer.starters)
    items = [item for offer in wanted for item in offer.items]
    items += [
        CurriculumItem(
            school_year=year,
            grade=offer.grade,
            subject=subjects[starter.code],
            periods=starter.periods[offer.grade],
            assessment=starter.assessment,
        )
        for offer in wanted
        for starter in offer.starters
    ]
    CurriculumItem.objects.bulk_create(items)
    if wanted:
        teach_in(year.classes.all(), items)
        note(year=year, by=by, what=_("Chép quy định đánh giá và chương trình: %(n)s môn.") % {"n": len(items)})
    return len(items)


def _subjects(starters: Iterable[Starter]) -> dict[str, Subject]:
    """The school's subjects by code; what it has not had is added at the end of its list."""
    wanted = {starter.code: starter for starter in starters}
    found = {subject.code: subject for subject in Subject.objects.filter(code__in=wanted)}
    position = Subject.objects.count()
    missing = [starter for code, starter in wanted.items() if code not in found]
    made = Subject.objects.bulk_create(
        Subject(code=starter.code, name=starter.name, short_name=starter.short_name, position=position + number)
        for number, starter in enumerate(missing, start=1)
    )
    return found | {subject.code: subject for subject in made}


@transaction.atomic
def save_grade(*, year: SchoolYear, grade: int, scheme: str, taught: Mapping[int, Taught | None], by: User) -> None:
    """The circular of a grade, and how each of its subjects (by id) is taught; subjects not named stay.

    Raises PermissionDenied, or TransitionDenied when a grade book already follows from what would change.
    """
    year = begin(year, by)
    items = {item.subject_id: item for item in year.curriculum.filter(grade=grade).select_related("subject")}
    frozen = frozen_items(year, grade)
    _choose_scheme(year, grade, scheme, has_books=bool(frozen))
    for subject_id, wanted in taught.items():
        item = items.get(subject_id)
        if item is None or wanted == Taught(item.periods, item.assessment):
            continue
        if item.pk in frozen:
            raise TransitionDenied(
                _("Sổ điểm môn %(subject)s khối %(grade)s đã mở nên không đổi số tiết, hình thức hay bỏ môn được nữa.")
                % {"subject": item.subject.name, "grade": grade}
            )
        _mend(item, wanted)
    note(year=year, by=by, what=_("Sửa chương trình khối %(grade)s.") % {"grade": grade})


def _choose_scheme(year: SchoolYear, grade: int, scheme: str, *, has_books: bool) -> None:
    known = year.grade_schemes.filter(grade=grade).first()
    if known is not None and known.scheme == scheme:
        return
    if has_books:
        raise TransitionDenied(
            _("Sổ điểm khối %(grade)s đã mở nên không đổi quy định đánh giá được nữa.") % {"grade": grade}
        )
    GradeScheme.objects.update_or_create(school_year=year, grade=grade, defaults={"scheme": scheme})


def _mend(item: CurriculumItem, wanted: Taught | None) -> None:
    if wanted is not None:
        item.periods, item.assessment = wanted.periods, wanted.assessment
        item.full_clean()
        item.save()
        return
    try:
        item.class_subjects.all().delete()
        item.delete()
    except ProtectedError as error:
        raise TransitionDenied(
            _("Môn %(subject)s khối %(grade)s đã có phân công nên không bỏ được. Kết thúc phân công trước.")
            % {"subject": item.subject.name, "grade": item.grade}
        ) from error


@transaction.atomic
def add_subject(*, year: SchoolYear, subject: Subject, grades: Iterable[int], taught: Taught, by: User) -> list[int]:
    """Teach a subject, saved here when it is new, in these grades; returns the grades in which it was not taught yet.

    Raises PermissionDenied.
    """
    year = begin(year, by)
    if subject._state.adding:
        subject.position = Subject.objects.count() + 1
        subject.full_clean()
        subject.save()
    has = set(year.curriculum.filter(subject=subject).values_list("grade", flat=True))
    new = [grade for grade in grades if grade not in has]
    items = CurriculumItem.objects.bulk_create(
        CurriculumItem(
            school_year=year, grade=grade, subject=subject, periods=taught.periods, assessment=taught.assessment
        )
        for grade in new
    )
    if new:
        teach_in(year.classes.all(), items)
        note(year=year, by=by, what=_("Thêm môn %(subject)s.") % {"subject": subject.name})
    return new


def teach_in(
    classes: Iterable[SchoolClass],
    items: Iterable[CurriculumItem],
    *,
    skipped: Mapping[int, Collection[int]] | None = None,
) -> None:
    """Give each of these classes those of these subjects that are of its grade and that it has not.

    `skipped` are by class (id) the subjects (ids) that it goes without.
    """
    classes, items, skipped = list(classes), list(items), skipped or {}
    has = set(
        ClassSubject.objects.filter(school_class__in=classes, item__in=items).values_list("school_class_id", "item_id")
    )
    ClassSubject.objects.bulk_create(
        [
            ClassSubject(school_class=found, item=item)
            for found in classes
            for item in items
            if found.grade == item.grade
            and (found.pk, item.pk) not in has
            and item.subject_id not in skipped.get(found.pk, ())
        ],
        batch_size=500,
    )
