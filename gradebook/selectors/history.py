"""The past of a cell, read from the ledger and told in words."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, JSONField, OuterRef, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.models import User
from gradebook.ledger import moment
from gradebook.models import LedgerEvent, ScoreColumn
from gradebook.selectors.remarks import words_by_code
from schoolops.lib.scores import format_score


@dataclass(frozen=True)
class CellEvent:
    """One change of a cell. `is_import`: taken over from elsewhere, at the moment that the source claims."""

    at: datetime
    by: str
    on_behalf_of: str
    old: str
    new: str
    is_import: bool
    claimed_at: datetime | None


def cell_history(column: ScoreColumn, student_id: int) -> list[CellEvent]:
    """Every change of this cell, oldest first."""
    events = (
        LedgerEvent.objects.filter(gradebook_id=column.gradebook_id)
        .annotate(
            event=Cast("payload", JSONField()),
            by_id=Cast(KT("event__by"), BigIntegerField()),
            for_id=Cast(KT("event__for"), BigIntegerField()),
        )
        .filter(event__col=column.pk, event__student=student_id)
        .order_by("seq")
    )
    rows = list(events.values_list("event", _name("by_id"), _name("for_id")))
    words = words_by_code(event[side] for event, *_ in rows for side in ("old", "new")) if column.is_remark else {}
    return [
        CellEvent(
            at=moment(event["at"]),
            by=by or "",
            on_behalf_of=on_behalf_of or "",
            old=words.get(event["old"]) or format_score(event["old"]),
            new=words.get(event["new"]) or format_score(event["new"]),
            is_import=event["op"] == "IMPORT",
            claimed_at=moment(event.get("claimed_at")),
        )
        for event, by, on_behalf_of in rows
    ]


def _name(person: str) -> Subquery:
    return Subquery(User.objects.filter(pk=OuterRef(person)).values("full_name"))


def changes_after_confirmation(column: ScoreColumn) -> int:
    """Cells written after the teacher confirmed the column; more than none means: read back again."""
    if column.confirmed_at is None:
        return 0
    return column.scores.filter(entered_at__gt=column.confirmed_at).count()
