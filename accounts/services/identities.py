"""Whose account a mail account of the school opens: one that the school has opened, never a new one (A8)."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts import permissions
from accounts.models import SecurityEvent, User
from accounts.services.notices import tell_of_account
from accounts.services.sign_in import Visit, record, record_refused


@transaction.atomic
def person_of_identity(*, provider: str, domain: str, claims: dict[str, Any], visit: Visit) -> User | None:
    """The person whom the provider has proved to be there; None, with a line in the log, where that opens no account.

    `claims` are those of a checked ID token. Its address must be of the school's `domain`. The subject decides, once it is
    known; the first time an address that the provider has verified must be the one that the school wrote on one open account.
    """
    address = str(claims.get("email") or "").strip().lower()
    subject = str(claims.get("sub") or "")
    person = None
    if subject and _is_of(domain, address, claims):
        known = SocialAccount.objects.filter(provider=provider, uid=subject).select_related("user").first()
        person = known.user if known else _named(provider, address, claims)
        if person and not known:
            SocialAccount.objects.create(provider=provider, uid=subject, user=person)
            record(SecurityEvent.Kind.IDENTITY_LINKED, person=person, visit=visit)
            if permissions.is_staff_member(person):
                # IT staff write the address that opens a colleague's account.
                tell_of_account("account.identity_linked", person)
    if person is None or not person.is_active:
        record_refused(SecurityEvent.Kind.IDENTITY_REFUSED, person=person, visit=visit)
        return None
    return person


def _is_of(domain: str, address: str, claims: dict[str, Any]) -> bool:
    """Of the school's domain, and of no other organisation where the provider names one (hd of Google)."""
    return address.endswith(f"@{domain}") and str(claims.get("hd") or domain).lower() == domain


def _named(provider: str, address: str, claims: dict[str, Any]) -> User | None:
    """The one open account with this address, nobody when the provider has not verified it or another subject has it.

    Microsoft says it with xms_edov, an optional claim of the app registration.
    """
    if claims.get("email_verified") is not True and str(claims.get("xms_edov")).lower() not in {"true", "1"}:
        return None
    people = list(User.objects.filter(email__iexact=address, is_active=True).order_by("pk")[:2])
    if len(people) != 1 or SocialAccount.objects.filter(provider=provider, user=people[0]).exists():
        return None
    return people[0]
