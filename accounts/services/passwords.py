"""The age of passwords, and slips with which staff set one; IT staff print slips and never know a password (A2, A8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import OneTimeCode, SecurityEvent, StaffSlip, User
from accounts.models.codes import code_hash, new_code
from accounts.selectors.passwords import interval, password_ends_on, staff_with_passwords
from accounts.services.codes import take
from accounts.services.notices import tell_of_account
from accounts.services.sign_in import Tried, Visit, try_code
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.models import JobItem
from schoolops.lib.workflow import TransitionDenied

KIND = "accounts.password_ending"
AHEAD = timedelta(days=7)


# --- reminders ----------------------------------------------------------------------------------
def start_password_reminders(*, at: datetime) -> int:
    """A job for each member of staff whose password is due within a week, once for each due day. Returns how many."""
    today, longest = local_day(at), interval()
    started = 0
    for person in staff_with_passwords():
        ends = password_ends_on(person, longest)
        if ends is not None and ends <= today + AHEAD:
            job = jobs.start(
                KIND, [(str(person.pk), {"person": person.pk})], period=f"{person.pk} until {ends:%Y-%m-%d}"
            )
            started += job is not None
    return started


@jobs.handler(KIND)
@transaction.atomic
def tell_of_password(item: JobItem) -> None:
    """Nothing when the password was changed meanwhile."""
    person = staff_with_passwords().filter(pk=item.payload["person"]).first()
    ends = password_ends_on(person, interval()) if person else None
    if person is None or ends is None or ends > local_day(item.job.created_at) + AHEAD:
        return
    outbox.notify(
        User.objects.filter(pk=person.pk),
        "account.password_ending",
        {"day": f"{ends:%d/%m/%Y}"},
        url=reverse("account_change_password"),
    )


# --- slips --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class StaffSlipPrint:
    """What is printed: the code in clear exists here and on the paper, nowhere else."""

    person: User
    code: str
    slip: StaffSlip


@transaction.atomic
def print_staff_slips(*, people: Collection[int], by: User) -> list[StaffSlipPrint]:
    """New codes for these members of staff; slips printed for them before end. Each of them is told, and so are the leaders.

    Raises TransitionDenied when `by` may not print them.
    """
    wanted = list(permissions.staff_accounts_of(by).select_for_update(no_key=True, of=("self",)).filter(pk__in=people))
    now = db_now()
    prints = []
    for person in wanted:
        if reason := permissions.print_slip_denial(by, person):
            raise TransitionDenied(reason)
        StaffSlip.objects.open().filter(person=person).update(revoked_at=now)
        code = new_code()
        slip = StaffSlip.objects.create(
            person=person, code_hash=code_hash(code), issued_by=by, issued_at=now, expires_at=now + _life_for(person)
        )
        SecurityEvent.objects.create(kind=SecurityEvent.Kind.SLIP_PRINTED, person=person, by=by, at=now)
        if person.has_usable_password():
            tell_of_account("account.slip_printed", person, by=by.full_name)
        prints.append(StaffSlipPrint(person, code, slip))
    return prints


def _life_for(person: User) -> timedelta:
    return StaffSlip.RESET_LIFE if person.has_usable_password() else OneTimeCode.LIFE


def find_staff_slip(*, username: str, code: str, visit: Visit) -> Tried[StaffSlip]:
    """The usable slip of this account with this code; five tries a code, and no word on what was wrong."""

    def check() -> StaffSlip | None:
        usable = StaffSlip.objects.usable(db_now()).select_related("person").filter(person__is_active=True)
        return usable.filter(code_hash=code_hash(code), person__username__iexact=username.strip()).first()

    return try_code(code, visit, check)


@transaction.atomic
def use_staff_slip(*, slip: StaffSlip, password: str) -> User:
    """Set the password; all sessions of the account end, the second factor stays. Raises TransitionDenied when used meanwhile."""
    taken = take(slip, gone=_("Phiếu này đã được dùng hoặc đã hết hạn. Hãy xin quản trị của trường một phiếu mới."))
    taken.person.set_password(password)
    taken.person.save()
    return taken.person
