"""The past of a cell, read from the ledger and told in words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from gradebook.models import LedgerEvent, ScoreColumn
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
    payloads = (
        LedgerEvent.objects.filter(gradebook_id=column.gradebook_id).order_by("seq").values_list("payload", flat=True)
    )
    events = [json.loads(payload) for payload in payloads]
    mine = [event for event in events if event.get("col") == column.pk and event.get("student") == student_id]
    names = _names(mine)
    return [
        CellEvent(
            at=_moment(event["at"]),
            by=names.get(event["by"], ""),
            on_behalf_of=names.get(event.get("for"), ""),
            old=format_score(event["old"]),
            new=format_score(event["new"]),
            is_import=event["op"] == "IMPORT",
            claimed_at=_moment(event["claimed_at"]) if "claimed_at" in event else None,
        )
        for event in mine
    ]


def _names(events: Iterable[dict[str, Any]]) -> dict[int, str]:
    ids = {event[key] for event in events for key in ("by", "for") if key in event}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "full_name"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def changes_after_confirmation(column: ScoreColumn) -> int:
    """Cells written after the teacher confirmed the column; more than none means: read back again."""
    if column.confirmed_at is None:
        return 0
    return column.scores.filter(entered_at__gt=column.confirmed_at).count()
