"""What a stranger has proved on one screen and needs on the next: the slip whose code they knew, for a while."""

import time
from typing import Any


def remember(session: Any, what: str, pk: int, seconds: int) -> None:
    session[what] = {"pk": pk, "until": time.time() + seconds}


def remembered(session: Any, what: str) -> int:
    """The id that was proved; 0, which nothing has, when there was none or it was too long ago."""
    kept = session.get(what)
    return int(kept["pk"]) if kept and kept["until"] > time.time() else 0


def forget(session: Any, what: str) -> None:
    session.pop(what, None)
