"""What has happened to a pupil, and who looked a list over, is written once: web and workers may add, not change or delete."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0009_staff_changes"),
    ]

    operations = [
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON registry_movement, registry_rosterreview FROM schoolops_app",
            "GRANT UPDATE, DELETE ON registry_movement, registry_rosterreview TO schoolops_app",
        ),
    ]
