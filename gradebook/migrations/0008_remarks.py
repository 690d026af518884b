"""Remarks and levels in the database: see sql/0008_remarks.sql."""

from django.db import migrations

from gradebook.migrations import _sql


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0007_remarks_tables")]

    operations = [
        migrations.RunSQL(
            _sql.text("0008_remarks.sql"),
            _sql.function("0005_corrections.sql", "gradebook_cells_changed") + _sql.text("0008_remarks_reverse.sql"),
        )
    ]
