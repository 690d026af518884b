"""The guard and the ledger live in the database: see sql/0003_guard.sql."""

from django.db import migrations

from gradebook.migrations import _sql


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0002_initial"), ("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(
            _sql.text("0003_guard.sql"),
            _sql.text("0003_guard_reverse.sql"),
        )
    ]
