"""What pupils and staff have in common when a file meets the register."""

from datetime import date
from typing import Any

from django.db import models

from registry.selectors.imports.plans import Change
from schoolops.lib import names


def same_name(one: str, other: str) -> bool:
    """One spelling or the other of a name (Hoà, Hòa) changes nothing; capitals do."""
    if one == other:
        return True
    return names.identity_key(one) == names.identity_key(other) and [c.isupper() for c in one] == [
        c.isupper() for c in other
    ]


def changes_of(obj: models.Model, values: dict[str, Any], fields: tuple[str, ...]) -> list[Change]:
    """What the filled cells would change; an empty cell of the file never empties the register."""
    changes = []
    for name in fields:
        if name not in values:
            continue
        old, new = getattr(obj, name), values[name]
        is_same = same_name(old or "", new) if name == "full_name" else (old or "") == new
        if not is_same:
            field: Any = obj._meta.get_field(name)
            changes.append(Change(str(field.verbose_name), in_words(field, old), in_words(field, new), name, new))
    return changes


def in_words(field: models.Field, value: Any) -> str:
    """A value as people write it."""
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return str(value)
