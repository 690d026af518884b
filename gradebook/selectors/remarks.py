"""The remarks of a book as their page shows them, and the phrases to write them with (G4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from gradebook.models import Gradebook, Remark, RemarkPhrase, Score, ScoreColumn
from gradebook.selectors.grid import Average, grid
from gradebook.selectors.windows import is_writable, remark_columns_of
from schoolops.lib.scores import format_score, tenths_of

Band = RemarkPhrase.Band
# Averages at which a band begins, in tenths (Điều 9 of Circular 22/2021).
MARKS = ((80, Band.GOOD), (65, Band.FAIR), (50, Band.PASS), (0, Band.WEAK))
LETTERS = {"D": Band.PASS, "CD": Band.WEAK, "T": Band.GOOD, "H": Band.PASS, "C": Band.WEAK}


class Line(NamedTuple):
    """A pupil with the words of the column; `result` is the term's result so far, as in the grid."""

    student_id: int
    roll_no: int
    name: str
    text: str
    version: int
    result: str
    band: str


@dataclass(frozen=True)
class Page:
    """One remark column of a book."""

    columns: list[ScoreColumn]
    column: ScoreColumn
    lines: list[Line]
    is_open: bool

    @property
    def missing(self) -> int:
        return sum(not line.text for line in self.lines)


def remark_page(gradebook: Gradebook, wanted: str = "") -> Page | None:
    """The column asked for by its code (NX1, NX2), else the open one that closes first; None for a book without remarks."""
    columns = remark_columns_of(gradebook.pk)
    if not columns:
        return None
    column = next((found for found in columns if found.code == wanted), None) or _first_open(columns)
    held = {
        student: (text, version)
        for student, text, version in Score.objects.filter(column=column.pk)
        .annotate(text=words("code"))
        .values_list("student_id", "text", "version")
    }
    lines = []
    for row in grid(gradebook).rows:
        text, version = held.get(row.student_id, ("", 0))
        result = format_score(row.average.text) + ("*" if row.average.is_provisional else "")
        lines.append(Line(row.student_id, row.roll_no, row.name, text or "", version, result, band_of(row.average)))
    return Page(columns, column, lines, is_writable(column))


def _first_open(columns: list[ScoreColumn]) -> ScoreColumn:
    writable = [column for column in columns if is_writable(column)]
    dated = sorted((column for column in writable if column.closes_at), key=lambda column: str(column.closes_at))
    return next(iter([*dated, *writable, *columns]))


def words(code: str) -> Subquery:
    """The words behind the code in this field of the row."""
    return Subquery(Remark.objects.filter(code=OuterRef(code)).values("text"))


def words_by_code(codes: Iterable[str]) -> dict[str, str]:
    return dict(Remark.objects.filter(code__in=set(codes)).values_list("code", "text"))


def band_of(average: Average) -> str:
    """Which phrases suit a result; without one, those for any."""
    if average.text in LETTERS:
        return LETTERS[average.text]
    tenths = tenths_of(average.text)
    if tenths is None:
        return Band.ANY
    return next(band for mark, band in MARKS if tenths >= mark)


def phrases_of(user: User) -> QuerySet[RemarkPhrase]:
    """Those of the school and one's own."""
    return RemarkPhrase.objects.filter(Q(owner=None) | Q(owner=user))
