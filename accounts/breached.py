"""A file of leaked passwords: SHA-1 in upper-case hex, sorted, one a line, as "Have I Been Pwned" publishes them (":count" may
follow). It is searched by halving, so a file of any size costs some thirty reads and no memory."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO


def is_listed(password: str, path: Path) -> bool:
    """Whether the file names this password. Raises OSError when the file is not there: a check that is asked for is made."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, os.fstat(file.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            start, line = _line_at(file, middle)
            found = line[:40].upper()
            if found == wanted:
                return True
            if found < wanted:
                low = start + len(line)
            else:
                high = min(middle, start)
    return False


def _line_at(file: BinaryIO, position: int) -> tuple[int, bytes]:
    """The line that holds this position, and where it begins."""
    start = max(0, position - 128)
    file.seek(start)
    before = file.read(position - start)
    begin = start + before.rfind(b"\n") + 1
    file.seek(begin)
    return begin, file.readline()
