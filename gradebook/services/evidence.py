"""Evidence of a petition: added from the computer or, once, from a phone without signing in (a recorded exception)."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from gradebook.models import CorrectionRequest, Evidence, UploadTicket
from gradebook.services.acting import act_as
from gradebook.services.corrections import editable
from schoolops.lib.clock import db_now
from schoolops.lib.uploads import UploadRefused, accept_evidence

TICKET_LASTS = timedelta(minutes=10)
MAX_FILES = 10


def add_evidence(
    *,
    correction: CorrectionRequest,
    uploads: Iterable["File[bytes]"],
    by: User,
    via: Evidence.Via = Evidence.Via.COMPUTER,
) -> list[str]:
    """Keep each file that can be kept, made harmless; returns why the others were refused, in words that name the file."""
    editable(correction, by)
    refused = []
    for upload in uploads:
        try:
            _add(correction, upload, by, via)
        except (UploadRefused, ValidationError) as error:
            words = error.messages[0] if isinstance(error, ValidationError) else str(error)
            refused.append(f"{upload.name}: {words}")
    return refused


@transaction.atomic
def _add(correction: CorrectionRequest, upload: "File[bytes]", by: User, via: Evidence.Via) -> None:
    if correction.evidence.count() >= MAX_FILES:
        raise ValidationError(_("Một đề nghị có nhiều nhất %(count)s tệp minh chứng.") % {"count": MAX_FILES})
    act_as(by)
    Evidence.objects.create(request=correction, file=accept_evidence(upload, by=by), via=via)


@transaction.atomic
def remove_evidence(*, evidence: Evidence, by: User) -> None:
    """Take a file out of a draft; what was sent keeps its evidence."""
    editable(evidence.request, by)
    act_as(by)
    evidence.delete()


# --- the phone ------------------------------------------------------------------------------------------
@transaction.atomic
def open_ticket(*, correction: CorrectionRequest, by: User) -> str:
    """A new token for one upload within ten minutes; earlier ones of this petition end. Only its hash is kept."""
    editable(correction, by)
    revoke_tickets(correction=correction, by=by)
    token = secrets.token_urlsafe(24)
    UploadTicket.objects.create(
        request=correction, token_hash=_hash(token), created_by=by, expires_at=db_now() + TICKET_LASTS
    )
    return token


def revoke_tickets(*, correction: CorrectionRequest, by: User) -> None:
    """The QR code on screen is worth nothing from now on."""
    if correction.requested_by_id != by.pk:
        raise PermissionDenied
    correction.tickets.filter(used_at=None, revoked_at=None).update(revoked_at=db_now())


def ticket_of(token: str) -> UploadTicket | None:
    """The ticket while it can be used; None for an unknown, used, expired or revoked one, all alike."""
    found = UploadTicket.objects.select_related("request", "created_by").filter(token_hash=_hash(token)).first()
    if found is None or found.used_at or found.revoked_at or found.expires_at <= db_now():
        return None
    return found if found.request.state in CorrectionRequest.IN_HAND else None


def upload_by_ticket(*, token: str, uploads: Sequence["File[bytes]"]) -> list[str] | None:
    """Take the one upload of a ticket; None when the ticket cannot be used. Returns why files were refused.

    The ticket is used up when at least one file was kept, so that a wrong file can be chosen again.
    """
    with transaction.atomic():
        ticket = UploadTicket.objects.select_for_update().filter(token_hash=_hash(token)).first()
        if ticket is None or ticket_of(token) is None:
            return None
        refused = add_evidence(correction=ticket.request, uploads=uploads, by=ticket.created_by, via=Evidence.Via.PHONE)
        if len(refused) < len(uploads):
            ticket.used_at = db_now()
            ticket.save(update_fields=["used_at"])
    return refused


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
