"""Whole-register writes take turns."""

from schoolops.lib.turns import take_turn

# One at a time: two that name the same new class, or the same new year, must not both create it.
REGISTER_LOCK = 7_220_002


def take_register() -> None:
    """Wait until no other transaction loads a file or sets up a year; held until this transaction ends."""
    take_turn(REGISTER_LOCK)
