"""What a pupil's record holds beside the pupil: policy categories with their validity, and who has looked the list over."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from registry.models.classes import SchoolClass
from registry.models.dated import DatedQuerySet
from registry.models.students import Student


class PolicyStatus(models.Model):
    """Diện chính sách of a pupil, from a day until the end of another. "Không" is an answer, too: the family was asked.

    The list follows what school forms name; health of a pupil is not collected here.
    """

    class Category(models.TextChoices):
        NONE = "none", _("Không thuộc diện chính sách")
        MARTYR = "martyr", _("Con liệt sĩ")
        INVALID_HIGH = "invalid_high", _("Con thương binh (từ 81%)")
        INVALID = "invalid", _("Con thương binh (dưới 81%)")
        SICK_HIGH = "sick_high", _("Con bệnh binh (từ 81%)")
        SICK = "sick", _("Con bệnh binh (dưới 81%)")
        AS_INVALID = "as_invalid", _("Con của người hưởng chính sách như thương binh")
        TOXIC = "toxic", _("Con của người hoạt động kháng chiến bị nhiễm chất độc hóa học")
        HERO = "hero", _("Con của Anh hùng LLVT, Anh hùng Lao động")
        NO_FATHER = "no_father", _("Mồ côi cha")
        NO_MOTHER = "no_mother", _("Mồ côi mẹ")
        ORPHAN = "orphan", _("Mồ côi cả cha và mẹ")
        ABANDONED = "abandoned", _("Bị bỏ rơi, không nguồn nuôi dưỡng")
        POOR = "poor", _("Hộ nghèo")
        NEAR_POOR = "near_poor", _("Hộ cận nghèo")
        DISABLED = "disabled", _("Khuyết tật")
        HARD_AREA = "hard_area", _("Ở vùng có điều kiện kinh tế – xã hội đặc biệt khó khăn")
        SMALL_PEOPLE = "small_people", _("Dân tộc thiểu số rất ít người")

    student = models.ForeignKey(Student, models.PROTECT, related_name="policies", verbose_name=_("học sinh"))
    category = models.CharField(_("diện chính sách"), max_length=14, choices=Category.choices)
    valid_from = models.DateField(_("từ ngày"))
    valid_until = models.DateField(_("đến hết ngày"), null=True, blank=True)
    paper = models.CharField(
        _("giấy tờ"), max_length=200, blank=True, help_text=_("Số, ngày và nơi cấp, ví dụ giấy chứng nhận hộ nghèo.")
    )

    objects = DatedQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("diện chính sách của học sinh")
        verbose_name_plural = _("diện chính sách của học sinh")
        ordering = ["student", "-valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "category"],
                condition=Q(valid_until__isnull=True),
                name="policy_status_unique",
                violation_error_message=_("Diện này đã được ghi cho học sinh và chưa hết hạn."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="policy_status_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải từ ngày bắt đầu trở đi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.get_category_display()}"


class RosterReview(models.Model):
    """The homeroom teacher has looked the class list over (R2), and what was missing at that moment. Written once."""

    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="roster_reviews", verbose_name=_("lớp"))
    reviewed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người rà soát"))
    reviewed_at = models.DateTimeField(_("rà soát lúc"))
    pupils = models.PositiveSmallIntegerField(_("số học sinh"))
    incomplete = models.PositiveSmallIntegerField(_("số hồ sơ còn thiếu"))

    class Meta:
        verbose_name = _("lần rà soát danh sách lớp")
        verbose_name_plural = _("các lần rà soát danh sách lớp")
        ordering = ["school_class", "reviewed_at"]
        constraints = [
            models.CheckConstraint(condition=Q(incomplete__lte=F("pupils")), name="roster_review_counts_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.school_class}: {self.reviewed_at:%d/%m/%Y}"
