"""Whole-register writes take turns."""

from django.db import connection

# One at a time: two that name the same new class, or the same new year, must not both create it.
REGISTER_LOCK = 7_220_002


def take_turn() -> None:
    """Wait until no other transaction loads a file or sets up a year; held until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REGISTER_LOCK])
