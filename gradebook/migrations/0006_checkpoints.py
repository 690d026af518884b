"""Signed checkpoints, their deliveries, the register of books: what the database itself holds to is in sql/0006_checkpoints.sql."""

import django.db.models.deletion
from django.db import migrations, models

from gradebook.migrations import _sql


class Migration(migrations.Migration):

    dependencies = [
        ('gradebook', '0005_corrections'),
    ]

    operations = [
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='số')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('why', models.CharField(choices=[('change', 'có thay đổi'), ('lock', 'một cột vừa khóa'), ('night', 'hằng đêm')], max_length=6, verbose_name='vì')),
                ('total', models.CharField(max_length=64)),
                ('body', models.TextField()),
                ('sha256', models.CharField(max_length=64, verbose_name='mã băm')),
                ('signature', models.CharField(max_length=200)),
            ],
            options={
                'verbose_name': 'điểm kiểm chứng',
                'verbose_name_plural': 'điểm kiểm chứng',
                'ordering': ['seq'],
                'permissions': [('watch_ledger', 'Is told when grade books do not match their ledger'), ('watch_signer', 'Is told when checkpoints are late')],
            },
        ),
        migrations.CreateModel(
            name='RegisteredBook',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('gradebook_id', models.BigIntegerField(unique=True)),
                ('class_subject_id', models.BigIntegerField()),
                ('term_id', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'sổ đã mở',
                'verbose_name_plural': 'danh sách sổ đã mở',
            },
        ),
        migrations.CreateModel(
            name='Signer',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('looked_at', models.DateTimeField()),
                ('public_key', models.CharField(max_length=64)),
                ('places', models.JSONField(default=list)),
            ],
            options={
                'verbose_name': 'tiến trình ký',
                'verbose_name_plural': 'tiến trình ký',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='signer_is_one')],
            },
        ),
        migrations.CreateModel(
            name='CheckpointDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=300, verbose_name='nơi giữ')),
                ('created_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=60)),
                ('checkpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='gradebook.checkpoint')),
            ],
            options={
                'verbose_name': 'lần gửi điểm kiểm chứng',
                'verbose_name_plural': 'lần gửi điểm kiểm chứng',
                'ordering': ['checkpoint'],
                'indexes': [models.Index(condition=models.Q(('delivered_at__isnull', True)), fields=['checkpoint'], name='checkpoint_undelivered_idx')],
                'constraints': [models.UniqueConstraint(fields=('checkpoint', 'place'), name='checkpoint_delivery_once')],
            },
        ),
        migrations.RunSQL(
            _sql.text("0006_checkpoints.sql"),
            _sql.text("0006_checkpoints_reverse.sql"),
        ),
    ]
