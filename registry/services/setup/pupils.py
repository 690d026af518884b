"""Pupils into the classes of a new year, and the numbers of their lists."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.models import User
from registry.models import Enrollment, SchoolClass, SchoolYear, Student
from registry.selectors.setup.pupils import current_places, lists_out_of_order
from registry.services.pen import BATCH, Pen
from registry.services.setup.programme import begin
from registry.services.setup.trail import note
from schoolops.lib.workflow import TransitionDenied

# Beyond every number of a class list: where numbers wait while others take their places.
_ASIDE = 10_000


@transaction.atomic
def place_pupils(*, year: SchoolYear, places: Mapping[int, int], by: User) -> int:
    """Give pupils (ids) a place in classes (ids) of the year, from its first day, in Vietnamese order after the last number.

    A pupil who has one already keeps it. Returns how many got one. Raises PermissionDenied, or TransitionDenied for a class
    of another year.
    """
    year = begin(year, by)
    classes = {found.pk: found for found in year.classes.all()}
    if not set(places.values()) <= classes.keys():
        raise TransitionDenied(_("Có lớp không thuộc năm học %(year)s.") % {"year": year.code})
    seated = current_places(year)
    pupils = Student.objects.filter(pk__in=set(places) - set(seated)).order_by("sort_key", "birth_date", "pk")
    were_here = set(
        Enrollment.objects.filter(school_class__school_year=year, student__in=pupils).values_list(
            "school_class_id", "student_id"
        )
    )
    last = dict(
        Enrollment.objects.filter(school_class__in=classes)
        .order_by()
        .values_list("school_class_id")
        .annotate(last=Max("roll_no"))
    )
    seats = []
    for pupil in pupils:
        target = classes[places[pupil.pk]]
        # Who has left this class in this year comes back by a movement of their own, not by a list.
        if (target.pk, pupil.pk) in were_here:
            continue
        last[target.pk] = last.get(target.pk, 0) + 1
        seats.append(
            Enrollment(student=pupil, school_class=target, roll_no=last[target.pk], enrolled_on=year.starts_on)
        )
    Pen(by, _("Xếp lớp đầu năm học")).create(Enrollment, seats)
    if seats:
        note(year=year, by=by, what=_("Xếp lớp cho %(n)s học sinh.") % {"n": len(seats)})
    return len(seats)


@transaction.atomic
def sort_lists(*, year: SchoolYear, by: User) -> list[SchoolClass]:
    """Number the lists that have gaps or are out of order anew, by name; those with an open book stay. Returns the classes."""
    year = begin(year, by)
    classes = lists_out_of_order(year)
    listed = Enrollment.objects.filter(school_class__in=classes)
    # No number may stand twice, not even in between; the history gets the numbers that stay.
    listed.update(roll_no=F("roll_no") + _ASIDE)
    by_name = listed.select_related("student").order_by(
        F("left_on").asc(nulls_first=True), "student__sort_key", "student__birth_date", "student_id"
    )
    numbered = list(_numbered(by_name))
    bulk_update_with_history(
        numbered,
        Enrollment,
        ["roll_no"],
        batch_size=BATCH,
        default_user=by,
        default_change_reason=_("Xếp lại số thứ tự theo tên"),
    )
    if classes:
        note(year=year, by=by, what=_("Xếp lại số thứ tự của %(n)s lớp.") % {"n": len(classes)})
    return classes


def _numbered(rows: Iterable[Enrollment]) -> Iterable[Enrollment]:
    """From 1 in each class; a class beyond the order has those who left at its end."""
    counted: dict[int, int] = {}
    for row in rows:
        counted[row.school_class_id] = row.roll_no = counted.get(row.school_class_id, 0) + 1
        yield row
