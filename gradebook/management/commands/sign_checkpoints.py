"""The signer: a process of its own, as role schoolops_signer, best under a user of its own."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gradebook.services.checkpoints import announce_signer, read_signing_key
from gradebook.services.places import configured_places
from gradebook.services.signing import keep_signing, look_once


class Command(BaseCommand):
    help = "Sign a checkpoint whenever one is due and send it to the configured places."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        places = configured_places()
        if not settings.SIGNING_KEY_FILE:
            raise CommandError("Environment variable SCHOOLOPS_SIGNING_KEY_FILE is not set.")
        if not places:
            raise CommandError("No place to keep checkpoints: SCHOOLOPS_CHECKPOINT_DIR, SCHOOLOPS_CHECKPOINT_EMAIL.")
        try:
            key = read_signing_key(settings.SIGNING_KEY_FILE)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if once:
            announce_signer(key=key, places=places)
            made = look_once(key=key, places=places)
            self.stdout.write(f"checkpoint {made.name} ({made.why})" if made else "nothing to sign")
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"signing with {key.public.hex()}, places: {len(places)}")
        self.stdout.flush()
        keep_signing(key=key, places=places, stop=stop)
