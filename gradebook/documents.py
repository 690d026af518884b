"""What can be printed of a grade book."""

from django.utils import translation

from gradebook.models import CorrectionRequest
from gradebook.selectors.paper import paper_of
from gradebook.selectors.readback import Line, Sheet
from registry.models import School
from schoolops.lib.clock import db_now
from schoolops.lib.documents import render_pdf
from schoolops.lib.moments import vn_second
from schoolops.lib.qr import qr_svg

STYLES = ("schoolops/css/document.css",)


def readback_pdf(sheet: Sheet) -> bytes:
    """Bảng đối chiếu điểm of one column, with room for the teacher's signature."""
    context = {"sheet": sheet, "school": School.objects.first(), "halves": _halves(sheet)}
    return render_pdf("gradebook/documents/readback.html", context, stylesheets=STYLES)


def _halves(sheet: Sheet) -> list[list[Line]]:
    middle = (len(sheet.lines) + 1) // 2
    return [sheet.lines[:middle], sheet.lines[middle:]]


def correction_pdf(correction: CorrectionRequest, *, url: str) -> bytes:
    """Giấy đề nghị điều chỉnh, in Vietnamese for every reader: a paper of the school, whoever prints it."""
    with translation.override("vi"):
        context = {
            "paper": paper_of(correction),
            "petition": correction,
            "url": url,
            "qr": qr_svg(url),
            "printed_at": vn_second(db_now()),
        }
        return render_pdf("gradebook/documents/correction.html", context, stylesheets=STYLES)
