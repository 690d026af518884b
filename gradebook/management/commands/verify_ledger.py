"""Check every book against its ledger: chain, heads, checkpoints, windows, petitions, cells. Exit 0 means intact."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from gradebook.models import Checkpoint
from gradebook.selectors.ledger import verify

SHOWN = 200


class Command(BaseCommand):
    help = "Check chain, heads, checkpoints and state of every grade book; exit 0 = intact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--book", type=int, action="append", help="only this book (id); may be given again")
        parser.add_argument("--newest", type=int, help="number of the newest checkpoint that is kept elsewhere")
        parser.add_argument("--year", help="only the books of this school year, for example 2026-2027")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        found, books, events = verify(options["book"], year=options["year"], newest=options["newest"])
        for fault in found[:SHOWN]:
            self.stdout.write(str(fault))
        if len(found) > SHOWN:
            self.stdout.write(f"… and {len(found) - SHOWN} more")
        verdict = "INTACT" if not found else f"NOT INTACT: {len(found)} faults"
        checkpoints = f"{Checkpoint.objects.count()} checkpoints"
        if not settings.CHECKPOINT_PUBLIC_KEYS:
            checkpoints += " (signatures not checked: no public key here)"
        took = time.monotonic() - started
        self.stdout.write(f"{verdict} – {books} books, {events} events, {checkpoints}, {took:.1f} s")
        if found:
            raise SystemExit(1)
