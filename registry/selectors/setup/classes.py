"""The classes of a new year: last year's a grade higher, and what making them would change."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from registry.importing.cells import CellProblem, ClassName, read_classes
from registry.models import SchoolClass, SchoolYear
from registry.selectors.setup.programme import grades_of_school
from schoolops.lib import names

MOST_CLASSES = 40


def promoted(name: str, grade: int) -> str:
    """The name a grade higher: 6A1 becomes 7A1, 10 Toán 1 becomes 11 Toán 1; a name without its grade stays."""
    return re.sub(rf"^{grade}(?!\d)", str(grade + 1), name)


def classes_of(year: SchoolYear | None) -> list[SchoolClass]:
    """The classes of a year with the number of pupils who are in them (`present`)."""
    if year is None:
        return []
    counted = SchoolClass.objects.filter(school_year=year).annotate(
        present=Count("enrollments", filter=Q(enrollments__left_on=None))
    )
    return list(counted.order_by("grade", "sort_key"))


@dataclass(frozen=True)
class ClassLine:
    """A class of the new year: to be made, there already, or there without being named. `source` was it a year ago."""

    name: str
    grade: int
    state: Literal["new", "kept", "unnamed"]
    source: SchoolClass | None
    pupils: int = 0


@dataclass(frozen=True)
class ClassesPlan:
    """What naming these classes would do. `leaving` are last year's classes of the top grade."""

    before: SchoolYear | None
    lines: list[ClassLine]
    leaving: list[SchoolClass]

    @property
    def new(self) -> list[ClassLine]:
        return [line for line in self.lines if line.state == "new"]

    @property
    def fingerprint(self) -> str:
        """What the person saw: equal as long as the same classes would be made."""
        return "|".join(f"{line.grade}:{line.name}" for line in self.new)


def proposal(year: SchoolYear) -> dict[int, str]:
    """By grade the names to begin with: the classes that are there, or last year's promoted, the lowest grade as it was."""
    grades = grades_of_school()
    wanted: dict[int, list[str]] = {grade: [] for grade in grades}
    now = classes_of(year)
    for item in now:
        wanted.setdefault(item.grade, []).append(item.name)
    for item in [] if now else classes_of(SchoolYear.objects.before(year)):
        if item.grade == grades[0]:
            wanted[item.grade].append(item.name)
        if item.grade + 1 in wanted:
            wanted[item.grade + 1].append(promoted(item.name, item.grade))
    return {grade: ", ".join(found) for grade, found in wanted.items()}


def read_names(text: str, grade: int) -> list[ClassName]:
    """'6A1, 6A2' as classes of the grade; a number alone is how many there are: 3 is 6A1, 6A2, 6A3.

    Raises CellProblem with what is the matter.
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,2}", text):
        if int(text) > MOST_CLASSES:
            raise CellProblem(_("Một khối có nhiều nhất %(n)s lớp.") % {"n": MOST_CLASSES})
        return [ClassName(f"{grade}A{number}", grade) for number in range(1, int(text) + 1)]
    found = {names.class_sort_key(one.name): one for one in read_classes(text)}
    if stranger := next((one for one in found.values() if one.grade != grade), None):
        raise CellProblem(_("“%(name)s” không phải lớp của khối %(grade)s.") % {"name": stranger.name, "grade": grade})
    if len(found) > MOST_CLASSES:
        raise CellProblem(_("Một khối có nhiều nhất %(n)s lớp.") % {"n": MOST_CLASSES})
    return list(found.values())


def plan_classes(year: SchoolYear, wanted: Collection[ClassName]) -> ClassesPlan:
    """Compare the names with the classes of the year, and with those of the year before. Three queries."""
    before = SchoolYear.objects.before(year)
    old, now = classes_of(before), classes_of(year)
    sources = {names.class_sort_key(promoted(item.name, item.grade)): item for item in old}
    known = {item.sort_key: item for item in now}
    lines = []
    for one in wanted:
        key = names.class_sort_key(one.name)
        there = known.pop(key, None)
        pupils = getattr(there, "present", 0)
        lines.append(
            ClassLine(
                there.name if there else one.name, one.grade, "kept" if there else "new", sources.get(key), pupils
            )
        )
    lines += [
        ClassLine(item.name, item.grade, "unnamed", sources.get(key), getattr(item, "present", 0))
        for key, item in known.items()
    ]
    top = grades_of_school()[-1]
    lines.sort(key=lambda line: (line.grade, names.class_sort_key(line.name)))
    return ClassesPlan(before, lines, [item for item in old if item.grade == top])
