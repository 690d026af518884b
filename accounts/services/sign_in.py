"""The door: who may try a password now, what is remembered of a sign-in, and how a person ends sessions (A1, A7).

A wrong password counts against the account *and the device that it was typed on*. Devices on which the person has signed in
before each have tries of their own; all the others share theirs. So whoever tries names from elsewhere stops other strangers,
and never the teacher on their own machine.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.backends import account_named
from accounts.models import Device, SecurityEvent, User
from accounts.permissions import is_staff_member
from schoolops.lib import outbox
from schoolops.lib.clock import db_now

T = TypeVar("T")
Kind = SecurityEvent.Kind

TRIES = 5
WINDOW = timedelta(minutes=15)
# Strange devices behind one address: a school has one for all its classrooms, so this only stops machines.
TRIES_OF_AN_ADDRESS = 100
ADDRESS_WINDOW = timedelta(hours=1)
# Answers of passkeys that do not match: nobody guesses one, so none is stopped, but the log takes no more of them.
KEPT_OF_A_PERSON = 100
# A PIN opens a device that was used within this time.
PIN_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Visit:
    """From where somebody knocks: the secret of the browser ("" if it has none), what it calls itself, its address."""

    token: str
    browser: str
    address: str


@dataclass(frozen=True)
class Tried(Generic[T]):
    """What was proved, or how long to wait, or neither: the secret did not match."""

    proved: T | None = None
    wait: timedelta | None = None


def network_of(address: str) -> str:
    """The address as it is counted: a household has a /64 of IPv6."""
    found = ipaddress.ip_address(address)
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network(f"{found}/64", strict=False).network_address)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(text: str) -> str:
    """What the log keeps of an account, a typed name or a code: few enough to be tried one by one, so the hash is keyed."""
    return salted_hmac("accounts.sign_in", text, algorithm="sha256").hexdigest()


def known_device(person: User | None, visit: Visit) -> Device | None:
    """This person's device with this secret, unless they took it off their list."""
    if person is None or not visit.token:
        return None
    return Device.objects.filter(person=person, token_hash=sha256(visit.token), forgotten_at=None).first()


@transaction.atomic
def try_password(name: str, visit: Visit, check: Callable[[], User | None]) -> Tried[User]:
    """Let `check` compare the password, if tries are left. Two tries of one account never run at the same time."""
    person = account_named(name)
    if person is not None:
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
    return _try(f"account:{person.pk}" if person else f"name:{name.strip().casefold()}", person, visit, check)


@transaction.atomic
def try_code(code: str, visit: Visit, check: Callable[[], T | None]) -> Tried[T]:
    """Let `check` look for the slip with this code, if tries are left and the code is not worn out."""
    return _try(f"code:{code}", None, visit, lambda: None if _is_worn_out(code) else check())


def _is_worn_out(code: str) -> bool:
    """This code was tried in vain as often as a password may be in a quarter of an hour: it is of no use any more."""
    return SecurityEvent.objects.filter(kind=Kind.FAILED, key=key_of(f"code:{code}")).count() >= TRIES


def _try(secret_of: str, person: User | None, visit: Visit, check: Callable[[], T | None]) -> Tried[T]:
    key, device, now = key_of(secret_of), known_device(person, visit), db_now()
    if wait := _wait(key, device, visit, now):
        return Tried(wait=wait)
    if proved := check():
        return Tried(proved)
    event = SecurityEvent(kind=Kind.FAILED, person=person, key=key, device=device, at=now)
    _keep(event, visit)
    if _wait(key, device, visit, now):
        _keep(SecurityEvent(kind=Kind.STOPPED, person=person, key=key, device=device, at=now), visit)
    return Tried()


def _keep(event: SecurityEvent, visit: Visit) -> None:
    event.browser, event.address = visit.browser[:100], visit.address
    event.save()


def _wait(key: str, device: Device | None, visit: Visit, now: datetime) -> timedelta | None:
    """How long until the next try, or None."""
    released = SecurityEvent.objects.filter(kind=Kind.RELEASED, key=key).values_list("at", flat=True).first()
    failed = SecurityEvent.objects.filter(kind=Kind.FAILED)
    mine = failed.filter(key=key, device=device)
    waits = [_until_free(mine.filter(at__gt=released) if released else mine, TRIES, WINDOW, now)]
    if device is None:
        there = failed.filter(address=visit.address, device=None)
        waits.append(_until_free(there, TRIES_OF_AN_ADDRESS, ADDRESS_WINDOW, now))
    return max((wait for wait in waits if wait), default=None)


