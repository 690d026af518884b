"""Remarks in words, and the phrases that teachers write them with (G4). The database guards both text and cell (migration 0008)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from gradebook.models.books import ScoreColumn
from registry.models import Student
from schoolops.lib.remarks import MAX_LENGTH


class Remark(models.Model):
    """Words that a remark column holds for a pupil, has held, or is asked to hold. Written once, never changed.

    The cell (Score) holds `code`, sha256(salt ‖ text): so the guard, the ledger and petitions treat a remark as they treat a
    score, and no words stand in the ledger.
    """

    code = models.CharField(max_length=64, primary_key=True)
    salt = models.UUIDField(default=uuid.uuid4)
    text = models.TextField(_("nhận xét"), max_length=MAX_LENGTH)
    column = models.ForeignKey(ScoreColumn, models.PROTECT, related_name="remarks")
    student = models.ForeignKey(Student, models.PROTECT, related_name="remarks")
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("lời nhận xét")
        verbose_name_plural = _("lời nhận xét")
        indexes = [models.Index(fields=["column", "student"])]

    def __str__(self) -> str:
        return f"{self.column_id}/{self.student_id}"


class RemarkPhrase(models.Model):
    """Mẫu câu: a phrase to begin a remark with, of the school (no owner) or of one teacher."""

    class Band(models.TextChoices):
        """For which averages; the marks of Điều 9 of Circular 22/2021."""

        ANY = "", pgettext_lazy("phrases", "Mọi mức")
        GOOD = "good", pgettext_lazy("phrases", "Từ 8,0 · Hoàn thành tốt")
        FAIR = "fair", pgettext_lazy("phrases", "6,5 – 7,9")
        PASS = "pass", pgettext_lazy("phrases", "5,0 – 6,4 · Đạt · Hoàn thành")
        WEAK = "weak", pgettext_lazy("phrases", "Dưới 5,0 · Chưa đạt · Chưa hoàn thành")

    owner = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="remark_phrases", verbose_name=_("của")
    )
    band = models.CharField(_("mức"), max_length=4, choices=Band.choices, blank=True)
    text = models.CharField(_("câu"), max_length=200)

    class Meta:
        verbose_name = _("mẫu câu nhận xét")
        verbose_name_plural = _("mẫu câu nhận xét")
        ordering = ["band", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "text"],
                name="remark_phrase_once",
                nulls_distinct=False,
                violation_error_message=_("Đã có mẫu câu này."),
            )
        ]

    def __str__(self) -> str:
        return self.text
