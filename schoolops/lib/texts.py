"""How codes are written for people."""


def in_threes(code: str) -> str:
    """482 719 350: digits are read and typed in threes."""
    return " ".join(code[at : at + 3] for at in range(0, len(code), 3))
