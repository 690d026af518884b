"""The classes of a year, each with the subjects of its grade."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry.importing.cells import ClassName
from registry.models import ClassSubject, SchoolClass, SchoolYear
from registry.selectors.setup.classes import ClassesPlan, plan_classes
from registry.services.setup.programme import begin, teach_in
from registry.services.setup.trail import note
from schoolops.lib import names


@transaction.atomic
def make_classes(*, year: SchoolYear, wanted: Collection[ClassName], by: User) -> ClassesPlan:
    """Make the classes that are not there yet; returns what was done. Raises PermissionDenied.

    A class that was there a grade lower keeps its site, and goes without the electives that it did not take.
    """
    year = begin(year, by)
    plan = plan_classes(year, wanted)
    made = SchoolClass.objects.bulk_create(
        SchoolClass(
            school_year=year,
            name=line.name,
            grade=line.grade,
            campus=line.source.campus if line.source else "",
            sort_key=names.class_sort_key(line.name),
        )
        for line in plan.new
    )
    not_taken = _not_taken(plan)
    skipped = {
        school_class.pk: not_taken[line.source.pk]
        for school_class, line in zip(made, plan.new, strict=True)
        if line.source and line.source.pk in not_taken
    }
    teach_in(made, year.curriculum.all(), skipped=skipped)
    if made:
        note(year=year, by=by, what=_("Lập %(n)s lớp.") % {"n": len(made)})
    return plan


def _not_taken(plan: ClassesPlan) -> dict[int, set[int]]:
    """By class of last year (ids) the subjects (ids) of its grade that it was not taught; a class without any has no say."""
    if plan.before is None:
        return {}
    offered: dict[int, set[int]] = {}
    for grade, subject in plan.before.curriculum.values_list("grade", "subject"):
        offered.setdefault(grade, set()).add(subject)
    taught: dict[tuple[int, int], set[int]] = {}
    for source in ClassSubject.objects.filter(school_class__school_year=plan.before).select_related(
        "school_class", "item"
    ):
        key = source.school_class_id, source.school_class.grade
        taught.setdefault(key, set()).add(source.item.subject_id)
    return {pk: offered.get(grade, set()) - subjects for (pk, grade), subjects in taught.items()}
