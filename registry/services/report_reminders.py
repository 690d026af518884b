"""Asking for reports ahead of their last day, on its eve, and when it is over: each once, however often beat runs (C3)."""

from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from registry.models import Submission
from registry.permissions import makers_of_reports, watchers_of_exports
from registry.policies import report_reminder_days
from registry.selectors.reports.agenda import line_of
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import local_day
from schoolops.lib.models import Job, JobItem

KIND = "registry.due_report"
Stage = Literal["ahead", "eve", "late"]


def start_report_reminders(*, at: datetime) -> list[Job]:
    """One job per report and stage that is reached; a stage that was asked for already starts nothing."""
    ahead = local_day(at) + timedelta(days=report_reminder_days())
    found = Submission.objects.open().filter(due_on__lte=ahead, school_year__closed_at=None).order_by("due_on", "pk")
    started = []
    for submission in found:
        stage = stage_of(submission, at)
        period = f"{submission.pk} {stage} {submission.due_on:%Y-%m-%d}"
        job = jobs.start(KIND, [("all", {"submission": submission.pk, "stage": stage})], period=period)
        started += [job] if job else []
    return started


def stage_of(submission: Submission, at: datetime) -> Stage:
    left = (submission.due_on - local_day(at)).days
    return "late" if left < 0 else "eve" if left <= 1 else "ahead"


@jobs.handler(KIND)
@transaction.atomic
def remind(item: JobItem) -> None:
    """Tell whoever makes reports; when it is late also those who watch. Nothing when it was sent meanwhile."""
    submission = Submission.objects.open().filter(pk=item.payload["submission"]).first()
    if submission is None:
        return
    is_late = item.payload["stage"] == "late"
    line = line_of(submission, item.job.created_at)
    people: set[User] = set(makers_of_reports())
    if is_late:
        people |= set(watchers_of_exports())
    outbox.notify(
        people,
        "report.late" if is_late else "report.due",
        {
            "report": str(line.form.title),
            "period": str(submission.get_period_display()),
            "due_at": line.due_at.isoformat(),
        },
        url=reverse("registry:report_detail", args=[submission.pk]),
    )
