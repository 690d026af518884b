"""What a fixed form is, and the list of all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from registry.models import Period, School, SchoolYear
from schoolops.lib.clock import local_day
from schoolops.lib.workbooks import Sheet

ALL_LEVELS = frozenset(School.Level)


class Anchor(StrEnum):
    """The day of the school year from which the days of a form are counted."""

    YEAR_BEGINS = "year begins"
    TERM1_ENDS = "term 1 ends"
    TERM2_ENDS = "term 2 ends"


@dataclass(frozen=True)
class Due:
    """The last day unless the school sets another: so many days after the anchor; `clause` is where it is laid down."""

    anchor: Anchor
    days: int
    clause: str = ""


@dataclass(frozen=True)
class Column:
    """A column as the form heads it; `width` in characters."""

    heading: str
    width: int = 14


@dataclass(frozen=True)
class Ask:
    """What is to be filled in: the year, the period, as things stand at this moment."""

    year: SchoolYear
    period: Period
    at: datetime

    @property
    def day(self) -> date:
        """Today, or the nearest day of that year: what held then."""
        return min(max(local_day(self.at), self.year.starts_on), self.year.ends_on)


@dataclass(frozen=True)
class Problem:
    """Something the form lacks: whose, what, and the page where it is mended for those who hold `permission`."""

    who: str
    what: str
    page: str = ""
    pk: int = 0
    permission: str = ""


@dataclass(frozen=True)
class Drawing:
    """A filled-in form: its sheets, what it lacks, what the reader should know, and how many people it names."""

    sheets: Sequence[Sheet]
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = ()
    people: int = 0


@dataclass(frozen=True)
class ReportForm:
    """A fixed form. `source` says where its columns were taken from and what of them is not compared with the original yet.

    `clause` is the regulation that asks for it. A form that `names_people` leaves the portal only with password, reason and
    count; one that `holds_identifiers` is for those who may read personal numbers.
    """

    code: str
    title: Any
    receiver: Any
    columns: tuple[Column, ...]
    due: Mapping[Period, Due]
    clause: str
    source: Any
    draw: Callable[[Ask], Drawing]
    file_name: str
    is_verified: bool = False
    names_people: bool = True
    holds_identifiers: bool = True
    levels: frozenset[str] = field(default=ALL_LEVELS)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)

    @property
    def widths(self) -> tuple[int, ...]:
        return tuple(column.width for column in self.columns)


FORMS: dict[str, ReportForm] = {}


def declare(form: ReportForm) -> ReportForm:
    """Put a form on the list."""
    FORMS[form.code] = form
    return form


def form_named(code: str) -> ReportForm:
    """The form of this code. Raises KeyError: a submission names only forms that are declared."""
    return FORMS[code]


def forms_of(level: str) -> list[ReportForm]:
    """The forms that a school of this level fills in, in the order of their codes."""
    return [form for _code, form in sorted(FORMS.items()) if level in form.levels]
