"""What the school has decided: every policy as it stands, its past in words, and how a document differs from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import PolicyVersion
from schoolops.lib.policies import POLICIES, REGULATIONS, Policy


@dataclass(frozen=True)
class Standing:
    """A policy and the version that holds; None while the default does."""

    policy: Policy[Any]
    version: PolicyVersion | None

    @property
    def value(self) -> Any:
        return self.policy.default if self.version is None else self.policy.read(self.version.value)

    @property
    def in_words(self) -> str:
        return self.policy.in_words(self.value)

    @property
    def default_in_words(self) -> str:
        return self.policy.in_words(self.policy.default)


@dataclass(frozen=True)
class Group:
    """The policies of one area."""

    label: str
    standings: list[Standing]


@dataclass(frozen=True)
class Demand:
    """A value that a clause of a document names, beside the one that holds."""

    standing: Standing
    clause: str
    value: Any

    @property
    def in_words(self) -> str:
        return self.standing.policy.in_words(self.value)

    @property
    def is_met(self) -> bool:
        return bool(self.value == self.standing.value)


@dataclass(frozen=True)
class Preset:
    """What one document lays down."""

    code: str
    label: str
    demands: list[Demand]

    @property
    def differences(self) -> list[Demand]:
        return [demand for demand in self.demands if not demand.is_met]


@dataclass(frozen=True)
class Change:
    """A line of a policy's past; the names are those that `history_list` reads."""

    at: datetime
    text: str
    old: str
    new: str
    by: str
    comment: str


def standings() -> dict[str, Standing]:
    """Every policy by its key."""
    newest = (
        PolicyVersion.objects.order_by("key", "-set_at", "-id").distinct("key").select_related("decision", "set_by")
    )
    versions = {version.key: version for version in newest}
    return {key: Standing(policy, versions.get(key)) for key, policy in POLICIES.items()}


def grouped(found: dict[str, Standing]) -> list[Group]:
    """By the app that declares them, in the order of the portal's layers."""
    by_app: dict[str, list[Standing]] = {}
    for standing in found.values():
        by_app.setdefault(standing.policy.app_label, []).append(standing)
    ordered = [config.label for config in apps.get_app_configs() if config.label in by_app]
    return [Group(str(apps.get_app_config(label).verbose_name), by_app[label]) for label in ordered]


def preset(code: str, found: dict[str, Standing]) -> Preset:
    """What the document with this code demands of the policies found."""
    demands = [Demand(standing, *named) for standing in found.values() if (named := standing.policy.laid_down_by(code))]
    return Preset(code, str(REGULATIONS[code]), demands)


def presets(found: dict[str, Standing]) -> list[Preset]:
    return [preset(code, found) for code in REGULATIONS]


def newest_version(keys: Iterable[str]) -> int:
    """The latest version of these policies; 0 when all stand at their default."""
    return PolicyVersion.objects.filter(key__in=list(keys)).order_by("-id").values_list("id", flat=True).first() or 0


def past_of(policy: Policy[Any]) -> list[Change]:
    """Every change of a policy, the oldest first."""
    versions = (
        PolicyVersion.objects.filter(key=policy.key).select_related("decision", "set_by").order_by("set_at", "id")
    )
    changes, old = [], policy.in_words(policy.default)
    for version in versions:
        new = policy.in_words(policy.read(version.value))
        changes.append(Change(version.set_at, _("Đổi"), old, new, str(version.set_by), _ground(version)))
        old = new
    return changes


def _ground(version: PolicyVersion) -> str:
    decision = version.decision
    return _("Theo quyết định %(number)s ngày %(day)s, người ký: %(signer)s.") % {
        "number": decision.number,
        "day": date_format(decision.issued_on, "SHORT_DATE_FORMAT"),
        "signer": decision.signer,
    }
