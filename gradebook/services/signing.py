"""The loop of the signer: look every few seconds, sign what is due, send what waits."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.db.utils import load_backend

from gradebook.models import Checkpoint
from gradebook.services.checkpoints import (
    Key,
    announce_signer,
    deliver_waiting,
    make_signing_key,
    read_signing_key,
    see_signer,
    sign_if_due,
)
from gradebook.services.places import Place, configured_places

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 5.0
ROLE = "schoolops_signer"


def look_once(*, key: Key, places: Sequence[Place]) -> Checkpoint | None:
    """Sign when due; then send: a place that cannot be reached holds nothing up."""
    made = sign_if_due(key=key, places=places)
    see_signer(key=key, places=places)
    deliver_waiting(places=places)
    return made


def keep_signing(*, key: Key, places: Sequence[Place], stop: threading.Event) -> None:
    """Until `stop`. A database that is away is waited for; the age alarm tells people."""
    is_announced = False
    while not stop.is_set():
        try:
            close_old_connections()
            if not is_announced:
                announce_signer(key=key, places=places)
                is_announced = True
            look_once(key=key, places=places)
        except DatabaseError as error:
            log.warning("no checkpoint could be made: %s", type(error).__name__)
            connections["default"].close()
        stop.wait(LOOK_EVERY_SECONDS)


class SignerThread(threading.Thread):
    """The signer of the trial, where one process does everything: with a connection and role of its own, and a key made at the
    first start."""

    def __init__(self) -> None:
        super().__init__(name="signer", daemon=True)
        self.ended = threading.Event()

    def run(self) -> None:
        file = Path(settings.SIGNING_KEY_FILE)
        file.parent.mkdir(parents=True, exist_ok=True)
        key = read_signing_key(file) if file.exists() else make_signing_key(file)
        file.with_suffix(".pub").write_text(f"{key.public.hex()}\n", encoding="ascii")
        for folder in settings.CHECKPOINT_DIRS:
            Path(folder).mkdir(parents=True, exist_ok=True)
        own = {**connections.settings["default"], "USER": ROLE}
        # Connections belong to threads: this one's alone is replaced.
        connections["default"] = load_backend(own["ENGINE"]).DatabaseWrapper(own, "default")
        try:
            keep_signing(key=key, places=configured_places(), stop=self.ended)
        finally:
            connections["default"].close()

    def stop(self) -> None:
        self.ended.set()
        self.join()
