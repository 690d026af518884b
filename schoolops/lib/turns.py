"""Work of which two must not run at the same time takes turns, whichever process does it."""

from enum import IntEnum, unique

from django.db import connection


@unique
class Turn(IntEnum):
    """The kinds of such work, each under a number of its own."""

    # One person changes the calendar at a time; books are then locked in the order of their ids.
    LOCK_CALENDAR = 7_220_001
    # Two files that name the same new class, or the same new year, must not both create it.
    REGISTER = 7_220_002
    # Two people who read the same page of policies must not both decide.
    POLICIES = 7_220_003
    # Two new texts of one use must not take the same number.
    CONSENT_TEXTS = 7_220_004
    # Versions are numbered and published one after the other.
    TIMETABLES = 7_220_005
    # Two that draw up the list of a year's reports at once must not both add a line.
    REPORTS_OF_THE_YEAR = 7_220_014


def take_turn(turn: Turn) -> None:
    """Wait until no other transaction holds this turn; held until the present one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn.value])
