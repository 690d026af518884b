"""Sổ đăng bộ: one line per pupil for life, under a number without gaps."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from registry.models.school import SchoolYear
from registry.models.students import Student


class RegisterEntry(models.Model):
    """The pupil's line; the number is the next one, never changes and is never given again (a trigger holds to it).

    Only what stands nowhere else is kept here: the rest of the line is read from the pupil, the family and the movements.
    """

    student = models.OneToOneField(Student, models.PROTECT, related_name="register_entry", verbose_name=_("học sinh"))
    number = models.PositiveIntegerField(_("số đăng bộ"), unique=True)
    school_year = models.ForeignKey(
        SchoolYear, models.PROTECT, related_name="register_entries", verbose_name=_("năm học vào trường")
    )
    entered_on = models.DateField(_("ngày vào trường"))
    birth_place = models.CharField(_("nơi sinh"), max_length=200, blank=True)
    nationality = models.CharField(_("quốc tịch"), max_length=60, default="Việt Nam")
    previous_school = models.CharField(_("học sinh trường cũ nào, đã tốt nghiệp"), max_length=200, blank=True)
    report_returned_on = models.DateField(_("ngày trả học bạ"), null=True, blank=True)
    report_returned_to = models.CharField(_("người nhận học bạ"), max_length=100, blank=True)
    note = models.CharField(_("ghi chú"), max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("dòng sổ đăng bộ")
        verbose_name_plural = _("sổ đăng bộ")
        ordering = ["number"]
        permissions = [
            ("view_register", "Reads the register book"),
            ("keep_register", "Enters pupils into the register book"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="register_number_from_one"),
            models.CheckConstraint(
                condition=Q(report_returned_on__isnull=True, report_returned_to="")
                | (Q(report_returned_on__isnull=False) & ~Q(report_returned_to="")),
                name="register_report_returned_to_somebody",
                violation_error_message=_("Trả học bạ cần cả ngày và người nhận."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.student}"
