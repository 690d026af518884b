"""What can be printed of the register."""

from django.utils import timezone, translation

from registry.models import RegisterEntry, School
from registry.selectors.register_book import lines_of
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.documents import render_pdf
from schoolops.lib.moments import vn_second

STYLES = ("schoolops/css/document.css", "schoolops/css/register-document.css")


def register_pdf(entries: list[RegisterEntry], *, title: str) -> bytes:
    """Sổ đăng bộ, these lines, in Vietnamese for every reader."""
    with translation.override("vi"):
        context = {
            "lines": lines_of(entries, local_day(timezone.now())),
            "title": title,
            "school": School.objects.first(),
            "printed_at": vn_second(db_now()),
        }
        return render_pdf("registry/documents/register.html", context, stylesheets=STYLES)
