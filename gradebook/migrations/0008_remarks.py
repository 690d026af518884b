"""Remarks and levels in the database: see sql/0008_remarks.sql."""

import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def _text(name: str) -> str:
    return (SQL / name).read_text(encoding="utf-8")


def _verdict_before() -> str:
    """The function of 0005 that 0008 replaces, to go back to."""
    pattern = r"CREATE OR REPLACE FUNCTION gradebook_cells_changed\(.*?END \$\$;"
    found = re.search(pattern, _text("0005_corrections.sql"), re.DOTALL)
    if found is None:
        raise RuntimeError("gradebook_cells_changed is not in 0005_corrections.sql")
    return found[0]


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0007_remarks_tables")]

    operations = [migrations.RunSQL(_text("0008_remarks.sql"), _verdict_before() + _text("0008_remarks_reverse.sql"))]
