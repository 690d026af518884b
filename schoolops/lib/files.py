"""Private files: written beside their place, flushed, renamed, and hashed in the row before anyone can see them."""

import hashlib
import io
import os
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase

from schoolops.lib.models import StoredFile


def store(content: bytes, *, name: str, media_type: str, by: Any) -> StoredFile:
    """Keep `content` under a random name and return its row; the original name is shown, never used as a path."""
    relative = f"{uuid.uuid4().hex}"
    relative = f"{relative[:2]}/{relative}"
    _write(Path(settings.MEDIA_ROOT) / relative, content)
    return StoredFile.objects.create(
        original_name=Path(name).name[:200],
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        path=relative,
        uploaded_by=by,
    )


def _write(target: Path, content: bytes) -> None:
    """Temporary name, fsync, rename, fsync of the folder: a crash leaves the old state or the whole file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(file: StoredFile) -> bytes:
    """The bytes of a stored file; raises ValueError when they are not those that were stored."""
    content = (Path(settings.MEDIA_ROOT) / file.path).read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"stored file {file.pk} does not match its hash")
    return content


def as_attachment(content: bytes, *, filename: str, media_type: str) -> HttpResponseBase:
    """A download that no browser will run: attachment, sandboxed, not sniffed."""
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=filename, content_type=media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def as_inline_image(file: StoredFile) -> HttpResponseBase:
    """A stored photo for an <img> of our own pages; anything but the JPEG that uploads write must leave as an attachment."""
    if file.media_type != "image/jpeg":
        raise ValueError(f"stored file {file.pk} is no image for a page")
    response = HttpResponse(read(file), content_type=file.media_type)
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
