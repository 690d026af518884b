"""How old passwords are, and what that asks of their holders (A2)."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import PasswordRecord, StaffProfile, User
from accounts.passwords import has_second_factor, profile
from accounts.permissions import is_staff_member
from accounts.policies import PASSWORD_DAYS, value_of
from schoolops.lib.clock import local_day


class SignInDuty(StrEnum):
    """What a person has to see to after signing in, the weightiest first."""

    FACTOR = "factor"
    FORCED = "forced"
    DUE = "due"


def password_set_at() -> Coalesce:
    """When the present password was set; an account from before records began counts from its opening."""
    newest = PasswordRecord.objects.filter(person=OuterRef("pk")).values("set_at")[:1]
    return Coalesce(Subquery(newest), "date_joined")


def staff_with_passwords() -> QuerySet[User]:
    """Open accounts of staff, with `password_set_at`."""
    staff = User.objects.filter(is_active=True, pk__in=StaffProfile.objects.filter(left_on=None).values("user"))
    return staff.annotate(password_set_at=password_set_at()).order_by("pk")


def interval() -> timedelta | None:
    """How long the school lets a password stand; None for ever."""
    days = value_of(PASSWORD_DAYS)
    return timedelta(days=days) if days else None


def password_ends_on(person: User, longest: timedelta | None) -> date | None:
    """The day on which a new password is due, by the school's interval or the profile's for administrators; None for never.

    `person` comes with `password_set_at`; `longest` is `interval()`, read once for any number of people.
    """
    if not person.has_usable_password():
        return None
    ages = [age for age in (longest, _forced_age(person)) if age]
    if not ages:
        return None
    return local_day(person.password_set_at + min(ages))  # type: ignore[attr-defined]  # annotated by the caller's queryset


def _forced_age(person: User) -> timedelta | None:
    """Administrators change theirs after this time, whatever the school's interval is."""
    return profile().admin_age if person.has_perm("accounts.use_admin") else None


def duty_after_sign_in(person: User, at: datetime) -> SignInDuty | None:
    """The one thing that this person is led to after signing in, or None."""
    if not is_staff_member(person):
        return None
    if not has_second_factor(person):
        return SignInDuty.FACTOR
    known = User.objects.annotate(password_set_at=password_set_at()).get(pk=person.pk)
    ends = password_ends_on(known, interval())
    if ends is None or ends > local_day(at):
        return None
    forced = _forced_age(known)
    if forced and local_day(known.password_set_at + forced) <= local_day(at):
        return SignInDuty.FORCED
    return SignInDuty.DUE