def _until_free(failed: QuerySet[SecurityEvent], most: int, window: timedelta, now: datetime) -> timedelta | None:
    """None while fewer than `most` failed within the window, else when the oldest of them leaves it."""
    recent = failed.filter(at__gt=now - window).order_by("-at", "-id")
    at = recent.values_list("at", flat=True)[most - 1 : most].first()
    return None if at is None else at + window - now


def release(*, person: User, by: User) -> None:
    """Let a person try again at once, by IT staff: counting begins anew."""
    SecurityEvent.objects.create(
        kind=Kind.RELEASED, person=person, by=by, key=key_of(f"account:{person.pk}"), at=db_now()
    )


# --- after the door -----------------------------------------------------------------------------
@transaction.atomic
def record_sign_in(*, person: User, visit: Visit) -> Device | None:
    """Log a sign-in; one from a device that was not known is told to the person, unless it is their first."""
    now = db_now()
    device = known_device(person, visit)
    if device is not None:
        Device.objects.filter(pk=device.pk).update(last_seen_at=now, name=visit.browser[:100])
    been_here = SecurityEvent.objects.filter(person=person, kind__in=[Kind.SIGNED_IN, Kind.NEW_DEVICE]).exists()
    is_new = device is None and been_here
    kind = Kind.NEW_DEVICE if is_new else Kind.SIGNED_IN
    _keep(SecurityEvent(kind=kind, person=person, device=device, at=now), visit)
    if is_new:
        context = {"browser": visit.browser, "at": now.isoformat()}
        outbox.notify(
            User.objects.filter(pk=person.pk), "account.new_device", context, url=reverse("accounts:session_list")
        )
    return device


def new_token() -> str:
    """A secret for a browser to keep."""
    return secrets.token_urlsafe(24)


@transaction.atomic
def remember_device(*, person: User, token: str, browser: str, pin: str = "") -> Device:
    """From now on this browser is one of this person's, opened by `pin`, too; one forgotten before is taken up again."""
    values = {"name": browser[:100], "last_seen_at": db_now(), "forgotten_at": None}
    if pin:
        values["pin"] = make_password(pin)
    device, _created = Device.objects.update_or_create(person=person, token_hash=sha256(token), defaults=values)
    return device


def person_with_pin(name: str, pin: str, visit: Visit) -> User | None:
    """The person whose PIN this is on the device they knock from. Only `try_password` asks: the digits are few.

    Whoever works here, perhaps since lately, signs in with a password.
    """
    person = account_named(name)
    device = known_device(person, visit)
    if person is None or device is None or not device.pin or not person.is_active:
        return None
    if device.last_seen_at < db_now() - PIN_FOR or is_staff_member(person):
        return None
    return person if check_password(pin, device.pin) else None


def forget_devices(devices: QuerySet[Device]) -> None:
    """On these browsers their people are strangers again, and no PIN opens anything."""
    devices.filter(forgotten_at=None).update(forgotten_at=db_now(), pin="")


@transaction.atomic
def end_sessions(*, person: User, visit: Visit, keep: str | None, only: int | None = None) -> int:
    """End this person's sessions but the one with key `keep`, or only one of them. Returns how many were ended."""
    sessions = UserSession.objects.filter(user=person)
    sessions = sessions.exclude(session_key=keep) if keep else sessions
    ended = list(sessions if only is None else sessions.filter(pk=only))
    for session in ended:
        session.end()
    if ended:
        _keep(SecurityEvent(kind=Kind.SESSIONS_ENDED, person=person, at=db_now()), visit)
    return len(ended)


@transaction.atomic
def record_refused(kind: Kind, *, person: User | None, visit: Visit) -> None:
    """What did not open the door, for whomever it claimed to be; a flood leaves KEPT_OF_A_PERSON lines of a kind an hour."""
    now = db_now()
    lately = SecurityEvent.objects.filter(kind=kind, person=person, at__gt=now - ADDRESS_WINDOW)
    if lately.count() < KEPT_OF_A_PERSON:
        _keep(SecurityEvent(kind=kind, person=person, device=known_device(person, visit), at=now), visit)


def record_failed_factor(*, person: User | None, visit: Visit) -> None:
    """A code or a passkey that did not match."""
    record_refused(Kind.FACTOR_FAILED, person=person, visit=visit)


def record(kind: Kind, *, person: User, visit: Visit) -> None:
    """A change of how a person signs in."""
    _keep(SecurityEvent(kind=kind, person=person, at=db_now()), visit)
