"""What can be printed of the whole school."""

from django.utils import translation

from accounts.models import AccessReview
from registry.models import School
from schoolops.home import powers
from schoolops.lib.clock import db_now
from schoolops.lib.documents import render_pdf
from schoolops.lib.moments import vn_second

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
