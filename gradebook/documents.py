"""What can be printed of a grade book."""

from gradebook.selectors.readback import Line, Sheet
from registry.models import School
from schoolops.lib.documents import render_pdf


def readback_pdf(sheet: Sheet) -> bytes:
    """Bảng đối chiếu điểm of one column, with room for the teacher's signature."""
    context = {"sheet": sheet, "school": School.objects.first(), "halves": _halves(sheet)}
    return render_pdf("gradebook/documents/readback.html", context, stylesheets=("schoolops/css/document.css",))


def _halves(sheet: Sheet) -> list[list[Line]]:
    middle = (len(sheet.lines) + 1) // 2
    return [sheet.lines[:middle], sheet.lines[middle:]]
