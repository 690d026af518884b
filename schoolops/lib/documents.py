"""The one door to WeasyPrint: HTML of a template in, PDF bytes out."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


class PrintingUnavailable(Exception):
    """Pango is not installed on this machine; the message says what to do."""


def render_pdf(template: str, context: Mapping[str, Any], *, stylesheets: tuple[str, ...] = ()) -> bytes:
    """The template as PDF/A-2u; styles are static files named by path. Raises PrintingUnavailable without Pango."""
    try:
        # Loaded here because importing it without Pango fails, and the portal must run without printing.
        from weasyprint import CSS, HTML  # noqa: PLC0415
    except OSError as error:
        raise PrintingUnavailable(_("Máy chủ chưa cài thư viện in PDF (Pango).")) from error
    styles = [CSS(filename=finders.find(path)) for path in stylesheets]
    # One name in another form would spell that letter so in the text of the whole file.
    text = unicodedata.normalize("NFC", render_to_string(template, dict(context)))
    html = HTML(string=text, base_url=str(settings.BASE_DIR / "static"))
    return bytes(html.write_pdf(stylesheets=styles, pdf_variant="pdf/a-2u"))
