"""Check-ups and health notes of pupils, by the medical staff (R6). Sensitive: who reads which field stands in permissions."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from registry import growth
from registry.models.school import SchoolYear
from registry.models.students import Student


def _within(field: str) -> Q:
    """Empty, or inside the limits of any human being of school age."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": growth.LIMITS[field]})


class HealthCheck(models.Model):
    """One pupil at one check-up. Millimetres, hectograms (0,1 kg) and tenths of vision; what was not measured is empty."""

    class Round(models.IntegerChoices):
        FIRST = 1, _("Đợt 1")
        SECOND = 2, _("Đợt 2")

    student = models.ForeignKey(Student, models.PROTECT, related_name="health_checks", verbose_name=_("học sinh"))
    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="+", verbose_name=_("năm học"))
    round = models.PositiveSmallIntegerField(_("đợt khám"), choices=Round.choices)
    checked_on = models.DateField(_("ngày khám"))
    height_mm = models.PositiveSmallIntegerField(_("chiều cao"), null=True, blank=True)
    weight_hg = models.PositiveSmallIntegerField(_("cân nặng"), null=True, blank=True)
    vision_left = models.PositiveSmallIntegerField(_("thị lực mắt trái"), null=True, blank=True)
    vision_right = models.PositiveSmallIntegerField(_("thị lực mắt phải"), null=True, blank=True)
    conclusion = models.CharField(_("kết luận, ghi chú"), max_length=300, blank=True)
    is_for_homeroom = models.BooleanField(_("giáo viên chủ nhiệm được xem ghi chú"), default=False)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ghi"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("lần khám sức khỏe")
        verbose_name_plural = _("khám sức khỏe")
        ordering = ["student", "-checked_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["student", "school_year", "round"], name="health_check_once_a_round"),
            models.CheckConstraint(condition=Q(round__in=[1, 2]), name="health_check_round_exists"),
            *(
                models.CheckConstraint(
                    condition=_within(field),
                    name=f"health_check_{field}_plausible",
                    violation_error_message=_("Số đo này không thể có ở học sinh."),
                )
                for field in growth.FIGURES
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.get_round_display()} {self.school_year.code}"

    def is_complete(self) -> bool:
        """Nothing is left to measure."""
        return all(getattr(self, field) is not None for field in growth.FIGURES)


class HealthNoteQuerySet(models.QuerySet["HealthNote"]):
    def in_force(self) -> "HealthNoteQuerySet":
        """Notes that nobody has ended."""
        return self.filter(ended_on__isnull=True)


class HealthNote(models.Model):
    """What the school must know beside the figures, written once; one that no longer holds is ended, never rewritten."""

    class Category(models.TextChoices):
        ALLERGY = "allergy", _("Dị ứng")
        CHRONIC = "chronic", _("Bệnh mạn tính")
        ILLNESS = "illness", _("Ốm đau")
        MEDICINE = "medicine", _("Dùng thuốc")
        ACCIDENT = "accident", _("Tai nạn, chấn thương")
        OTHER = "other", _("Khác")

    student = models.ForeignKey(Student, models.PROTECT, related_name="health_notes", verbose_name=_("học sinh"))
    noted_on = models.DateField(_("ngày"))
    category = models.CharField(_("loại ghi chú"), max_length=8, choices=Category.choices)
    text = models.CharField(_("nội dung"), max_length=500)
    is_for_homeroom = models.BooleanField(_("giáo viên chủ nhiệm được xem ghi chú"), default=False)
    ended_on = models.DateField(_("hết hiệu lực từ"), null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ghi"))

    objects = HealthNoteQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("ghi chú sức khỏe")
        verbose_name_plural = _("ghi chú sức khỏe")
        ordering = ["student", "-noted_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="health_note_has_text"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("noted_on")), name="health_note_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.get_category_display()}"
