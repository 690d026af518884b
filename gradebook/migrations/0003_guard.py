"""The guard and the ledger live in the database: see sql/0003_guard.sql."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0002_initial"), ("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "0003_guard.sql").read_text(encoding="utf-8"),
            (SQL / "0003_guard_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
