"""The classes of a year, each with the subjects of its grade."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry.importing.cells import ClassName
from registry.models import SchoolClass, SchoolYear
from registry.selectors.setup.classes import ClassesPlan, plan_classes
from registry.services.setup.programme import begin, teach_in
from registry.services.setup.trail import note
from schoolops.lib import names


@transaction.atomic
def make_classes(*, year: SchoolYear, wanted: Collection[ClassName], by: User) -> ClassesPlan:
    """Make the classes that are not there yet; returns what was done. Raises PermissionDenied."""
    year = begin(year, by)
    plan = plan_classes(year, wanted)
    made = SchoolClass.objects.bulk_create(
        SchoolClass(school_year=year, name=line.name, grade=line.grade, sort_key=names.class_sort_key(line.name))
        for line in plan.new
    )
    teach_in(made, year.curriculum.all())
    if made:
        note(year=year, by=by, what=_("Lập %(n)s lớp.") % {"n": len(made)})
    return plan
