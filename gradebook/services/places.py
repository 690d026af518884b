"""Where checkpoints go: folders that live elsewhere, mailboxes. What arrived is never overwritten."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from gradebook.models import Checkpoint


class Place(Protocol):
    """Somewhere outside the database that keeps checkpoints. `deliver` raises OSError when it could not."""

    @property
    def key(self) -> str: ...

    @property
    def wants_the_past(self) -> bool: ...

    def deliver(self, checkpoint: Checkpoint) -> None: ...


class PlaceTakenError(OSError):
    """Something else already stands where this checkpoint belongs."""


@dataclass(frozen=True)
class Folder:
    """A mounted folder: one file per checkpoint, created once."""

    path: Path
    wants_the_past = True

    @property
    def key(self) -> str:
        return f"folder {self.path}"

    def deliver(self, checkpoint: Checkpoint) -> None:
        target, content = self.path / f"{checkpoint.name}.txt", checkpoint.text.encode()
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        except FileExistsError:
            # A delivery that was cut short left the beginning: only then the rest is added.
            before = target.read_bytes()
            if not content.startswith(before):
                raise PlaceTakenError(str(target)) from None
            content = content[len(before) :]
            handle = os.open(target, os.O_RDONLY) if not content else self._reopen(target)
        _write_out(handle, content)
        folder = os.open(self.path, os.O_RDONLY)
        _write_out(folder, b"")

    @staticmethod
    def _reopen(target: Path) -> int:
        target.chmod(0o644)
        return os.open(target, os.O_WRONLY | os.O_APPEND)


def _write_out(handle: int, content: bytes) -> None:
    """Write, flush to the disk, close."""
    try:
        while content:
            content = content[os.write(handle, content) :]
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Mailbox:
    """An address that keeps what it receives."""

    address: str
    wants_the_past = False

    @property
    def key(self) -> str:
        return f"mail {self.address}"

    def deliver(self, checkpoint: Checkpoint) -> None:
        first = checkpoint.body.partition("\n")[0]
        words = {"name": checkpoint.name, "origin": first, "sha256": checkpoint.sha256}
        message = EmailMessage(
            subject=_("Điểm kiểm chứng sổ điểm %(name)s – %(origin)s") % words,
            body=_(
                "Tệp kèm theo là điểm kiểm chứng số %(name)s của sổ điểm điện tử (%(origin)s).\n"
                "Xin giữ nguyên tệp và thư này, không chuyển tiếp. Trong tệp không có tên học sinh và không có điểm.\n\n"
                "Mã băm SHA-256: %(sha256)s\n"
            )
            % words,
            to=[self.address],
        )
        message.attach(f"{checkpoint.name}.txt", checkpoint.text.encode(), "application/octet-stream")
        message.send()


def configured_places() -> list[Place]:
    """The places of this installation, in the order in which they were named."""
    folders: list[Place] = [Folder(Path(path)) for path in settings.CHECKPOINT_DIRS]
    return folders + [Mailbox(address) for address in settings.CHECKPOINT_EMAILS]
