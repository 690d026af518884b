"""QR codes as inline SVG: sharp on screen and paper, nothing for a browser to load."""

import qrcode
from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage


def qr_svg(text: str) -> SafeString:
    """The code of an address; it holds squares and numbers only."""
    image = qrcode.make(text, image_factory=SvgPathImage, box_size=10, border=2)
    svg: str = image.to_string(encoding="unicode")
    return mark_safe(svg)  # noqa: S308
