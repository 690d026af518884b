"""How digits are written for people, and read from them."""

import re

from django.utils.formats import number_format

_BETWEEN_DIGITS = re.compile(r"[\s.\-]")


def in_threes(code: str) -> str:
    """482 719 350: digits are read and typed in threes."""
    return " ".join(code[at : at + 3] for at in range(0, len(code), 3))


def digits_of(text: str) -> str:
    """Without the spaces, points and dashes that people write between digits."""
    return _BETWEEN_DIGITS.sub("", text)


def grouped(number: int) -> str:
    """1.234 in Vietnamese: figures for people, never ids."""
    return number_format(number, use_l10n=True, force_grouping=True)
