"""Pupils and the class they sit in."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.people import PERSONAL_NUMBER
from registry.models.classes import SchoolClass
from schoolops.lib.fields import PersonNameField, SearchKeyField, SortKeyField


class Student(models.Model):
    """A pupil. Identifiers are text: they have leading zeros and are never calculated with."""

    class Sex(models.TextChoices):
        MALE = "male", _("Nam")
        FEMALE = "female", _("Nữ")

    moet_id = models.CharField(_("mã định danh học sinh"), max_length=20, unique=True, null=True, blank=True)
    national_id = models.CharField(
        _("số định danh cá nhân"), max_length=12, unique=True, null=True, blank=True, validators=[PERSONAL_NUMBER]
    )
    full_name = PersonNameField(_("họ và tên"), max_length=100)
    birth_date = models.DateField(_("ngày sinh"), null=True, blank=True)
    sex = models.CharField(_("giới tính"), max_length=6, choices=Sex.choices, blank=True)
    ethnicity = models.CharField(_("dân tộc"), max_length=40, blank=True)
    address = models.CharField(_("địa chỉ thường trú"), max_length=300, blank=True)
    sort_key = SortKeyField()
    search_key = SearchKeyField()
    history = HistoricalRecords(excluded_fields=["sort_key", "search_key"])

    class Meta:
        verbose_name = _("học sinh")
        verbose_name_plural = _("học sinh")
        ordering = ["sort_key", "pk"]
        indexes = [models.Index(fields=["sort_key"]), models.Index(fields=["search_key"])]
        constraints = [models.CheckConstraint(condition=~Q(full_name=""), name="student_has_name")]

    def __str__(self) -> str:
        return self.full_name


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def present(self) -> "EnrollmentQuerySet":
        return self.filter(left_on__isnull=True)

    def in_open_books(self) -> "EnrollmentQuerySet":
        """Present in a class of which a grade book is open: name and birth date of the pupil stand in it."""
        return self.present().filter(school_class__class_subjects__gradebooks__isnull=False).distinct()


class Enrollment(models.Model):
    """A pupil in a class, under the number of the class list; the number never moves once the book is open."""

    student = models.ForeignKey(Student, models.PROTECT, related_name="enrollments", verbose_name=_("học sinh"))
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="enrollments", verbose_name=_("lớp"))
    roll_no = models.PositiveSmallIntegerField(_("số thứ tự"))
    enrolled_on = models.DateField(_("vào lớp ngày"))
    left_on = models.DateField(_("rời lớp ngày"), null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("học sinh trong lớp")
        verbose_name_plural = _("học sinh trong lớp")
        ordering = ["school_class", "roll_no"]
        constraints = [
            models.UniqueConstraint(
                fields=["school_class", "roll_no"],
                name="enrollment_roll_no_unique",
                violation_error_message=_("Số thứ tự này trong lớp đã có người."),
            ),
            models.UniqueConstraint(
                fields=["school_class", "student"],
                name="enrollment_once_per_class",
                violation_error_message=_("Học sinh này đã có trong lớp."),
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("enrolled_on")), name="enrollment_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.roll_no}. {self.student}"
