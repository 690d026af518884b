"""What the school has decided: the stored value of a policy, or its default."""

from typing import TypeVar

from accounts.models import PolicyVersion
from schoolops.lib.policies import Policy

T = TypeVar("T", bool, int)


def value_of(policy: Policy[T]) -> T:
    """The value that holds now; asked at this moment, every time."""
    text = PolicyVersion.objects.filter(key=policy.key).values_list("value", flat=True).first()
    return policy.default if text is None else policy.read(text)
