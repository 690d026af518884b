"""Signed checkpoints of every chain, and their way to places outside the database. Written by the signer's role alone.

The text of a checkpoint is the record (docs/ledger.md); the other fields of the row are copies of what stands in it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Checkpoint(models.Model):
    """What every chain looked like at a moment, signed."""

    class Why(models.TextChoices):
        CHANGE = "change", _("có thay đổi")
        LOCK = "lock", _("một cột vừa khóa")
        NIGHT = "night", _("hằng đêm")

    seq = models.BigIntegerField(_("số"), primary_key=True)
    at = models.DateTimeField(_("lúc"))
    why = models.CharField(_("vì"), max_length=6, choices=Why.choices)
    # The hash over the heads of all books: equal to that of the tables as long as nothing has changed since.
    total = models.CharField(max_length=64)
    body = models.TextField()
    sha256 = models.CharField(_("mã băm"), max_length=64)
    signature = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("điểm kiểm chứng")
        verbose_name_plural = _("điểm kiểm chứng")
        ordering = ["seq"]
        permissions = [
            ("watch_ledger", "Is told when grade books do not match their ledger"),
            ("watch_signer", "Is told when checkpoints are late"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As its file is called."""
        return f"{self.seq:06d}"

    @property
    def text(self) -> str:
        return f"{self.body}\n{self.signature}"


class CheckpointDelivery(models.Model):
    """One checkpoint on its way to one place; tried until it is there."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="deliveries")
    place = models.CharField(_("nơi giữ"), max_length=300)
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("lần gửi điểm kiểm chứng")
        verbose_name_plural = _("lần gửi điểm kiểm chứng")
        ordering = ["checkpoint"]
        constraints = [models.UniqueConstraint(fields=["checkpoint", "place"], name="checkpoint_delivery_once")]
        indexes = [
            models.Index(
                fields=["checkpoint"], condition=Q(delivered_at__isnull=True), name="checkpoint_undelivered_idx"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} → {self.place}"


class Signer(models.Model):
    """The one row in which the signing process says that it is at work, with which key and for which places."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField()
    public_key = models.CharField(max_length=64)
    places = models.JSONField(default=list)

    class Meta:
        verbose_name = _("tiến trình ký")
        verbose_name_plural = _("tiến trình ký")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="signer_is_one")]

    def __str__(self) -> str:
        return self.public_key[:16]


class RegisteredBook(models.Model):
    """Every book that was ever opened, numbered without gaps by the database: one that vanishes leaves its number behind."""

    number = models.BigIntegerField(primary_key=True)
    gradebook_id = models.BigIntegerField(unique=True)
    class_subject_id = models.BigIntegerField()
    term_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("sổ đã mở")
        verbose_name_plural = _("danh sách sổ đã mở")

    def __str__(self) -> str:
        return f"{self.number}: {self.gradebook_id}"
