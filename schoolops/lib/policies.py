"""Typed settings of the school: each app declares its own in `policies.py`, with default, help and the clause it comes from.

`accounts.policies.value_of` says what holds now: the newest stored value, or the default.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _

T = TypeVar("T", bool, int)


@dataclass(frozen=True)
class Policy(Generic[T]):
    """One decision of the school. `key` is "app.name"; `clause` the regulation or law that leaves the choice."""

    key: str
    default: T
    label: Any
    help: Any
    clause: str
    at_least: int = 0
    at_most: int = 1000

    def read(self, text: str) -> T:
        """The value that a text means. Raises ValueError with words for the person who typed it."""
        if isinstance(self.default, bool):
            if text not in {"0", "1"}:
                raise ValueError(_("Ghi 1 (có) hoặc 0 (không)."))
            return text == "1"
        if not text.isdecimal() or not self.at_least <= int(text) <= self.at_most:
            raise ValueError(
                _("Ghi một số từ %(least)s đến %(most)s.") % {"least": self.at_least, "most": self.at_most}
            )
        return int(text)


POLICIES: dict[str, Policy[Any]] = {}


def declare(policy: Policy[T]) -> Policy[T]:
    """Register a policy under its key."""
    POLICIES[policy.key] = policy
    return policy
