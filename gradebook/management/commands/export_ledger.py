"""Everything that is needed to judge the grade books without the portal, as files (docs/ledger.md)."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gradebook.models import Checkpoint
from gradebook.proof.files import (
    FORMAT,
    event_row,
    line_of,
    register_row,
    rows_of_state,
    write_sums,
)
from gradebook.selectors import ledger
from registry.models import School, SchoolYear
from schoolops.lib.clock import db_now

FILES = ("books", "register", "columns", "exceptions", "cells", "petitions", "events", "labels")
# The verifier itself, so that an archive can be judged when this portal is long gone.
VERIFIER = ("gradebook/__init__.py", "gradebook/ledger.py", "gradebook/proof/*.py")


class Command(BaseCommand):
    help = "Write an export that verify.py judges on a machine without the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet, or an empty one")
        parser.add_argument("--year", help="only this school year, for example 2026-2027")

    def handle(self, *args: Any, folder: Path, year: str | None, **options: Any) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is not empty.")
        if year is not None and not SchoolYear.objects.filter(code=year).exists():
            raise CommandError(f"There is no school year {year}.")
        folder.mkdir(parents=True, exist_ok=True)
        with ledger.one_snapshot(), ExitStack() as stack:
            out = {
                f"{name}.jsonl": stack.enter_context(
                    (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n")
                )
                for name in FILES
            }
            books, events = self._write_rows(out, year)
            checkpoints = self._write_checkpoints(folder / "checkpoints")
            self._write_head(folder, year)
        self._copy_verifier(folder)
        write_sums(folder)
        self.stdout.write(f"{books} books, {events} events, {checkpoints} checkpoints in {folder}")

    def _write_rows(self, out: Mapping[str, TextIO], year: str | None) -> tuple[int, int]:
        books = ledger.wanted_books(year=year)
        places, years = ledger.places_of(books), dict(books.values_list("pk", "term__school_year__code"))
        for entry in ledger.register():
            out["register.jsonl"].write(line_of(register_row(entry)))
        for book, state in ledger.states_of(books).items():
            for name, row in rows_of_state(state, places[book], years[book]):
                out[name].write(line_of(row))
        for book, label in ledger.labels_of(books).items():
            out["labels.jsonl"].write(line_of({"book": book, "label": label}))
        events = 0
        for book, listed in ledger.events_of(books, with_strays=year is None):
            for event in listed:
                out["events.jsonl"].write(line_of(event_row(book, event)))
                events += 1
        return len(places), events

    def _write_checkpoints(self, folder: Path) -> int:
        folder.mkdir()
        number = 0
        for checkpoint in Checkpoint.objects.order_by("seq").iterator():
            (folder / f"{checkpoint.name}.txt").write_bytes(checkpoint.text.encode())
            number += 1
        return number

    def _write_head(self, folder: Path, year: str | None) -> None:
        school = School.objects.order_by("code").first()
        head = {"format": FORMAT, "school": school.code if school else "", "year": year, "at": db_now().isoformat()}
        (folder / "export.json").write_text(line_of(head), encoding="utf-8")

    def _copy_verifier(self, folder: Path) -> None:
        for pattern in VERIFIER:
            for source in sorted(Path(settings.BASE_DIR).glob(pattern)):
                target = folder / source.relative_to(settings.BASE_DIR)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        shutil.copyfile(Path(settings.BASE_DIR) / "gradebook/proof/verify.py", folder / "verify.py")
