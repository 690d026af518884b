"""How the checkpoints stand: for the page about the system's state, for /readyz, for the alarm."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min

from gradebook.models import Checkpoint, CheckpointDelivery, Gradebook, Signer
from gradebook.proof.checkpoints import Head, total_of
from schoolops.lib.models import JobItem

NIGHTLY = "gradebook.ledger_night"


@dataclass(frozen=True)
class CheckpointState:
    """`is_late`: changes have waited too long for a signature; `is_stuck`: a checkpoint has waited too long for its place."""

    newest_at: datetime | None
    number: int
    places: int
    is_late: bool
    is_stuck: bool
    verified_at: datetime | None

    @property
    def is_well(self) -> bool:
        return not (self.is_late or self.is_stuck)


def checkpoint_state(at: datetime) -> CheckpointState:
    """How the checkpoints stand at this moment."""
    newest = Checkpoint.objects.order_by("-seq").first()
    signer = Signer.objects.first()
    return CheckpointState(
        newest_at=newest.at if newest else None,
        number=newest.seq if newest else 0,
        places=len(signer.places) if signer else 0,
        is_late=_is_late(newest, signer, at),
        is_stuck=_is_stuck(signer, at),
        verified_at=_verified_at(),
    )


def _is_late(newest: Checkpoint | None, signer: Signer | None, at: datetime) -> bool:
    """Something has changed since the newest checkpoint, and the signer has not been at work for a quarter of an hour.

    A signer that is at work signs within five minutes, so its absence is what makes a change wait longer.
    """
    seen_at = signer.looked_at if signer else Gradebook.objects.aggregate(first=Min("opened_at"))["first"]
    if seen_at is None or at - seen_at < settings.CHECKPOINT_ALARM_AFTER:
        return False
    return newest is None or newest.total != total_of(read_heads())


def read_heads() -> list[Head]:
    """Every book's head, in one statement and so of one moment."""
    rows = Gradebook.objects.order_by("pk").values_list("pk", "chain_seq", "chain_head", "term__school_year__code")
    return [Head(pk, seq, bytes(head).hex(), year) for pk, seq, head, year in rows]


def _is_stuck(signer: Signer | None, at: datetime) -> bool:
    """Places that are not configured any more are waited for by nobody."""
    waiting = CheckpointDelivery.objects.filter(
        delivered_at=None,
        created_at__lt=at - settings.CHECKPOINT_ALARM_AFTER,
        place__in=signer.places if signer else [],
    )
    return waiting.exists()


def _verified_at() -> datetime | None:
    """When the nightly verification last came to its end."""
    done = JobItem.objects.filter(job__kind=NIGHTLY, state=JobItem.State.DONE).order_by("-finished_at").first()
    return done.finished_at if done else None
