"""The one place where a number of the register book is given (R5)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from registry import permissions
from registry.models import Movement, RegisterEntry, School
from registry.selectors.register_book import waiting
from registry.services.pen import Pen
from schoolops.lib.history import keep


@transaction.atomic
def enter_pupils(*, by: User) -> list[RegisterEntry]:
    """Give every pupil who has none the next number, in the order in which they came. Raises PermissionDenied.

    One at a time: the school's row is held, so that two people who press at once give no number twice and leave none out.
    """
    if reason := permissions.keep_register_denial(by):
        raise PermissionDenied(reason)
    School.objects.select_for_update(of=("self",)).order_by("pk").first()
    last = RegisterEntry.objects.aggregate(last=Max("number"))["last"] or 0
    origins = _origins()
    made = [
        RegisterEntry(
            student_id=place.student_id,
            number=number,
            school_year=place.school_class.school_year,
            entered_on=place.enrolled_on,
            previous_school=origins.get(place.student_id, ""),
        )
        for number, place in enumerate(waiting(), start=last + 1)
    ]
    Pen(by, "").create(RegisterEntry, made)
    return made


def _origins() -> dict[int, str]:
    """The schools from which pupils came."""
    came = Movement.objects.in_effect().filter(kind=Movement.Kind.TRANSFER_IN)
    return dict(came.values_list("student_id", "other_school"))


@transaction.atomic
def complete_entry(*, entry: RegisterEntry, details: dict[str, Any], by: User) -> RegisterEntry:
    """What stands only in the book: place of birth, former school, to whom the report went, a note. Raises PermissionDenied."""
    if reason := permissions.keep_register_denial(by):
        raise PermissionDenied(reason)
    locked = RegisterEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    for name, value in details.items():
        setattr(locked, name, value)
    return keep(locked, by)
