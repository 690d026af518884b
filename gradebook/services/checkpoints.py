"""Signing checkpoints and sending them out. Runs as role schoolops_signer, in a process (or, in the trial, a thread) of its own."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Checkpoint, CheckpointDelivery, LockException, ScoreColumn, Signer
from gradebook.proof import checkpoints as notes
from gradebook.proof.checkpoints import Head
from gradebook.selectors.checkpoints import read_heads
from gradebook.services.places import Place
from registry.models import School
from schoolops.lib.clock import db_now, local_day

Why = Checkpoint.Why
NIGHT_HOUR = 2
RETRY_AFTER = timedelta(minutes=1)
AT_ONCE = 50


# --- the key ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Key:
    """The signer's key: its file holds 32 secret bytes as hex and belongs to the signer alone."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()


def make_signing_key(path: Path) -> Key:
    """A new key in a new file of mode 0600. Raises FileExistsError rather than overwrite one."""
    private = Ed25519PrivateKey.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{private.private_bytes_raw().hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return Key(private)


def read_signing_key(path: str | Path) -> Key:
    """The key of this file. Raises ImproperlyConfigured when it is missing, readable by others, or no key."""
    try:
        others = Path(path).stat().st_mode & 0o077
        text = Path(path).read_text(encoding="ascii").strip()
        key = Key(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text)))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"The signing key {path} cannot be read: {error}.") from error
    if others:
        raise ImproperlyConfigured(f"The signing key {path} can be read by others: chmod 600.")
    return key


# --- signing ------------------------------------------------------------------------------------
def announce_signer(*, key: Key, places: Sequence[Place]) -> None:
    """Say who signs and for where; a new folder gets the past too."""
    see_signer(key=key, places=places)
    now = db_now()
    for place in places:
        if place.wants_the_past:
            missing = Checkpoint.objects.exclude(deliveries__place=place.key).values_list("seq", flat=True)
            CheckpointDelivery.objects.bulk_create(
                [CheckpointDelivery(checkpoint_id=seq, place=place.key, created_at=now) for seq in missing]
            )


def see_signer(*, key: Key, places: Sequence[Place]) -> None:
    """The signer has just looked, and everything that was due is signed."""
    defaults = {"looked_at": db_now(), "public_key": key.public.hex(), "places": [place.key for place in places]}
    Signer.objects.update_or_create(pk=1, defaults=defaults)


@transaction.atomic
def sign_if_due(*, key: Key, places: Sequence[Place]) -> Checkpoint | None:
    """Make the next checkpoint when there is a reason for one; None otherwise."""
    last = Checkpoint.objects.order_by("-seq").first()
    before = db_now()
    heads = read_heads()
    now = db_now()
    if _has_closed(before, now) or (last is not None and now < last.at):
        return None  # closed this very moment, or the clock was set back: the next look signs
    why = reason_to_sign(last, heads, now)
    return None if why is None else _sign(key, places, last, heads, now, why)


def reason_to_sign(last: Checkpoint | None, heads: Sequence[Head], now: datetime) -> str | None:
    """A column has closed since, the night has come, or something has changed and the last one is five minutes old."""
    if last is None or not heads:
        return Why.CHANGE if heads else None
    if _has_closed(last.at, now):
        return Why.LOCK
    full_at = Checkpoint.objects.filter(Q(why=Why.NIGHT) | Q(seq=1)).latest("seq").at
    if local_day(full_at) < local_day(now) and timezone.localtime(now).hour >= NIGHT_HOUR:
        return Why.NIGHT
    if now - last.at >= settings.CHECKPOINT_EVERY and notes.total_of(heads) != last.total:
        return Why.CHANGE
    return None


def _has_closed(after: datetime, until: datetime) -> bool:
    """Whether a column closed in this span, by the calendar or with its exception."""
    span = Q(closes_at__gt=after, closes_at__lte=until)
    return ScoreColumn.objects.filter(span).exists() or LockException.objects.filter(span, ended_at=None).exists()


def _sign(
    key: Key, places: Sequence[Place], last: Checkpoint | None, heads: list[Head], now: datetime, why: str
) -> Checkpoint:
    known = _signed_heads(last)
    is_full = last is None or why == Why.NIGHT or bool(known.keys() - {head.book for head in heads})
    note = notes.Checkpoint(
        origin=last.body.partition("\n")[0] if last else notes.origin_of(_school_code()),
        number=last.seq + 1 if last else 1,
        why=str(why),
        at=now,
        prev=last.sha256 if last else notes.FIRST_PREV,
        count=len(heads),
        total=notes.total_of(heads),
        is_full=is_full,
        heads=tuple(head for head in heads if is_full or known.get(head.book) != head),
    )
    signature = notes.signature_line(note.origin, key.public, key.private.sign(note.body.encode()))
    made = Checkpoint.objects.create(
        seq=note.number,
        at=now,
        why=why,
        total=note.total,
        body=note.body,
        sha256=notes.digest(note.body),
        signature=signature,
    )
    CheckpointDelivery.objects.bulk_create(
        [CheckpointDelivery(checkpoint=made, place=place.key, created_at=now) for place in places]
    )
    return made


def _school_code() -> str:
    return School.objects.order_by("code").values_list("code", flat=True).first() or "school"


def _signed_heads(last: Checkpoint | None) -> dict[int, Head]:
    """What the checkpoints so far say of each book: the newest that lists all, and what followed."""
    known: dict[int, Head] = {}
    if last is not None:
        full = Checkpoint.objects.filter(Q(why=Why.NIGHT) | Q(seq=1)).latest("seq")
        for text in Checkpoint.objects.filter(seq__gte=full.seq).order_by("seq").values_list("body", flat=True):
            note = notes.parse(f"{text}\n")[0]
            known = ({} if note.is_full else known) | {head.book: head for head in note.heads}
    return known


# --- sending ------------------------------------------------------------------------------------
def deliver_waiting(*, places: Sequence[Place]) -> int:
    """Send what waits, place by place; what fails is tried again a minute later. Returns how many arrived."""
    return sum(_deliver_to(place) for place in places)


def _deliver_to(place: Place) -> int:
    arrived = 0
    waiting = CheckpointDelivery.objects.filter(place=place.key, delivered_at=None).order_by("checkpoint_id")
    for delivery in waiting.select_related("checkpoint")[:AT_ONCE]:
        now = db_now()
        if delivery.tried_at is not None and now - delivery.tried_at < RETRY_AFTER:
            break
        delivery.attempts, delivery.tried_at, delivery.error = delivery.attempts + 1, now, ""
        try:
            place.deliver(delivery.checkpoint)
            delivery.delivered_at, arrived = now, arrived + 1
        except OSError as error:  # also what smtplib raises
            delivery.error = type(error).__name__
        delivery.save(update_fields=["attempts", "tried_at", "delivered_at", "error"])
        if delivery.error:
            break
    return arrived
