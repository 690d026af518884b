"""Work of which two must not run at the same time takes turns, whichever process does it."""

from django.db import connection


def take_turn(lock: int) -> None:
    """Wait until no other transaction holds this lock; held until the present one ends. Each kind of work has a number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
