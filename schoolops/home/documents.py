"""What can be printed of the whole school."""

from collections.abc import Sequence

from django.utils import translation

from accounts.models import AccessReview
from accounts.services import StaffSlipPrint
from registry.models import School
from schoolops.home import powers
from schoolops.lib.clock import db_now
from schoolops.lib.documents import render_pdf
from schoolops.lib.moments import vn_second
from schoolops.lib.qr import qr_svg
from schoolops.lib.texts import in_threes

STYLES = ("schoolops/css/document.css",)


def access_review_pdf(review: AccessReview) -> bytes:
    """Phụ lục rà soát quyền as it was signed, in Vietnamese for every reader."""
    with translation.override("vi"):
        context = {
            "review": review,
            "changes": powers.changes_of(review),
            "school": School.objects.first(),
            "printed_at": vn_second(db_now()),
        }
        return render_pdf("home/documents/access_review.html", context, stylesheets=STYLES)


def staff_slips_pdf(prints: Sequence[StaffSlipPrint], *, url: str) -> bytes:
    """Eight slips on an A4 page: whose it is, the code, where to use it (`url`), until when."""
    with translation.override("vi"):
        context = {
            "school": School.objects.first(),
            "slips": [{"slip": slip, "code": in_threes(slip.code)} for slip in prints],
            "qr": qr_svg(url),
            "url": url.partition("://")[2].rstrip("/"),
        }
        return render_pdf("home/documents/staff_slips.html", context, stylesheets=("schoolops/css/slips.css",))
