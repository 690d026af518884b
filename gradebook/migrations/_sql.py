"""Reading the SQL that stands beside the migrations."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def function(name: str, function: str) -> str:
    """The definition of a function in this file, as one that replaces another: to go back to."""
    found = re.search(rf"CREATE (?:OR REPLACE )?FUNCTION ({function}\(.*?END \$\$;)", text(name), re.DOTALL)
    if found is None:
        raise RuntimeError(f"{function} is not in {name}")
    return f"CREATE OR REPLACE FUNCTION {found[1]}"
