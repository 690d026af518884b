"""Remarks against their codes: the words of a cell are those that the ledger signed. Plain values only."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gradebook.proof.faults import Fault, fault
from schoolops.lib.remarks import remark_code

Cell = tuple[int, int]
CODE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Written:
    """The words of a code, as the tables have them."""

    salt: uuid.UUID
    text: str
    cell: Cell


def faults_of_remarks(
    book: int, cells: Mapping[Cell, tuple[str, bool]], written: Mapping[str, Written]
) -> Iterator[Fault]:
    """Words that do not give their code, and cells whose words are gone or another cell's."""
    for code, words in sorted(written.items()):
        if remark_code(words.salt, words.text) != code:
            yield fault("remark_rewritten", book, column=words.cell[0], student=words.cell[1])
    for cell, (code, _makeup) in sorted(cells.items()):
        if CODE.fullmatch(code) and (code not in written or written[code].cell != cell):
            yield fault("remark_missing", book, column=cell[0], student=cell[1])
