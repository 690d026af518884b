"""The home of parents: their children, and for each what is known today (P47). What is empty is absent."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.permissions import is_staff_member
from accounts.requests import SignedInRequest
from registry.models import Enrollment, HomeroomAssignment, SchoolClass, Student
from registry.permissions import children_of
from registry.selectors.health import known_among
from registry.selectors.timetables import classes_with_timetable
from schoolops.lib.clock import local_day


def is_family(user: User) -> bool:
    """Comes here for their children alone; a teacher with children has the pages of both."""
    return not is_staff_member(user) and children_of(user).exists()


@dataclass(frozen=True)
class Child:
    """A pupil, the class they sit in, who keeps it, and what there is to read."""

    student: Student
    school_class: SchoolClass | None
    teachers: list[User]
    has_health: bool
    has_timetable: bool
    # The first day of a timetable that is still to come.
    new_timetable: date | None


def children(user: User) -> list[Child]:
    """This person's children, the youngest class first. Six queries, however many children."""
    today = local_day(timezone.now())
    own = list(children_of(user))
    seats = Enrollment.objects.present().filter(student__in=own, school_class__school_year__closed_at=None)
    classes = {
        seat.student_id: seat.school_class
        for seat in seats.select_related("school_class").order_by("school_class__school_year__starts_on")
    }
    keepers: dict[int, list[User]] = {}
    for duty in (
        HomeroomAssignment.objects.in_force(today).filter(school_class__in=classes.values()).select_related("teacher")
    ):
        keepers.setdefault(duty.school_class_id, []).append(duty.teacher)
    known = known_among(own)
    latest = classes_with_timetable({found.pk for found in classes.values()}, today)
    found = []
    for student in own:
        place = classes.get(student.pk)
        begins = latest.get(place.pk) if place else None
        found.append(
            Child(
                student,
                place,
                keepers.get(place.pk, []) if place else [],
                student.pk in known,
                begins is not None,
                begins if begins and begins > today else None,
            )
        )
    return sorted(
        found, key=lambda child: (child.school_class.sort_key if child.school_class else "", child.student.sort_key)
    )


@require_GET
def family_home(request: SignedInRequest) -> HttpResponse:
    """Everybody with an account may open it; without children it says how they come here."""
    return render(request, "home/family.html", {"children": children(request.user), "today": timezone.now()})
