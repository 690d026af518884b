"""Saving a row whose past is kept: under whose name, and why."""

from typing import Any, TypeVar

from django.db import models

T = TypeVar("T", bound=models.Model)


def keep(row: T, by: models.Model, why: str | None = None) -> T:
    """Check and save the row; its history says that `by` did it, and why. Raises ValidationError by field."""
    kept: Any = row
    kept._history_user = by
    if why is not None:
        kept._change_reason = why[:100]
    kept.full_clean()
    kept.save()
    return row
