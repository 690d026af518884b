"""Changes of staff: noted with their decision, then taken into the records (A12)."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Decision, StaffProfile, User
from accounts.services.decisions import known_or_new
from registry import permissions
from registry.models import StaffChange
from schoolops.lib.clock import db_now
from schoolops.lib.history import keep
from schoolops.lib.workflow import TransitionDenied

Kind = StaffChange.Kind
LEAVING = frozenset({Kind.TRANSFER_OUT, Kind.RETIREMENT})


@dataclass(frozen=True)
class News:
    """What is known of a change."""

    kind: str
    what: str
    happened_on: date
    new_position: str = ""


@transaction.atomic
def note_staff_change(*, staff: StaffProfile, news: News, decision: Decision, by: User) -> StaffChange:
    """A decision has changed something about this person; `decision` may be new. Its 5 working days run from its date.

    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    if reason := permissions.note_staff_change_denial(by):
        raise PermissionDenied(reason)
    rests_on = known_or_new(decision, by)
    made = StaffChange(
        staff=staff,
        kind=news.kind,
        what=news.what,
        happened_on=news.happened_on,
        new_position=news.new_position,
        decision=rests_on,
        noted_by=by,
        noted_at=db_now(),
    )
    try:
        return keep(made, by)
    except ValidationError as error:
        raise TransitionDenied(" ".join(error.messages)) from error


@transaction.atomic
def record_staff_change(*, change: StaffChange, by: User) -> StaffChange:
    """The records have it: the profile here follows, and the day is kept.

    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    if reason := permissions.record_staff_change_denial(by):
        raise PermissionDenied(reason)
    locked = StaffChange.objects.select_for_update(of=("self",)).select_related("staff").get(pk=change.pk)
    if locked.recorded_at is not None:
        raise TransitionDenied(_("Thay đổi này đã được cập nhật vào hồ sơ."))
    locked.recorded_at, locked.recorded_by = db_now(), by
    profile = locked.staff
    if locked.new_position:
        profile.position = locked.new_position
    if locked.kind in LEAVING:
        profile.left_on = locked.happened_on
    if locked.new_position or locked.kind in LEAVING:
        keep(profile, by)
    return keep(locked, by)
