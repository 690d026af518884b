"""The one door through which a file from outside, a photo or a PDF of evidence, becomes a StoredFile.

What a file is, its bytes decide; the ending of its name must agree, what the browser says counts for nothing. Nothing is stored
as it came: this module starts itself as a program (`_in_child`) that decodes the hostile file in a process of its own, with no
environment and no open files of the portal, under the kernel's limits on memory and CPU.

An image survives as pixels only: first frame, turned as EXIF says, alpha on white, RGB in 8 bits, at most 3000 px, as JPEG.
A PDF survives as pages only: boxes, rotation, content, fonts and images, with the visible part of annotations,
form fields and signatures drawn into the page. Gone are catalog, actions, scripts, forms, links, attachments, bookmarks, layers,
metadata, and whatever no page needs. Photos inside it lose EXIF, XMP and comments; text and fonts stay as written, so a PDF is
only ever handed out by `files.as_attachment`.

Measured on 40 Mpx (the whole child, of which starting is 0.15 s and 45 MB): JPEG 0.5 s, 192 MB; progressive 0.75 s, 197 MB; CMYK
0.6 s, 199 MB; PNG in RGB 0.9 s, 238 MB; with alpha 1.1 s, 239 MB.
WebP of 16 Mpx 0.8 s, 293 MB: about there, and at progressive JPEGs of 40 Mpx in 4:4:4, `MAX_MEMORY` ends it.
"""

import io
import logging
import re
import resource
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from itertools import takewhile
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pikepdf
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pikepdf import (
    Array,
    Dictionary,
    Name,
    Object,
    ObjectStreamMode,
    Page,
    Pdf,
    QpdfRuntimeError,
    Stream,
    StreamDecodeLevel,
)
from PIL import Image

if TYPE_CHECKING:
    from django.core.files import File

    from schoolops.lib.models import StoredFile

logger = logging.getLogger(__name__)

MAX_PIXELS = 40_000_000
MAX_SIDE = 3000  # pixels: a score paper of A4 stays readable at 250 dpi
QUALITY = 85
MAX_PAGES = 50
MAX_STREAM = 64 * 1024 * 1024  # bytes of a PDF's stream when inflated: a page of A4 in colour at 400 dpi
MAX_INFLATED = 4 * MAX_STREAM  # all streams of a PDF together
MAX_MEMORY = 300 * 1024 * 1024  # bytes of data of the child
MAX_CPU = 5  # seconds, after which the kernel ends the child; usual files take less than one
MAX_WAIT = 20  # seconds on the wall: a page is waiting
CHILDREN = threading.BoundedSemaphore(2)  # at a time in this process, because each may take MAX_MEMORY
ENDINGS = {"image": {"", ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".heic", ".heif"}, "pdf": {"", ".pdf"}}


class UploadRefused(ValueError):
    """The file stays outside; the message tells the person who sent it what to do instead."""


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_BIG = "too_big"
    HEIC = "heic"
    KIND = "kind"
    NAME = "name"
    PIXELS = "pixels"
    BROKEN_IMAGE = "broken_image"
    BROKEN_PDF = "broken_pdf"
    LOCKED = "locked"
    PAGES = "pages"
    HEAVY = "heavy"


