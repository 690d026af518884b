"""Policies: changed by decision, several at once where a document lays them down."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Decision, PolicyVersion, User
from accounts.policies import value_of
from accounts.selectors.policies import newest_version
from accounts.services.decisions import known_or_new
from schoolops.lib import outbox
from schoolops.lib.policies import POLICIES
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workflow import TransitionDenied


@transaction.atomic
def set_policies(*, values: Mapping[str, Any], seen: int, decision: Decision, by: User) -> list[PolicyVersion]:
    """Put new values (by key) into force. `decision` is new or known: one with the same number and day is taken.

    `seen` is the newest version, of these policies, that the person had before them (0: none). Raises TransitionDenied
    with the reason when `by` may not, when something was changed since, or when every value holds already.
    """
    take_turn(Turn.POLICIES)
    if newest_version(values) != seen:
        raise TransitionDenied(_("Có người vừa đổi chính sách này. Xem giá trị mới ở trên rồi ghi lại nếu vẫn cần."))
    holding = {key: POLICIES[key].written(value_of(POLICIES[key])) for key in values}
    changed = {key: POLICIES[key].written(value) for key, value in values.items()}
    changed = {key: text for key, text in changed.items() if text != holding[key]}
    for key in changed:
        if reason := permissions.set_policy_denial(by, POLICIES[key]):
            raise TransitionDenied(reason)
    if not changed:
        raise TransitionDenied(_("Các giá trị này đang có hiệu lực rồi."))
    rests_on = known_or_new(decision, by)
    versions = [
        PolicyVersion.objects.create(key=key, value=text, decision=rests_on, set_by=by) for key, text in changed.items()
    ]
    _tell_leaders(versions, by)
    return versions


def _tell_leaders(versions: list[PolicyVersion], by: User) -> None:
    """The school's rules are the leaders': they read of a change that somebody else has recorded."""
    address = reverse("accounts:policy_list")
    if len(versions) == 1:
        address = reverse("accounts:policy_detail", args=[versions[0].key])
    context = {"by": by.full_name, "count": len(versions), "number": versions[0].decision.number}
    outbox.notify(
        permissions.people_with("accounts.delegate").exclude(pk=by.pk), "policy.changed", context, url=address
    )
