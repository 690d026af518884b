"""Petitions in the database: see sql/0005_corrections.sql."""

from django.db import migrations

from gradebook.migrations import _sql


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0004_corrections_tables"), ("accounts", "0003_policies")]

    operations = [
        migrations.RunSQL(
            _sql.text("0005_corrections.sql"),
            _sql.function("0003_guard.sql", "gradebook_cells_changed") + _sql.text("0005_corrections_reverse.sql"),
        )
    ]
