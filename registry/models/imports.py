"""A file of initial data on its way into the register: read, shown, mended, then loaded whole or not at all (A9)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.models.school import SchoolYear
from schoolops.lib.models import StoredFile
from schoolops.lib.workflow import TransitionLog


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def of_initial_data(self) -> "ImportBatchQuerySet":
        """Files that are loaded whole."""
        return self.exclude(kind=ImportBatch.Kind.SECTOR)

    def of_sector(self) -> "ImportBatchQuerySet":
        """Lists of the sector's database, to be compared."""
        return self.filter(kind=ImportBatch.Kind.SECTOR)


class ImportBatch(models.Model):
    """One file. `rows` are the cells as read, by row number; `edits` what the user mended in the preview."""

    class Kind(models.TextChoices):
        STUDENTS = "students", _("Học sinh theo lớp")
        STAFF = "staff", _("Cán bộ, giáo viên")
        ASSIGNMENTS = "assignments", _("Phân công giảng dạy và chủ nhiệm")
        # Compared pupil by pupil, not loaded whole (R8).
        SECTOR = "sector", _("Đối chiếu cơ sở dữ liệu ngành")

    class State(models.TextChoices):
        PREVIEW = "preview", _("Đang xem trước")
        APPLIED = "applied", _("Đã nhập")
        DISCARDED = "discarded", _("Đã bỏ")

    kind = models.CharField(_("loại dữ liệu"), max_length=12, choices=Kind.choices)
    school_year = models.ForeignKey(
        SchoolYear, models.PROTECT, related_name="import_batches", verbose_name=_("năm học")
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("tệp"))
    rows = models.JSONField(default=list)
    edits = models.JSONField(default=dict)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.PREVIEW)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người tải lên"))
    uploaded_at = models.DateTimeField(_("tải lên lúc"), auto_now_add=True)
    applied_at = models.DateTimeField(_("nhập lúc"), null=True, blank=True)
    result = models.JSONField(default=dict)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("lần nhập dữ liệu")
        verbose_name_plural = _("các lần nhập dữ liệu")
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="import_batch_applied_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"


class ImportTransition(TransitionLog):
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="transitions")

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước nhập dữ liệu")
        verbose_name_plural = _("các bước nhập dữ liệu")
