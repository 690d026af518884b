"""Corrections as leaders look at them: how many, whose, why, how long they waited. Figures of work, no scores of people."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from gradebook import permissions
from gradebook.models import CorrectionRequest
from registry.models import Term
from schoolops.lib.moments import hours_or_minutes

State = CorrectionRequest.State
DAY = 24 * 3600


@dataclass(frozen=True)
class Line:
    """A teacher, class or reason: petitions sent, cells changed by them, petitions refused or withdrawn."""

    label: str
    sent: int
    changed: int
    refused: int


@dataclass(frozen=True)
class Report:
    """Of one term, at one moment."""

    sent: int
    waiting: int
    late: int
    changed: int
    usual_wait: str
    groups: list[tuple[str, list[Line]]]


def report(user: User, term: Term, at: datetime) -> Report:
    """The term's petitions that this person may see. Three queries, whatever the number."""
    found = list(
        permissions.visible_corrections(user)
        .filter(gradebook__term=term, number__isnull=False)
        .select_related("requested_by", "gradebook__class_subject__school_class")
        .prefetch_related("items")
        .order_by("id")
    )
    waits = [
        (petition.decided_at - petition.submitted_at).total_seconds()
        for petition in found
        if petition.decided_at and petition.submitted_at
    ]
    return Report(
        sent=len(found),
        waiting=sum(petition.state == State.SUBMITTED for petition in found),
        late=sum(_is_late(petition, at) for petition in found),
        changed=sum(_changed(petition) for petition in found),
        usual_wait=_words(statistics.median(waits)) if waits else "–",
        groups=[
            (_("Theo giáo viên"), _lines(found, lambda petition: str(petition.requested_by))),
            (_("Theo lớp"), _lines(found, lambda petition: petition.gradebook.class_subject.school_class.name)),
            (_("Theo lý do"), _lines(found, lambda petition: str(petition.get_reason_display()))),
        ],
    )


def _is_late(petition: CorrectionRequest, at: datetime) -> bool:
    """Answered after its time, or still waiting then."""
    answered = petition.decided_at or at
    waited = petition.decided_at is not None or petition.state == State.SUBMITTED
    return waited and petition.due_at is not None and answered > petition.due_at


def _changed(petition: CorrectionRequest) -> int:
    return len(petition.items.all()) if petition.state == State.APPLIED else 0


def _lines(found: Iterable[CorrectionRequest], label: Callable[[CorrectionRequest], str]) -> list[Line]:
    """The most petitions first."""
    groups: dict[str, list[CorrectionRequest]] = {}
    for petition in found:
        groups.setdefault(label(petition), []).append(petition)
    lines = [
        Line(
            label=name,
            sent=len(listed),
            changed=sum(_changed(petition) for petition in listed),
            refused=sum(petition.state in {State.REJECTED, State.WITHDRAWN} for petition in listed),
        )
        for name, listed in groups.items()
    ]
    return sorted(lines, key=lambda line: (-line.sent, line.label))


def _words(seconds: float) -> str:
    """ "35 phút", "5 giờ", "2 ngày": one unit is enough."""
    days = int(seconds // DAY)
    if not days:
        return hours_or_minutes(int(seconds))
    return ngettext("%(count)s ngày", "%(count)s ngày", days) % {"count": days}
