"""Which circular and which subjects each grade has, beside those of the year before."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext as _

from registry.models import ClassSubject, CurriculumItem, GradeScheme, School, SchoolYear, Subject
from registry.models.school import ALL_GRADES
from registry.selectors.setup.starter import Starter, taught_in, usual_scheme

Change = Literal["same", "new", "changed", "dropped"]


def grades_of_school() -> range:
    school = School.objects.first()
    return school.grades if school else ALL_GRADES


@dataclass(frozen=True)
class Line:
    """A subject of a grade as it is now, and as it was. `was` says the difference in words, "" when there is none."""

    subject: Subject
    item: CurriculumItem | None
    change: Change
    was: str


@dataclass
class GradePlan:
    """One grade of the year."""

    grade: int
    scheme: GradeScheme | None
    scheme_before: str
    lines: list[Line] = field(default_factory=list)

    @property
    def subjects(self) -> int:
        return sum(line.item is not None for line in self.lines)

    @property
    def periods(self) -> int:
        return sum(line.item.periods for line in self.lines if line.item)

    @property
    def changes(self) -> int:
        """Lines that differ from the year before."""
        return sum(line.change != "same" for line in self.lines)


@dataclass(frozen=True)
class Programme:
    """Every grade of the year; `before` is the year that it is compared with."""

    before: SchoolYear | None
    grades: list[GradePlan]

    def of(self, grade: int) -> GradePlan:
        return next(plan for plan in self.grades if plan.grade == grade)


def programme_of(year: SchoolYear) -> Programme:
    """Four queries, whatever the number of subjects."""
    before = SchoolYear.objects.before(year)
    years = [year.pk, before.pk] if before else [year.pk]
    items: dict[tuple[int, int], dict[int, CurriculumItem]] = {}
    for item in CurriculumItem.objects.filter(school_year__in=years).select_related("subject").order_by("pk"):
        items.setdefault((item.school_year_id, item.grade), {})[item.subject_id] = item
    schemes = {
        (found.school_year_id, found.grade): found for found in GradeScheme.objects.filter(school_year__in=years)
    }
    plans = []
    for grade in grades_of_school():
        old_scheme = schemes.get((before.pk, grade)) if before else None
        lines = _lines(items.get((year.pk, grade), {}), items.get((before.pk, grade), {}) if before else {})
        plans.append(GradePlan(grade, schemes.get((year.pk, grade)), old_scheme.scheme if old_scheme else "", lines))
    return Programme(before, plans)


def _lines(now: dict[int, CurriculumItem], before: dict[int, CurriculumItem]) -> list[Line]:
    subjects = {item.subject_id: item.subject for item in (*before.values(), *now.values())}
    ordered = sorted(subjects.values(), key=lambda subject: (subject.position, subject.name))
    return [_line(subject, now.get(subject.pk), before.get(subject.pk)) for subject in ordered]


def _line(subject: Subject, now: CurriculumItem | None, before: CurriculumItem | None) -> Line:
    if now is None and before is not None:
        return Line(subject, None, "dropped", in_words(before))
    if before is None:
        return Line(subject, now, "new", "")
    assert now is not None
    is_same = (now.periods, now.assessment) == (before.periods, before.assessment)
    return Line(subject, now, "same" if is_same else "changed", "" if is_same else in_words(before))


def in_words(item: CurriculumItem) -> str:
    """140 tiết, nhận xét kết hợp điểm số"""
    return _("%(n)s tiết, %(how)s") % {"n": item.periods, "how": item.get_assessment_display()}


# --- what a year without any would get ----------------------------------------------------------
@dataclass(frozen=True)
class Offer:
    """A grade that has nothing yet: the circular, and the subjects of the year before or of the level."""

    grade: int
    scheme: str
    items: tuple[CurriculumItem, ...]
    starters: tuple[Starter, ...]

    @property
    def subjects(self) -> int:
        return len(self.items) + len(self.starters)


def offers(year: SchoolYear, programme: Programme) -> list[Offer]:
    """For every grade what copying would bring; nothing for what is there already. The items are unsaved."""
    school = School.objects.first()
    level = school.level if school else School.Level.LOWER_SECONDARY
    return [offer for plan in programme.grades if (offer := _offer(year, plan, level, programme.before)) is not None]


def _offer(year: SchoolYear, plan: GradePlan, level: str, before: SchoolYear | None) -> Offer | None:
    scheme = "" if plan.scheme else plan.scheme_before or usual_scheme(level)
    items: list[CurriculumItem] = []
    fresh: list[Starter] = []
    if not plan.subjects:
        items = list(_copies(year, plan.grade, before))
        fresh = [] if items else list(taught_in(level, plan.grade))
    return Offer(plan.grade, scheme, tuple(items), tuple(fresh)) if scheme or items or fresh else None


def _copies(year: SchoolYear, grade: int, before: SchoolYear | None) -> Iterable[CurriculumItem]:
    if before is None:
        return
    for old in before.curriculum.all():
        if old.grade == grade:
            yield CurriculumItem(
                school_year=year,
                grade=grade,
                subject_id=old.subject_id,
                periods=old.periods,
                assessment=old.assessment,
            )


def frozen_items(year: SchoolYear, grade: int) -> set[int]:
    """Ids of the items whose grade books are open: their columns follow from periods and form of assessment."""
    opened = ClassSubject.objects.filter(item__school_year=year, item__grade=grade, gradebooks__isnull=False)
    return set(opened.values_list("item_id", flat=True))
