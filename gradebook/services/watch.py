"""Telling people when the ledger does not hold, or when its checkpoints are late. Not IT alone: who could have done it is told by
others (P1-3, P1-4)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.permissions import people_with
from gradebook.selectors.checkpoints import NIGHTLY, checkpoint_state
from gradebook.selectors.ledger import freeze, verify
from registry.models import SchoolYear
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.models import Job, JobItem

ALARM = "gradebook.checkpoints_late"


def start_nightly_verification(*, at: datetime) -> Job | None:
    """One item per school year, so that none takes longer than a task may; None when today's job exists already."""
    years = SchoolYear.objects.order_by("code").values_list("code", flat=True)
    return jobs.start(NIGHTLY, [(year, {"year": year}) for year in years], period=local_day(at).isoformat())


@jobs.handler(NIGHTLY)
def verify_year(item: JobItem) -> None:
    """Judge every book of the year; faults go to those who answer for the record. First in the item's transaction."""
    freeze()
    year = item.payload["year"]
    found, books, _events = verify(year=year)
    if found:
        outbox.notify(
            people_with("gradebook.watch_ledger"),
            "ledger.faults",
            {"year": year, "count": len(found), "books": books},
            url=reverse("status"),
        )


def start_alarm(*, at: datetime) -> Job | None:
    """When checkpoints are late or stuck, today's alarm; None when all is well or it was given already."""
    if checkpoint_state(at).is_well:
        return None
    return jobs.start(ALARM, [("alarm", {})], period=local_day(at).isoformat())


@jobs.handler(ALARM)
@transaction.atomic
def tell_of_late_checkpoints(item: JobItem) -> None:
    """Once a day, to the principal and IT staff."""
    state = checkpoint_state(db_now())
    if not state.is_well:
        outbox.notify(people_with("gradebook.watch_signer"), "checkpoints.late", {}, url=reverse("status"))
