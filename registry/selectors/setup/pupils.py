"""Last year's pupils on their way into the new year: who has a class, who is waiting, and where each would go."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from registry.models import Enrollment, SchoolClass, SchoolYear
from registry.selectors.setup.checks import is_in_order
from registry.selectors.setup.classes import classes_of, promoted
from registry.selectors.setup.programme import grades_of_school
from schoolops.lib import names


@dataclass
class SourceClass:
    """A class of the year before: where its pupils go, and how many have gone. Nobody goes on from the top grade."""

    school_class: SchoolClass
    target: SchoolClass | None
    is_leaving: bool
    total: int = 0
    placed: int = 0

    @property
    def waiting(self) -> int:
        return self.total - self.placed

    @property
    def is_untouched(self) -> bool:
        """Nobody has been placed: the whole class can go at once. After that each of the rest is a decision."""
        return not self.placed and self.total > 0


@dataclass(frozen=True)
class Moving:
    """Every class of the year before. `targets` are the classes of the new year."""

    before: SchoolYear | None
    sources: list[SourceClass]
    targets: list[SchoolClass]

    @property
    def going_on(self) -> list[SourceClass]:
        return [source for source in self.sources if not source.is_leaving]

    @property
    def ready(self) -> list[SourceClass]:
        """Classes that one press would carry over whole."""
        return [source for source in self.going_on if source.is_untouched and source.target]

    @property
    def to_carry(self) -> int:
        return sum(source.total for source in self.ready)

    @property
    def undecided(self) -> int:
        """Pupils left behind when the rest of their class went on."""
        return sum(source.waiting for source in self.going_on if not source.is_untouched)

    @property
    def waiting(self) -> int:
        return sum(source.waiting for source in self.going_on)


def moving(year: SchoolYear) -> Moving:
    """Five queries, whatever the number of pupils."""
    before, targets = SchoolYear.objects.before(year), classes_of(year)
    places = current_places(year)
    members: dict[int, list[int]] = {}
    if before is not None:
        present = Enrollment.objects.present().filter(school_class__school_year=before).order_by()
        for class_id, student_id in present.values_list("school_class_id", "student_id"):
            members.setdefault(class_id, []).append(student_id)
    top = grades_of_school()[-1]
    sources = [
        _source(item, members.get(item.pk, []), places, targets, is_leaving=item.grade == top)
        for item in classes_of(before)
    ]
    return Moving(before, sources, targets)


def current_places(year: SchoolYear) -> dict[int, int]:
    """The class of each pupil (ids) who sits in one of the year."""
    present = Enrollment.objects.present().filter(school_class__school_year=year).order_by()
    return dict(present.values_list("student_id", "school_class_id"))


def _source(
    item: SchoolClass, members: list[int], places: Mapping[int, int], targets: list[SchoolClass], *, is_leaving: bool
) -> SourceClass:
    gone = Counter(places[pupil] for pupil in members if pupil in places)
    by_key = {target.sort_key: target for target in targets if target.grade == item.grade + 1}
    target = by_key.get(names.class_sort_key(promoted(item.name, item.grade)))
    if gone:
        usual = gone.most_common(1)[0][0]
        target = next((found for found in by_key.values() if found.pk == usual), target)
    return SourceClass(item, None if is_leaving else target, is_leaving, len(members), sum(gone.values()))


def members_of(classes: Iterable[int]) -> dict[int, int]:
    """Everyone (ids) who sits in one of these classes (ids), with the class."""
    present = Enrollment.objects.present().filter(school_class__in=list(classes)).order_by()
    return dict(present.values_list("student_id", "school_class_id"))


# --- one class, pupil by pupil ------------------------------------------------------------------
@dataclass(frozen=True)
class Mover:
    """A pupil of last year's class; `place` is the class of the new year, None while there is none."""

    enrollment: Enrollment
    place: SchoolClass | None


@dataclass(frozen=True)
class ClassMoving:
    """One class of the year before, with where each of its pupils could go: a grade higher, or the same grade again."""

    source: SourceClass
    movers: list[Mover]
    higher: list[SchoolClass] = field(default_factory=list)
    again: list[SchoolClass] = field(default_factory=list)

    @property
    def open_movers(self) -> list[Mover]:
        return [mover for mover in self.movers if mover.place is None]


def class_moving(year: SchoolYear, school_class: SchoolClass) -> ClassMoving:
    """Five queries. `school_class` is of the year before."""
    targets = classes_of(year)
    known = {target.pk: target for target in targets}
    places = current_places(year)
    present = list(
        Enrollment.objects.present().filter(school_class=school_class).select_related("student").order_by("roll_no")
    )
    is_leaving = school_class.grade == grades_of_school()[-1]
    source = _source(school_class, [found.student_id for found in present], places, targets, is_leaving=is_leaving)
    return ClassMoving(
        source=source,
        movers=[Mover(found, known.get(places.get(found.student_id, 0))) for found in present],
        higher=[target for target in targets if target.grade == school_class.grade + 1],
        again=[target for target in targets if target.grade == school_class.grade],
    )


# --- numbers of the class list ------------------------------------------------------------------
def lists_out_of_order(year: SchoolYear) -> list[SchoolClass]:
    """Classes whose numbers have gaps or do not follow Vietnamese order, while no book of theirs is open. Two queries."""
    opened = SchoolClass.objects.filter(school_year=year, class_subjects__gradebooks__isnull=False)
    rows = Enrollment.objects.filter(school_class__school_year=year).exclude(
        school_class__in=opened.order_by().values("pk")
    )
    lists: dict[int, list[tuple[int, str, date | None]]] = {}
    listed = rows.order_by("school_class", "roll_no").values_list(
        "school_class", "roll_no", "student__sort_key", "left_on"
    )
    for pk, number, key, left_on in listed:
        lists.setdefault(pk, []).append((number, key, left_on))
    wrong = [pk for pk, found in lists.items() if not is_in_order(found)]
    return list(SchoolClass.objects.filter(pk__in=wrong).order_by("sort_key"))
