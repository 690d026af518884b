"""Finding the columns by the text of their headings, and the class by the title above a table."""

import re
from dataclasses import dataclass, field

from registry.importing.fields import Kind, heading_key, squeeze

_FEWEST_HEADINGS = 2
_LONGEST_HEADING = 80
_TITLE = re.compile(r"\blớp\s*:?\s*(\d{1,2}(?:\s?[A-ZĐ]\d{0,2}|[/.\-]\d{1,2}))\b", re.IGNORECASE)
_SHEET_NAME = re.compile(r"(?:lớp|lop)?\s*(\d{1,2}\s?(?:[A-ZĐ]\w{0,3}|[.\-]\d{1,2}))", re.IGNORECASE)
_ONE_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)?")


@dataclass
class Columns:
    """Which field stands in which column, and the headings as the file writes them."""

    places: dict[int, str]
    headings: dict[str, str] = field(default_factory=dict)
    tail: int | None = None

    def values(self, cells: list[str]) -> dict[str, str]:
        """The filled cells of a row by field; a name in two cells under one heading is put together."""
        found = {name: _trim(cells[place]) for place, name in self.places.items() if place < len(cells)}
        found = {name: text for name, text in found.items() if text}
        if self.tail is not None and self.tail < len(cells) and "full_name" in found:
            given = cells[self.tail].strip()
            if _ONE_WORD.fullmatch(given):
                found["full_name"] = f"{found['full_name']} {given}"
        family_middle, given = found.pop("family_middle", ""), found.pop("given", "")
        if "full_name" not in found and (family_middle or given):
            found["full_name"] = f"{family_middle} {given}".strip()
        return found

    def add_second_row(self, cells: list[str], kind: Kind) -> bool:
        """Take headings from the second row of a two-row heading (Điện thoại: Bố | Mẹ); False when it is data."""
        known = {place: name for place, name in _known(cells, kind).items() if name not in self.places.values()}
        if any(place < len(cells) and cells[place].strip() for place in self.places):
            return False
        self.places.update({place: name for place, name in known.items() if place not in self.places})
        self.headings.update({name: _shown(cells[place]) for place, name in known.items()})
        if self.tail is not None and self.tail < len(cells) and cells[self.tail].strip():
            self.tail = None
        return bool(known)


def columns_of(cells: list[str], kind: Kind) -> Columns | None:
    """The columns when this row is a row of headings."""
    places = _known(cells, kind)
    found = set(places.values())
    if len(found) < _FEWEST_HEADINGS or not all(found & group for group in kind.needs):
        return None
    columns = Columns(places, {name: _shown(cells[place]) for place, name in places.items()})
    name_place = next((place for place, name in places.items() if name == "full_name"), None)
    if name_place is not None and "given" not in found:
        after = cells[name_place + 1 : name_place + 2]
        # A merged heading leaves the cell beside it empty; at the end of the row there is nothing to be merged with.
        columns.tail = name_place + 1 if after == [""] else None
    if "given" in found and "family_middle" not in found:
        columns.places = {place: name for place, name in places.items() if name != "given"}
    return columns


def count_known(cells: list[str], kind: Kind) -> int:
    return len(_known(cells, kind))


def _known(cells: list[str], kind: Kind) -> dict[int, str]:
    """Column → field, each field once: the first heading that names it wins."""
    places: dict[int, str] = {}
    for place, cell in enumerate(cells):
        name = kind.by_heading.get(heading_key(cell)) if 0 < len(cell) <= _LONGEST_HEADING else None
        if name and name not in places.values():
            places[place] = name
    return places


def class_in_title(cells: list[str]) -> str:
    """The class that a title names: "DANH SÁCH HỌC SINH LỚP 6A1"; a title stands alone in its row."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) > 2:
        return ""
    for cell in filled:
        if found := _TITLE.search(squeeze(cell)):
            return found[1]
    return ""


def class_in_name(sheet: str) -> str:
    """The class after which a sheet is named: "6A1", "Lớp 10A2"."""
    found = _SHEET_NAME.fullmatch(squeeze(sheet))
    return found[1] if found else ""


def _trim(text: str) -> str:
    stripped = text.strip()
    # Keeps what kind of text it is (a date that Excel holds as a date).
    return text if stripped == text else stripped


def _shown(heading: str) -> str:
    return squeeze(heading)
