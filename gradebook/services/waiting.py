"""Petitions that wait: a reminder at half of the time, and when it has run out to every leader. Nothing approves itself (C3)."""

from datetime import datetime

from django.db import transaction

from gradebook import permissions
from gradebook.models import CorrectionRequest
from gradebook.services.corrections import tell
from schoolops.lib import jobs
from schoolops.lib.models import JobItem

KIND = "gradebook.waiting_correction"
HALF, LATE = "half", "late"


def start_waiting_reminders(*, at: datetime) -> int:
    """One job per petition, version and stage, however often beat runs; the number of jobs begun."""
    waiting = CorrectionRequest.objects.filter(state=CorrectionRequest.State.SUBMITTED, due_at__isnull=False)
    begun = 0
    for petition in waiting.order_by("id"):
        if stage := _stage(petition, at):
            payload = {"petition": petition.pk, "revision": petition.revision, "stage": stage}
            started = jobs.start(KIND, [("only", payload)], period=f"{petition.pk}/{petition.revision}/{stage}")
            begun += started is not None
    return begun


def _stage(petition: CorrectionRequest, at: datetime) -> str:
    if petition.due_at is None or petition.submitted_at is None:
        return ""
    if at >= petition.due_at:
        return LATE
    return HALF if at >= petition.submitted_at + (petition.due_at - petition.submitted_at) / 2 else ""


@jobs.handler(KIND)
@transaction.atomic
def remind_of_petition(item: JobItem) -> None:
    """Tell the person addressed, or when it is late all who may decide; nothing when it was decided meanwhile."""
    petition = (
        CorrectionRequest.objects.select_related(
            "addressed_to", "requested_by", "gradebook__class_subject__school_class"
        )
        .filter(
            pk=item.payload["petition"],
            revision=item.payload["revision"],
            state=CorrectionRequest.State.SUBMITTED,
        )
        .first()
    )
    if petition is None or petition.due_at is None:
        return
    addressed = petition.addressed_to if item.payload["stage"] == HALF else None
    people = [addressed] if addressed else permissions.reviewers_of(petition)
    tell(people, "correction.reminder", petition, due_at=petition.due_at.isoformat())
