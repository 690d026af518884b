"""Asking for missing scores before a column closes: one message per column and day, however often beat runs (G11, C3)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from gradebook.models import ScoreColumn
from gradebook.selectors.duties import score_entry
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import local_day
from schoolops.lib.models import Job, JobItem

KIND = "gradebook.closing_columns"


def start_reminders(*, at: datetime) -> Job | None:
    """Start today's job with one item per incomplete column that closes soon; None when today's exists already."""
    soon = ScoreColumn.objects.filter(closes_at__gt=at, closes_at__lte=at + settings.DEADLINE_REMINDER_AHEAD)
    items = [
        (str(duty.column.pk), {"column": duty.column.pk}) for duty in score_entry(soon, at) if duty.done_at is None
    ]
    return jobs.start(KIND, items, period=local_day(at).isoformat())


@jobs.handler(KIND)
@transaction.atomic
def remind(item: JobItem) -> None:
    """Tell the teachers of one column what is still missing; nothing when it was filled meanwhile.

    The message is written in the transaction that closes the item, so a second run finds nothing to do.
    """
    column_id = item.payload["column"]
    for duty in score_entry(ScoreColumn.objects.filter(pk=column_id), item.job.created_at):
        if duty.done_at is None:
            outbox.notify(
                User.objects.filter(pk__in=duty.holders, is_active=True),
                "remarks.closing" if duty.column.is_remark else "locks.closing",
                {
                    "book": str(duty.column.gradebook.class_subject),
                    "column": duty.column.label,
                    "missing": duty.missing,
                    "closes_at": duty.due_at.isoformat(),
                },
                url=reverse(
                    "gradebook:remark_list" if duty.column.is_remark else "gradebook:gradebook_detail",
                    args=[duty.gradebook_id],
                ),
            )