class _Refusal(Exception):
    """A reason on its way to the words; the child has neither settings nor language."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


WORDS = {
    Reason.EMPTY: _("Tệp này rỗng. Thầy/cô chọn lại tệp."),
    Reason.TOO_BIG: _(
        "Tệp lớn hơn %(mb)s MB. Thầy/cô chụp lại với cỡ ảnh nhỏ hơn, hoặc chỉ gửi những trang làm minh chứng."
    ),
    Reason.HEIC: _(
        "Chưa nhận được ảnh HEIC của iPhone. Thầy/cô vào Cài đặt, Camera, Định dạng, chọn “Tương thích nhất” rồi chụp "
        "lại; hoặc chụp màn hình ảnh đang có và gửi ảnh chụp màn hình."
    ),
    Reason.KIND: _(
        "Chỉ nhận ảnh JPEG, PNG, WebP hoặc tệp PDF. Thầy/cô chụp ảnh tờ giấy, hoặc lưu tài liệu thành PDF rồi gửi lại."
    ),
    Reason.NAME: _(
        "Đuôi của tên tệp không khớp với nội dung bên trong. Thầy/cô mở tệp, lưu lại thành JPEG hoặc PDF rồi gửi tệp mới."
    ),
    Reason.PIXELS: _("Ảnh có hơn %(pixels)s triệu điểm ảnh. Thầy/cô chụp lại với cỡ ảnh nhỏ hơn."),
    Reason.BROKEN_IMAGE: _(
        "Không đọc được ảnh này: ảnh hỏng, chưa chép xong hoặc quá lớn. Thầy/cô mở ảnh ra xem lại, rồi gửi lại hoặc "
        "chụp ảnh khác với cỡ nhỏ hơn."
    ),
    Reason.BROKEN_PDF: _("Tệp PDF bị hỏng. Thầy/cô mở tệp, chọn In rồi “Lưu thành PDF”, và gửi tệp mới."),
    Reason.LOCKED: _(
        "Tệp PDF có khóa hoặc mật khẩu. Thầy/cô lưu thành PDF không khóa, hoặc chụp ảnh trang cần thiết rồi gửi."
    ),
    Reason.PAGES: _("Tệp PDF có hơn %(pages)s trang. Thầy/cô chỉ gửi những trang làm minh chứng."),
    Reason.HEAVY: _("Tệp này quá nặng để kiểm tra an toàn. Thầy/cô chụp ảnh trang làm minh chứng rồi gửi ảnh."),
}


# --- the door -----------------------------------------------------------------------------------
def accept_evidence(upload: "File[bytes]", *, by: Any) -> "StoredFile":
    """Keep what is made of `upload` (an UploadedFile, a ContentFile with a name); raises UploadRefused with words.

    The row shows the name that the person gave, with the ending of what is stored: .jpg or .pdf. A PDF named .jpg or a
    photo named .pdf is refused, as is either under any other ending; an image may bear the ending of another image,
    because telephones convert without renaming.
    """
    # Loaded here because models need Django set up, and the child runs this module without it.
    from schoolops.lib import files  # noqa: PLC0415

    try:
        content = _read(upload)
        kind = _kind(content)
        stem, ending = _split(upload.name or "")
        if ending not in ENDINGS[kind]:
            raise _Refusal(Reason.NAME)
        cleaned = _in_child(kind, content)
    except _Refusal as refusal:
        limits = {"mb": settings.UPLOAD_MAX_BYTES // 2**20, "pixels": MAX_PIXELS // 10**6, "pages": MAX_PAGES}
        raise UploadRefused(WORDS[refusal.reason] % limits) from None
    ending, media_type = (".pdf", "application/pdf") if kind == "pdf" else (".jpg", "image/jpeg")
    return files.store(cleaned, name=f"{stem or gettext('minh chứng')}{ending}", media_type=media_type, by=by)


def _read(upload: "File[bytes]") -> bytes:
    """Never more than the limit and one byte, whatever size the upload claims."""
    upload.seek(0)
    content: bytes = upload.read(settings.UPLOAD_MAX_BYTES + 1)
    if not content:
        raise _Refusal(Reason.EMPTY)
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise _Refusal(Reason.TOO_BIG)
    return content


def _kind(content: bytes) -> str:
    if re.match(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", content, re.DOTALL):
        return "image"
    if content.startswith(b"%PDF-"):
        return "pdf"
    raise _Refusal(Reason.HEIC if re.match(rb"....ftyp(hei|hev|mif1|msf1)", content, re.DOTALL) else Reason.KIND)


def _split(name: str) -> tuple[str, str]:
    """A name fit for showing and its ending: no folder, NFC, no control, invisible or direction-changing characters."""
    name = PurePosixPath(PureWindowsPath(name).as_posix()).name
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    path = PurePosixPath(" ".join(name.split()))
    return path.stem.strip(" .")[:190], path.suffix.lower()


def _in_child(kind: str, content: bytes) -> bytes:
    """What the program at the end of this module makes of it; a child that fails, whatever of, is a refusal."""
    command = [sys.executable, "-I", __file__, kind]
    try:
        with CHILDREN:
            done = subprocess.run(command, input=content, capture_output=True, env={}, timeout=MAX_WAIT)  # noqa: S603, PLW1510
    except subprocess.TimeoutExpired:
        raise _Refusal(Reason.HEAVY) from None
    if done.returncode == 0:
        return done.stdout
    answer = done.stderr.decode(errors="replace").strip()
    if answer in set(Reason):
        raise _Refusal(Reason(answer))
    logger.warning("an uploaded %s ended its child with status %d", kind, done.returncode)
    broken = Reason.BROKEN_IMAGE if kind == "image" else Reason.BROKEN_PDF
    raise _Refusal(Reason.HEAVY if done.returncode < 0 else broken)


# --- images, in the child -----------------------------------------------------------------------
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION = 0x0112
STRIP = 64  # rows of the result flattened at a time: a second copy of 40 Mpx would not fit


def clean_image(content: bytes) -> bytes:
    try:
        image = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"])
    except Image.DecompressionBombError:
        raise _Refusal(Reason.PIXELS) from None
    if image.width * image.height > MAX_PIXELS:
        raise _Refusal(Reason.PIXELS)
    image.draft("RGB", _fitted(image))
    image.load()
    turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    small = _shrunk(image)
    target = io.BytesIO()
    (small.transpose(turn) if turn else small).save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def _fitted(image: Image.Image) -> tuple[int, int]:
    scale = min(1, MAX_SIDE / max(image.size))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _shrunk(image: Image.Image) -> Image.Image:
    """A new RGB image, so that nothing that Pillow knows of the old one is written into the file."""
    factor, size = max(1, max(image.size) // MAX_SIDE), _fitted(image)
    reduced = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)), "white")
    rows = STRIP * factor
    for top in range(0, image.height, rows):
        strip = _flat(image.crop((0, top, image.width, min(top + rows, image.height))))
        reduced.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    image.close()  # before the next copy
    return reduced if reduced.size == size else reduced.resize(size, Image.Resampling.LANCZOS)


def _flat(strip: Image.Image) -> Image.Image:
    """8 bits of RGB, with white behind what is transparent."""
    if strip.mode in {"I", "I;16", "I;16B", "I;16L"}:
        strip = strip.convert("I").point(lambda value: value / 257).convert("L")
    if not strip.has_transparency_data:
        return strip.convert("RGB")
    strip = strip.convert("RGBA")
    white = Image.new("RGB", strip.size, "white")
    white.paste(strip, mask=strip.getchannel("A"))
    return white


# --- PDFs, in the child -------------------------------------------------------------------------
def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


PAGE_KEYS = _names("/MediaBox /CropBox /Rotate /UserUnit /Group /Contents /Resources")
RESOURCE_KEYS = _names("/ColorSpace /ExtGState /Font /Pattern /ProcSet /Properties /Shading /XObject")
NAME_MAPS = RESOURCE_KEYS | {"/CharProcs", "/Colorants"}  # their keys are names that the page chose, whatever they say
FORBIDDEN_KEYS = _names(
    "/AA /AF /AcroForm /Alternates /Annots /Dests /EF /EmbeddedFiles /F /FDecodeParms /FFilter /FS /JS /JavaScript "
    "/Metadata /Names /OC /OPI /OpenAction /Outlines /PS /PieceInfo /Ref /RichMediaContent /StructParent "
    "/StructParents /Thumb /URI /XFA"
)
FORBIDDEN_VALUES = {
    "/Type": _names("/Action /Annot /Catalog /EmbeddedFile /F /Filespec /Metadata /Page /Pages"),
    "/Subtype": _names("/3D /FileAttachment /Movie /PS /RichMedia /Screen /Sound /Widget"),
    "/S": _names(
        "/GoTo /GoTo3DView /GoToE /GoToR /Hide /ImportData /JavaScript /Launch /Movie /Named /Rendition /ResetForm "
        "/RichMediaExecute /SetOCGState /Sound /SubmitForm /Thread /Trans /URI"
    ),
}
UNPACKED = _names("/FlateDecode /Fl /ASCII85Decode /A85 /ASCIIHexDecode /AHx /RunLengthDecode /RL")
PICTURES = _names("/DCTDecode /DCT /CCITTFaxDecode /CCF /JBIG2Decode /JPXDecode")


def clean_pdf(content: bytes) -> bytes:
    """A new file; reading is strict, because a file that needs repair may mean two things to two programs."""
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=MAX_STREAM, run_length_max_memory=MAX_STREAM, png_max_memory=MAX_STREAM, parser_max_nesting=100
    )
    try:
        source = Pdf.open(io.BytesIO(content), attempt_recovery=False)
    except pikepdf.PasswordError:
        raise _Refusal(Reason.LOCKED) from None
    if source.is_encrypted:
        raise _Refusal(Reason.LOCKED)
    if len(source.pages) > MAX_PAGES:
        raise _Refusal(Reason.PAGES)
    source.flatten_annotations("screen")
    target = Pdf.new()
    for page in source.pages:
        kept = Dictionary({key: page.obj[key] for key in PAGE_KEYS & page.obj.keys()})
        copy = target.copy_foreign(source.make_indirect(kept))
        copy.Type = Name.Page
        target.pages.append(Page(copy))
    if not target.pages:
        raise _Refusal(Reason.BROKEN_PDF)
    _disarm(target)
    result, packed = io.BytesIO(), {"compress_streams": False, "stream_decode_level": StreamDecodeLevel.none}
    target.save(result, min_version="1.7", object_stream_mode=ObjectStreamMode.disable, **packed)
    return result.getvalue()


def _disarm(pdf: Pdf) -> None:
    """Visit all that the pages use, and take out what acts, points outside, or expands without end."""
    waiting = [(page.obj[key], key) for page in pdf.pages for key in PAGE_KEYS & page.obj.keys()]
    seen, inflated, scratch = set(), 0, Pdf.new()
    while waiting:
        item, role = waiting.pop()
        place = (item.objgen, role in NAME_MAPS, role == "/Resources") if isinstance(item, Object) else ()
        if not isinstance(item, Array | Dictionary | Stream) or (item.is_indirect and place in seen):
            continue
        seen.add(place)
        waiting.extend(_harmless_parts(item, role))
        if isinstance(item, Stream):
            inflated += _inflated(item, scratch)
            if inflated > MAX_INFLATED:
                raise _Refusal(Reason.HEAVY)


def _harmless_parts(item: Any, role: str) -> Iterator[tuple[Any, str]]:
    """What `item` holds under which key, after the rest was taken out of it."""
    if isinstance(item, Array):
        for at, value in enumerate(item):
            if _is_harmful(value):
                item[at] = Dictionary()
        yield from ((value, "") for value in item)
        return
    for key in list(item.keys()):
        value = item[key]
        if _is_harmful(value) or _is_foreign(key, value, role):
            del item[key]
        elif role == "/Properties":
            item[key] = Dictionary()  # the name of a layer: content that asks for it must find something
        else:
            yield value, key


def _is_harmful(value: Any) -> bool:
    return isinstance(value, Dictionary | Stream) and any(
        isinstance(name := value.get(key), Name) and str(name) in names for key, names in FORBIDDEN_VALUES.items()
    )


def _is_foreign(key: str, value: Any, role: str) -> bool:
    if role == "/Resources":
        return key not in RESOURCE_KEYS
    if role in NAME_MAPS:
        return not isinstance(value, Array | Dictionary | Stream | Name)
    return key in FORBIDDEN_KEYS


def _inflated(stream: Any, scratch: Pdf) -> int:
    """How many bytes the stream unpacks to, looked at in a copy; LZW is refused: qpdf knows no limit for it."""
    named = stream.get("/Filter", Array())
    filters = [str(name) for name in ([named] if isinstance(named, Name) else named)]
    if not UNPACKED.union(PICTURES).issuperset(filters):
        raise _Refusal(Reason.BROKEN_PDF)
    if filters == ["/DCTDecode"]:
        stream.write(_bare_jpeg(stream.read_raw_bytes()), filter=named, decode_parms=stream.get("/DecodeParms"))
    packed = list(takewhile(UNPACKED.__contains__, filters))
    if not packed:
        return 0
    copy = Stream(scratch, stream.read_raw_bytes(), Filter=Array([Name(name) for name in packed]))
    try:
        return len(copy.read_bytes())
    except QpdfRuntimeError:
        raise _Refusal(Reason.HEAVY) from None


def _bare_jpeg(photo: bytes) -> bytes:
    """Without EXIF, XMP, colour profile and comments: a scan made by a telephone knows where it was made."""
    kept, at = [photo[:2]], 2
    while photo[at : at + 1] == b"\xff" and photo[at + 1 : at + 2] not in {b"", b"\xda"}:
        end = at + 2 + int.from_bytes(photo[at + 2 : at + 4], "big")
        if photo[at + 1] not in {*range(0xE1, 0xEE), 0xEF, 0xFE}:
            kept.append(photo[at:end])
        at = end
    return b"".join([*kept, photo[at:]])


# --- the child ----------------------------------------------------------------------------------
def _main(kind: str) -> None:
    """Bytes in, bytes out; a refusal is its reason on stderr. The kernel holds the limits where it knows them."""
    for limit, value in ((resource.RLIMIT_DATA, MAX_MEMORY), (resource.RLIMIT_CPU, MAX_CPU), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))
    clean = clean_image if kind == "image" else clean_pdf
    try:
        sys.stdout.buffer.write(clean(sys.stdin.buffer.read()))
    except _Refusal as refusal:
        sys.exit(refusal.reason)
    except MemoryError:
        sys.exit(Reason.HEAVY)


if __name__ == "__main__":
    _main(sys.argv[1])
