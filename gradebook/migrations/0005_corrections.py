"""Petitions in the database: see sql/0005_corrections.sql."""

import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def _text(name: str) -> str:
    return (SQL / name).read_text(encoding="utf-8")


def _verdict_before() -> str:
    """The function of 0003 that 0005 replaces, to go back to."""
    found = re.search(r"CREATE FUNCTION (gradebook_cells_changed\(.*?END \$\$;)", _text("0003_guard.sql"), re.DOTALL)
    if found is None:
        raise RuntimeError("gradebook_cells_changed is not in 0003_guard.sql")
    return f"CREATE OR REPLACE FUNCTION {found[1]}"


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0004_corrections_tables"), ("accounts", "0003_policies")]

    operations = [
        migrations.RunSQL(
            _text("0005_corrections.sql"), _verdict_before() + _text("0005_corrections_reverse.sql")
        )
    ]
