"""Once a week each teacher reads what changed in their books, whoever changed it: a change that nobody made is noticed."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from gradebook.ledger import moment
from gradebook.models import Gradebook, LedgerEvent
from registry.models import TeachingAssignment
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import local_day
from schoolops.lib.models import Job, JobItem

KIND = "gradebook.weekly_digest"
WEEK = timedelta(days=7)


def start_digests(*, at: datetime) -> Job | None:
    """One item per teacher; None when this week's job exists already."""
    year, week, _day = local_day(at).isocalendar()
    teachers = set(TeachingAssignment.objects.in_force(local_day(at)).values_list("teacher_id", flat=True))
    items = [(str(teacher), {"teacher": teacher, "until": at.isoformat()}) for teacher in sorted(teachers)]
    return jobs.start(KIND, items, period=f"{year}-W{week:02d}")


@jobs.handler(KIND)
@transaction.atomic
def tell_teacher(item: JobItem) -> None:
    """New scores, changed ones and corrections of the week in this teacher's books; nothing when nothing changed."""
    until = datetime.fromisoformat(item.payload["until"])
    taught = TeachingAssignment.objects.in_force(local_day(until)).filter(teacher=item.payload["teacher"])
    books = Gradebook.objects.filter(class_subject__in=taught.values("class_subject"))
    counted = count_changes(LedgerEvent.objects.filter(gradebook__in=books).values_list("payload", flat=True), until)
    if not counted:
        return
    outbox.notify(
        User.objects.filter(pk=item.payload["teacher"], is_active=True),
        "gradebook.digest",
        {"new": counted["new"], "changed": counted["changed"], "corrected": counted["corrected"]},
        url=reverse("gradebook:class_list"),
    )


def count_changes(payloads: Iterable[str], until: datetime) -> Counter[str]:
    """How many cells were filled, changed, and corrected by a petition in the seven days before `until`."""
    counted: Counter[str] = Counter()
    for payload in payloads:
        event = json.loads(payload)
        if event["op"] not in {"SET", "CORRECT"}:
            continue
        at = moment(event["at"])
        if until - WEEK <= at < until:
            counted["corrected" if event["op"] == "CORRECT" else "changed" if event["old"] else "new"] += 1
    return counted
