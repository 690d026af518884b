"""The process of a rule in the lock calendar."""

from django.utils.translation import gettext_lazy as _

from gradebook.models import LockRule
from gradebook.permissions import set_locks_denial
from schoolops.lib.workflow import Step

State = LockRule.State

LOCK_RULE_STEPS = {
    "publish": Step(frozenset({State.DRAFT}), State.PUBLISHED, set_locks_denial, _("Công bố")),
    "withdraw": Step(frozenset({State.PUBLISHED}), State.WITHDRAWN, set_locks_denial, _("Thu hồi")),
}
