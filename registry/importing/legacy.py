"""Text from before Unicode: TCVN3 (ABC fonts) is repaired, VNI-Windows is recognised and refused. Judged per sheet."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from schoolops.lib import names

Encoding = Literal["", "tcvn3", "vni"]

# Letters that only Unicode (or cp1258) text has: one of them rules out both old encodings.
_UNICODE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u0300-\u036f\u1ea0-\u1ef9]")
# VNI writes a or e and then its mark as a letter of its own; no spelling and no other encoding has these pairs.
_VNI = re.compile("[aeAE][àáâãèéêùúõøûåäïëüÀÁÂÃÈÉÊÙÚÕØÛÅÄÏËÜ]")
_BEYOND_ASCII = re.compile("[\u00a1-\u00ff]")


def encoding_of(cells: Iterable[str]) -> Encoding:
    """How the text of a sheet is written, from a sample of its cells; "" is Unicode."""
    found: Counter[str] = Counter(filter(None, map(_look_of, cells)))
    old = found.total() - found["unicode"]
    # A third of the cells of a VNI sheet shows such a pair; TCVN3 is recognised in nearly every cell.
    if found["vni"] > max(found["unicode"], old // 3):
        return "vni"
    return "tcvn3" if found["tcvn3"] > max(found["unicode"], old // 2) else ""


def _look_of(cell: str) -> str:
    if _UNICODE.search(cell):
        return "unicode"
    if not _BEYOND_ASCII.search(cell):
        return ""
    if _VNI.search(cell):
        return "vni"
    return "tcvn3" if names.looks_like_tcvn3(cell) else "unknown"


def repair(cells: Sequence[str]) -> list[str]:
    """The row of a TCVN3 sheet in Unicode; cells that are already Unicode, or plain ASCII, stay."""
    return [names.from_tcvn3(cell) if is_legacy(cell) else cell for cell in cells]


def is_legacy(cell: str) -> bool:
    return bool(_BEYOND_ASCII.search(cell)) and not _UNICODE.search(cell)
