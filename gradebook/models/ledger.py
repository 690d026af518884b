"""The ledger: one hash chain per book, written by triggers only. No names, no free text."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gradebook.models.books import Gradebook


class LedgerEvent(models.Model):
    """An event of a book. `hash` = sha256(hash of the event before ‖ payload bytes); the stored bytes are what is hashed."""

    pk = models.CompositePrimaryKey("gradebook_id", "seq")
    gradebook = models.ForeignKey(Gradebook, models.PROTECT, related_name="events")
    seq = models.BigIntegerField()
    payload = models.TextField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("sự kiện sổ điểm")
        verbose_name_plural = _("nhật ký sổ điểm")

    def __str__(self) -> str:
        return f"{self.gradebook_id}/{self.seq}"
