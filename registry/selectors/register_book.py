"""The register book as it is read: lines by number, with what follows from family, policies and movements (R5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from registry.models import Enrollment, Guardianship, Movement, PolicyStatus, RegisterEntry, Student
from registry.selectors.movements import OUT
from schoolops.lib import names


@dataclass(frozen=True)
class Line:
    """One pupil's line, each cell as it is written in the book."""

    entry: RegisterEntry
    entered_class: str
    family: tuple[str, ...]
    policies: str
    left: str

    @property
    def student(self) -> Student:
        return self.entry.student


def waiting() -> list[Enrollment]:
    """The first place of every pupil who has no number yet, in the order in which they came; one query."""
    places = Enrollment.objects.filter(student__register_entry=None).select_related("school_class__school_year")
    firsts: dict[int, Enrollment] = {}
    for place in places.order_by("enrolled_on", "school_class__grade", "school_class__sort_key", "roll_no", "pk"):
        firsts.setdefault(place.student_id, place)
    return list(firsts.values())


def waiting_count() -> int:
    """How many pupils have no number yet."""
    return Student.objects.filter(register_entry=None, enrollments__isnull=False).distinct().count()


def entries(year: int | None, query: str) -> QuerySet[RegisterEntry]:
    """The book by number: one year of entry, a name without diacritics, a number or a code."""
    found = RegisterEntry.objects.select_related("student", "school_year").order_by("number")
    if year is not None:
        found = found.filter(school_year=year)
    if text := query.strip():
        matches = Q(student__search_key__contains=names.fold(text)) | Q(student__moet_id=text)
        if text.isdecimal() and len(text) < 10:
            matches |= Q(number=int(text))
        found = found.filter(matches)
    return found


def lines_of(found: Iterable[RegisterEntry], day: date) -> list[Line]:
    """The whole lines; four queries, whatever their number."""
    book = list(found)
    students = [entry.student_id for entry in book]
    classes = _first_classes(students)
    families = _families(students, day)
    policies = _policies(students)
    left = _left(students)
    return [
        Line(
            entry,
            classes.get(entry.student_id, ""),
            tuple(families.get(entry.student_id, ())),
            ", ".join(policies.get(entry.student_id, ())),
            left.get(entry.student_id, ""),
        )
        for entry in book
    ]


def _first_classes(students: list[int]) -> dict[int, str]:
    places = Enrollment.objects.filter(student__in=students).order_by("enrolled_on", "pk")
    found: dict[int, str] = {}
    for student, name in places.values_list("student_id", "school_class__name"):
        found.setdefault(student, name)
    return found


def _families(students: list[int], day: date) -> dict[int, list[str]]:
    ties = Guardianship.objects.in_force(day).filter(student__in=students).select_related("guardian")
    found: dict[int, list[str]] = {}
    for tie in ties.order_by("relation", "pk"):
        occupation = f" ({tie.guardian.occupation})" if tie.guardian.occupation else ""
        found.setdefault(tie.student_id, []).append(f"{tie.get_relation_display()}: {tie.guardian}{occupation}")
    return found


def _policies(students: list[int]) -> dict[int, list[str]]:
    """Every category that the pupil ever had; "không" is no entry of the book."""
    statuses = PolicyStatus.objects.filter(student__in=students).exclude(category=PolicyStatus.Category.NONE)
    found: dict[int, list[str]] = {}
    for item in statuses.order_by("valid_from", "pk"):
        found.setdefault(item.student_id, []).append(str(item.get_category_display()))
    return found


def _left(students: list[int]) -> dict[int, str]:
    """How the pupil left, in the words of the column: day, what, reason, where to, paper; nothing after coming back."""
    events = Movement.objects.in_effect().filter(student__in=students).order_by("pk")
    found: dict[int, str] = {}
    for event in events:
        found[event.student_id] = _in_words(event) if event.kind in OUT else ""
    return found


def _in_words(event: Movement) -> str:
    parts = [f"{event.happened_on:%d/%m/%Y}: {event.get_kind_display()}", event.reason, event.other_school]
    if event.document_number:
        parts.append(_("số %(number)s") % {"number": event.document_number})
    return "; ".join(part for part in parts if part)
