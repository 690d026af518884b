"""Grants that end soon: the person, IT staff and the principal are told two weeks ahead, once for each end (A4)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.models import Grant, User
from accounts.permissions import people_with
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import local_day
from schoolops.lib.models import JobItem

KIND = "accounts.ending_grant"
AHEAD = timedelta(days=14)


def start_ending_reminders(*, at: datetime) -> int:
    """A job for each grant that ends within two weeks, unless it was started for this end before. Returns how many."""
    today = local_day(at)
    ending = Grant.objects.in_force(today).filter(valid_until__lte=today + AHEAD)
    started = [
        jobs.start(KIND, [(str(pk), {"grant": pk})], period=f"{pk} until {until:%Y-%m-%d}")
        for pk, until in ending.order_by("pk").values_list("pk", "valid_until")
    ]
    return sum(job is not None for job in started)


@jobs.handler(KIND)
@transaction.atomic
def tell_of_end(item: JobItem) -> None:
    """Nothing when the grant was revoked or prolonged meanwhile."""
    today = local_day(item.job.created_at)
    grant = Grant.objects.in_force(today).filter(pk=item.payload["grant"], valid_until__lte=today + AHEAD).first()
    if grant is None or grant.valid_until is None:
        return
    context = {
        "who": grant.person.full_name,
        "role": str(grant.get_role_display()),
        "day": f"{grant.valid_until:%d/%m/%Y}",
    }
    outbox.notify(
        User.objects.filter(pk=grant.person_id, is_active=True), "grant.ending", context, url=reverse("profile")
    )
    keepers = people_with("accounts.add_grant") | people_with("accounts.confirm_grant")
    outbox.notify(
        keepers.exclude(pk=grant.person_id),
        "grant.ending",
        context,
        url=reverse("power_detail", args=[grant.person_id]),
    )
