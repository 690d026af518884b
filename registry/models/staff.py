"""What changes about a member of staff, by decision, and when it was taken into the records (A12)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Decision, StaffProfile, User


class StaffChange(models.Model):
    """One change. It is known from the day somebody notes it, and done when the staff records have it."""

    class Kind(models.TextChoices):
        APPOINTMENT = "appointment", _("Tuyển dụng, bổ nhiệm")
        TRANSFER_IN = "transfer_in", _("Chuyển đến")
        TITLE = "title", _("Thay đổi chức vụ, chức danh")
        DEPARTMENT = "department", _("Thay đổi tổ chuyên môn, nhiệm vụ")
        SALARY = "salary", _("Thay đổi bậc lương, hạng chức danh")
        TRANSFER_OUT = "transfer_out", _("Chuyển đi")
        RETIREMENT = "retirement", _("Nghỉ hưu, thôi việc")
        OTHER = "other", _("Thay đổi khác")

    staff = models.ForeignKey(StaffProfile, models.PROTECT, related_name="changes", verbose_name=_("cán bộ"))
    kind = models.CharField(_("loại thay đổi"), max_length=12, choices=Kind.choices)
    what = models.CharField(_("nội dung"), max_length=300)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="staff_changes", verbose_name=_("quyết định"))
    happened_on = models.DateField(_("có hiệu lực từ"))
    new_position = models.CharField(_("chức vụ mới"), max_length=100, blank=True)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ghi nhận"))
    noted_at = models.DateTimeField(_("ghi nhận lúc"))
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người cập nhật hồ sơ")
    )
    recorded_at = models.DateTimeField(_("cập nhật hồ sơ lúc"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("thay đổi nhân sự")
        verbose_name_plural = _("thay đổi nhân sự")
        ordering = ["-noted_at", "-pk"]
        permissions = [
            ("view_staff_changes", "Reads the changes of staff"),
            ("note_staff_changes", "Notes changes of staff"),
            ("record_staff_changes", "Takes changes of staff into the records"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_at__isnull=True, recorded_by__isnull=True)
                | Q(recorded_at__isnull=False, recorded_by__isnull=False),
                name="staff_change_recorded_at_and_by",
            ),
            models.UniqueConstraint(
                fields=["staff", "kind", "decision"],
                name="staff_change_once_per_decision",
                violation_error_message=_("Thay đổi này của quyết định đó đã được ghi nhận."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff.user}: {self.what}"
