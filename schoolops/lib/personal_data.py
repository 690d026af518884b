"""Where data about a pupil stand, table by table: each app declares its own in `personal_data.py` (P1-21).

A table that leads to a pupil and is not declared fails the build (tests/registry/test_personal_data.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from schoolops.lib.moments import vn_second

Row = dict[str, str]


@dataclass(frozen=True)
class Holding:
    """One table. `path` leads from its rows to the pupil ("" is the pupil); `ground` says why it is kept, and how long.

    `hidden` fields are in no copy; `shown` says values in words; `erased` is what becomes of the fields that may be
    erased on request; `erased_after_leaving` of those that the school needs while the pupil is here.
    """

    model: type[models.Model]
    path: str
    ground: Any
    hidden: frozenset[str] = frozenset()
    shown: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    erased: Mapping[str, Any] = field(default_factory=dict)
    erased_after_leaving: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def rows_of(self, student_id: int) -> models.QuerySet[Any]:
        """The rows about this pupil."""
        related = [item.name for item in self.fields if item.is_relation]
        found = self.model._default_manager.filter(**{self.path or "pk": student_id}).distinct().order_by("pk")
        return found.select_related(*related) if related else found

    def history_of(self, student_id: int) -> models.QuerySet[Any] | None:
        """What the rows were before, where the table keeps its past."""
        history = getattr(self.model, "history", None)
        if history is None:
            return None
        found: models.QuerySet[Any] = history.filter(id__in=self.rows_of(student_id).order_by().values("pk"))
        return found.order_by("history_date", "history_id")

    @cached_property
    def fields(self) -> "list[models.Field[Any, Any]]":
        """What a copy shows of a row: nothing hidden, no keys, and nobody of the staff by name."""
        user = get_user_model()
        return [
            item
            for item in self.model._meta.concrete_fields
            if not item.primary_key and item.name not in self.hidden and item.related_model is not user
        ]

    def read(self, row: Any) -> Row:
        """One row in words, by the label of each field; empty ones are left out."""
        found = {}
        for item in self.fields:
            text = self._words(item, row)
            if text:
                found[str(item.verbose_name)] = text
        return found

    def _words(self, item: "models.Field[Any, Any]", row: Any) -> str:
        value = getattr(row, item.name)
        if value is None or value == "":
            return ""
        if item.name in self.shown:
            return self.shown[item.name](value)
        if item.choices:
            return str(getattr(row, f"get_{item.name}_display")())
        return in_words(value)


@dataclass(frozen=True)
class Told:
    """Tables whose rows are codes: `rows_of` tells them in words; `covers` are the tables that are told so."""

    title: Any
    ground: Any
    rows_of: Callable[[int], Iterable[Row]]
    covers: tuple[type[models.Model], ...]


def in_words(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, datetime):
        return vn_second(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)


HOLDINGS: list[Holding] = []
TOLD: list[Told] = []


def declare(*found: Holding | Told) -> None:
    """Called once by each app's `personal_data` module."""
    for item in found:
        if isinstance(item, Holding):
            HOLDINGS.append(item)
        else:
            TOLD.append(item)
