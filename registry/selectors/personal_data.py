"""Everything that the portal holds about one child, for the family, and what may be erased of it (P1-21)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from registry.models import Student
from schoolops.lib.personal_data import HOLDINGS, TOLD, Holding, Row, in_words


@dataclass(frozen=True)
class Section:
    """One table: what it is, why it is kept, its rows, and the labels that occur in them, in order."""

    title: str
    ground: str
    rows: list[Row]

    @property
    def labels(self) -> list[str]:
        return list(dict.fromkeys(label for row in self.rows for label in row))

    @property
    def cells(self) -> list[list[str]]:
        """The rows under `labels`."""
        return [[row.get(label, "") for label in self.labels] for row in self.rows]


def copy_of(student: Student) -> list[Section]:
    """Every declared table with the rows about this child and what they were before; empty ones are named, too."""
    sections = []
    for holding in HOLDINGS:
        sections.append(
            Section(holding.title, str(holding.ground), [holding.read(row) for row in _rows(holding, student)])
        )
        if past := _past(holding, student):
            title = _("%(what)s: đã ghi và thay đổi") % {"what": holding.title}
            sections.append(Section(title, str(holding.ground), past))
    for told in TOLD:
        sections.append(Section(str(told.title), str(told.ground), list(told.rows_of(student.pk))))
    return sections


def _rows(holding: Holding, student: Student) -> list[Any]:
    return list(holding.rows_of(student.pk))


def _past(holding: Holding, student: Student) -> list[Row]:
    found = holding.history_of(student.pk)
    return [{_("lúc"): in_words(row.history_date), **holding.read(row)} for row in found] if found is not None else []


@dataclass(frozen=True)
class Erasable:
    """What becomes of one table when a family asks for erasure: the fields that go, and why the rest stays."""

    holding: Holding
    fields: Mapping[str, Any]

    @property
    def title(self) -> str:
        return self.holding.title

    @property
    def labels(self) -> list[str]:
        return [str(item.verbose_name) for item in self.holding.model._meta.concrete_fields if item.name in self.fields]

    @property
    def ground(self) -> str:
        return str(self.holding.ground)


def erasable(student: Student) -> list[Erasable]:
    """Per table what may go now: more once the pupil has left."""
    has_left = not student.enrollments.present().exists()
    return [
        Erasable(holding, {**holding.erased, **(holding.erased_after_leaving if has_left else {})})
        for holding in HOLDINGS
    ]
