"""How rows of the register are written in bulk, each with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import User
from registry.selectors.imports import Change
from schoolops.lib import names

BATCH = 500
_UPDATE_BATCH = 200


@dataclass(frozen=True)
class Pen:
    """Who writes and why, for the history of every row."""

    by: User
    reason: str

    def create(self, model: type[models.Model], objects: Sequence[Any]) -> None:
        if objects:
            bulk_create_with_history(
                objects, model, batch_size=BATCH, default_user=self.by, default_change_reason=self.reason
            )

    def update(self, model: type[models.Model], changed: dict[Any, list[Change]]) -> None:
        """Write the changes of each object, with the keys that a bulk update would leave as they were."""
        fields = {change.field for changes in changed.values() for change in changes}
        objects = [item for item, changes in changed.items() if changes]
        if not fields:
            return
        for item in objects:
            for change in changed[item]:
                setattr(item, change.field, change.value)
        if "full_name" in fields:
            fields |= {"sort_key", "search_key"}
            for item in objects:
                item.sort_key, item.search_key = names.sort_key(item.full_name), names.fold(item.full_name)
        bulk_update_with_history(
            objects,
            model,
            sorted(fields),
            batch_size=_UPDATE_BATCH,
            default_user=self.by,
            default_change_reason=self.reason,
        )
