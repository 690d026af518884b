"""Phân công: who teaches what and who keeps which class, by decision, from when to when. Teaching rights derive from here."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Decision, User
from registry.models.classes import ClassSubject, SchoolClass
from registry.models.dated import DatedQuerySet


class DatedAssignment(models.Model):
    """By decision, from a day until the end of another; ended by its date, never deleted."""

    teacher = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("giáo viên"))
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", verbose_name=_("theo quyết định"))
    valid_from = models.DateField(_("từ ngày"))
    valid_until = models.DateField(_("đến hết ngày"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class TeachingAssignment(DatedAssignment):
    """Phân công giảng dạy. Several teachers of an integrated subject may hold it at once; a substitute is a dated row."""

    teacher = models.ForeignKey(User, models.PROTECT, related_name="teaching", verbose_name=_("giáo viên"))
    class_subject = models.ForeignKey(
        ClassSubject, models.PROTECT, related_name="assignments", verbose_name=_("lớp – môn")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("phân công giảng dạy")
        verbose_name_plural = _("phân công giảng dạy")
        ordering = ["class_subject", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["teacher", "class_subject", "valid_from"], name="teaching_assignment_unique"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="teaching_assignment_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải từ ngày bắt đầu trở đi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teacher}: {self.class_subject}"


class HomeroomAssignment(DatedAssignment):
    """Phân công chủ nhiệm."""

    teacher = models.ForeignKey(User, models.PROTECT, related_name="homerooms", verbose_name=_("giáo viên chủ nhiệm"))
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="homeroom_assignments", verbose_name=_("lớp")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("phân công chủ nhiệm")
        verbose_name_plural = _("phân công chủ nhiệm")
        ordering = ["school_class", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["teacher", "school_class", "valid_from"], name="homeroom_assignment_unique"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="homeroom_assignment_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải từ ngày bắt đầu trở đi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teacher}: {self.school_class}"
