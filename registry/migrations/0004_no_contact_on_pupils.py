from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0003_contacts_become_guardians'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='historicalstudent',
            name='contact_name',
        ),
        migrations.RemoveField(
            model_name='historicalstudent',
            name='contact_phone',
        ),
        migrations.RemoveField(
            model_name='student',
            name='contact_name',
        ),
        migrations.RemoveField(
            model_name='student',
            name='contact_phone',
        ),
    ]
