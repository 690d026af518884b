"""What was changed about a pupil, in words: who, when, what, old and new (R3)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from registry import growth
from registry.models import Guardian, Guardianship, HealthCheck, HealthNote, PolicyStatus, Student
from registry.selectors.imports.people import in_words

# What people change by hand, in the order in which it is told.
_STUDENT = ("full_name", "birth_date", "sex", "ethnicity", "address", "moet_id", "national_id")
_GUARDIAN = ("full_name", "phone", "birth_year", "occupation")
_TIE = ("relation", "is_legal_representative", "is_contact", "valid_from", "ended_on", "paper")
_POLICY = ("category", "valid_from", "valid_until", "paper")
_CHECK = ("checked_on", *growth.FIGURES, "conclusion", "is_for_homeroom")
_NOTE = ("noted_on", "category", "text", "is_for_homeroom", "ended_on")


@dataclass(frozen=True)
class Entry:
    """One change, as the history component prints it."""

    at: datetime
    text: str
    old: str = ""
    new: str = ""
    comment: str = ""


def of_student(student: Student) -> list[Entry]:
    """Everything about this pupil and their family, latest first; four queries."""
    ties = list(Guardianship.objects.filter(student=student).select_related("guardian"))
    people = {tie.guardian_id: tie.guardian for tie in ties}
    told = [
        *_told(Student, [student.pk], _STUDENT, lambda _row: "", _("lập hồ sơ học sinh")),
        *_told(Guardian, people, _GUARDIAN, lambda row: people[row.id].full_name, _("ghi người thân")),
        *_told(Guardianship, [tie.pk for tie in ties], _TIE, _whose(people), _("ghi quan hệ gia đình")),
        *_told(PolicyStatus, _policies(student), _POLICY, _which_policy, _("ghi diện chính sách")),
    ]
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def of_health(student: Student) -> list[Entry]:
    """Check-ups and notes of this pupil, for those who read all of them; latest first, four queries."""
    checks = list(HealthCheck.objects.filter(student=student).values_list("pk", flat=True))
    notes = list(HealthNote.objects.filter(student=student).values_list("pk", flat=True))
    told = [
        *_told(HealthCheck, checks, _CHECK, lambda row: row.get_round_display(), _("ghi số liệu khám sức khỏe")),
        *_told(HealthNote, notes, _NOTE, lambda row: row.get_category_display(), _("ghi chú sức khỏe")),
    ]
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def _policies(student: Student) -> QuerySet[PolicyStatus, Any]:
    return PolicyStatus.objects.filter(student=student).order_by().values("pk")


def _whose(people: dict[int, Guardian]) -> Callable[[Any], str]:
    return lambda row: str(people[row.guardian_id]) if row.guardian_id in people else ""


def _which_policy(row: Any) -> str:
    return str(row.get_category_display())


def _told(
    model: Any,
    pks: Collection[int] | QuerySet[Any, Any],
    fields: tuple[str, ...],
    subject: Callable[[Any], str],
    made: str,
) -> list[Entry]:
    """Each row of history against the one before it; the first one says that the record was made."""
    rows = model.history.filter(id__in=pks).select_related("history_user").order_by("history_date", "history_id")
    before: dict[int, Any] = {}
    found: list[Entry] = []
    for row in rows:
        earlier, before[row.id] = before.get(row.id), row
        who, comment = _who(row.history_user), row.history_change_reason or ""
        if earlier is None:
            words = {"who": who, "what": made, "whose": subject(row)}
            text = _("%(who)s %(what)s: %(whose)s") % words if words["whose"] else _("%(who)s %(what)s") % words
            found.append(Entry(row.history_date, text, comment=comment))
            continue
        for name in fields:
            old, new = getattr(earlier, name), getattr(row, name)
            if old != new:
                found.append(_change(model._meta.get_field(name), who, subject(row), (old, new), row, comment))
    return found


def _change(field: Any, who: str, subject: str, values: tuple[Any, Any], row: Any, comment: str) -> Entry:
    words = {"who": who, "what": field.verbose_name, "whose": subject}
    text = _("%(who)s đổi %(what)s của %(whose)s") % words if subject else _("%(who)s đổi %(what)s") % words
    old, new = (_shown(field, value) for value in values)
    return Entry(row.history_date, text, old, new, comment)


def _shown(field: Any, value: Any) -> str:
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if field.name in growth.FIGURES:
        return growth.show_figure(field.name, value)
    if field.name in {"national_id", "moet_id"}:
        return masked(value or "")
    return in_words(field, value)


def masked(identifier: str) -> str:
    """The last three digits of a number; the rest is for those who may read it."""
    return f"{'•' * (len(identifier) - 3)}{identifier[-3:]}" if identifier else ""


def _who(user: User | None) -> str:
    if user is None:
        return _("Hệ thống")
    name = user.get_short_name()
    return name[:1].upper() + name[1:]
