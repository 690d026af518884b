from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_passwords")]

    operations = [
        # What a school decided stays as it was recorded.
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON accounts_policyversion FROM schoolops_app",
            "GRANT UPDATE, DELETE ON accounts_policyversion TO schoolops_app",
        ),
    ]
