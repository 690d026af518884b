"""Check the arithmetic: compute the results of a file of worked cases and print the file with them."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gradebook.assessment import cases


class Command(BaseCommand):
    help = "Print FILE.json (format: docs/algorithms/tt22.md) with `expected` computed for each case."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.json", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            assessed = cases.assess_document(_parsed(file))
        except cases.CaseError as error:
            raise CommandError(f"{file}: {error}") from error
        self.stdout.write(json.dumps(assessed, ensure_ascii=False, indent=1))


def _parsed(file: Path) -> object:
    """The document in the file; a byte order mark, as Windows editors write it, is no error."""
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: is not UTF-8 text") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f"{file}: is not valid JSON: {error}") from error
