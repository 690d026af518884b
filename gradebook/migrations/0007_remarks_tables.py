import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

DROP_TRIGGERS = """
DROP TRIGGER guard_part ON gradebook_correctionitem;
DROP TRIGGER guard_values ON gradebook_correctionitem;
"""
# As in sql/0005_corrections.sql.
CREATE_TRIGGERS = """
CREATE TRIGGER guard_part BEFORE INSERT OR DELETE OR UPDATE OF request_id, column_id, student_id, old_code, old_makeup, new_code, new_makeup
    ON gradebook_correctionitem FOR EACH ROW EXECUTE FUNCTION gradebook_correction_part();
CREATE TRIGGER guard_values BEFORE INSERT OR UPDATE OF column_id, old_code, old_makeup, new_code, new_makeup
    ON gradebook_correctionitem FOR EACH ROW EXECUTE FUNCTION gradebook_correction_item_written();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_policies"),
        ("gradebook", "0006_checkpoints"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("code", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("salt", models.UUIDField(default=uuid.uuid4)),
                ("text", models.TextField(max_length=500, verbose_name="nhận xét")),
                ("written_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "lời nhận xét",
                "verbose_name_plural": "lời nhận xét",
            },
        ),
        migrations.CreateModel(
            name="RemarkPhrase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Mọi mức"),
                            ("good", "Từ 8,0 · Hoàn thành tốt"),
                            ("fair", "6,5 – 7,9"),
                            ("pass", "5,0 – 6,4 · Đạt · Hoàn thành"),
                            ("weak", "Dưới 5,0 · Chưa đạt · Chưa hoàn thành"),
                        ],
                        max_length=4,
                        verbose_name="mức",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="câu")),
            ],
            options={
                "verbose_name": "mẫu câu nhận xét",
                "verbose_name_plural": "mẫu câu nhận xét",
                "ordering": ["band", "id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="correctionitem",
            name="correction_item_codes_canonical",
        ),
        migrations.RemoveConstraint(
            model_name="lockrule",
            name="lock_rule_ordinal_of_regular",
        ),
        migrations.RemoveConstraint(
            model_name="score",
            name="score_code_canonical",
        ),
        migrations.RemoveConstraint(
            model_name="scorecolumn",
            name="score_column_one_periodic",
        ),
        # A column that a trigger names cannot change its type.
        migrations.RunSQL(DROP_TRIGGERS, CREATE_TRIGGERS),
        migrations.AlterField(
            model_name="correctionitem",
            name="new_code",
            field=models.CharField(blank=True, max_length=64, verbose_name="điểm đề nghị"),
        ),
        migrations.AlterField(
            model_name="correctionitem",
            name="old_code",
            field=models.CharField(blank=True, max_length=64, verbose_name="điểm đã nhập"),
        ),
        migrations.RunSQL(CREATE_TRIGGERS, DROP_TRIGGERS),
        migrations.AlterField(
            model_name="lockrule",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("TX", "Thường xuyên"),
                    ("GK", "Giữa kỳ"),
                    ("CK", "Cuối kỳ"),
                    ("MD", "Mức đạt được"),
                    ("NX", "Nhận xét"),
                ],
                max_length=2,
                verbose_name="loại điểm",
            ),
        ),
        migrations.AlterField(
            model_name="score",
            name="code",
            field=models.CharField(
                blank=True,
                help_text="7.5, 10, D, CD, T, H, C, V, K, the code of a Remark; blank: nothing.",
                max_length=64,
            ),
        ),
        migrations.AlterField(
            model_name="scorecolumn",
            name="assessment",
            field=models.CharField(
                choices=[
                    ("score", "điểm, một chữ số thập phân"),
                    ("comment", "Đạt, Chưa đạt"),
                    ("whole", "điểm nguyên"),
                    ("level", "mức đạt được (T, H, C)"),
                    ("remark", "lời nhận xét"),
                ],
                max_length=8,
                verbose_name="hình thức",
            ),
        ),
        migrations.AlterField(
            model_name="scorecolumn",
            name="kind",
            field=models.CharField(
                choices=[
                    ("TX", "Thường xuyên"),
                    ("GK", "Giữa kỳ"),
                    ("CK", "Cuối kỳ"),
                    ("MD", "Mức đạt được"),
                    ("NX", "Nhận xét"),
                ],
                max_length=2,
                verbose_name="loại điểm",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("old_code__regex", "^(|10|[0-9](\\.[1-9])?|D|CD|T|H|C|V|K|[0-9a-f]{64})$"),
                    ("new_code__regex", "^(|10|[0-9](\\.[1-9])?|D|CD|T|H|C|V|K|[0-9a-f]{64})$"),
                ),
                name="correction_item_codes_canonical",
            ),
        ),
        migrations.AddConstraint(
            model_name="lockrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("ordinal__isnull", True), ("kind__in", ["TX", "MD", "NX"]), _connector="OR"),
                name="lock_rule_ordinal_of_several",
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^(|10|[0-9](\\.[1-9])?|D|CD|T|H|C|V|K|[0-9a-f]{64})$")),
                name="score_code_canonical",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecolumn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "TX"),
                    models.Q(("kind__in", ["MD", "NX"]), ("ordinal__lte", 2)),
                    ("ordinal", 1),
                    _connector="OR",
                ),
                name="score_column_one_periodic",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecolumn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assessment", "remark"), ("kind", "NX")),
                    models.Q(
                        models.Q(("kind", "NX"), _negated=True), models.Q(("assessment", "remark"), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="score_column_remark_takes_words",
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="column",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="gradebook.scorecolumn"
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="student",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="registry.student"
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="remarkphrase",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="remark_phrases",
                to=settings.AUTH_USER_MODEL,
                verbose_name="của",
            ),
        ),
        migrations.AddIndex(
            model_name="remark",
            index=models.Index(fields=["column", "student"], name="gradebook_r_column__827dd8_idx"),
        ),
        migrations.AddConstraint(
            model_name="remarkphrase",
            constraint=models.UniqueConstraint(
                fields=("owner", "text"),
                name="remark_phrase_once",
                nulls_distinct=False,
                violation_error_message="Đã có mẫu câu này.",
            ),
        ),
    ]
