"""A new key for the signer of checkpoints; the public half is printed, to be kept by those who verify."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gradebook.services.checkpoints import make_signing_key


class Command(BaseCommand):
    help = "Write a new signing key (mode 0600) and print its public half as hex."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            key = make_signing_key(path)
        except FileExistsError as error:
            raise CommandError(f"{path} exists; a key is never overwritten.") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(key.public.hex())
