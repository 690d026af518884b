"""The people who answer for a pupil: who they are, and for whom, from when to when."""

from datetime import date
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from accounts.models.people import PHONE
from registry.models.students import Student
from schoolops.lib.fields import PersonNameField, SearchKeyField, SortKeyField


class Guardian(models.Model):
    """A father, a mother or whoever stands in for them: one row a person, however many children they have here.

    The name may be unknown while only a number is on record; a number may be shared by both parents.
    """

    full_name = PersonNameField(_("họ và tên"), max_length=100, blank=True)
    phone = models.CharField(_("điện thoại"), max_length=11, blank=True, validators=[PHONE])
    birth_year = models.PositiveSmallIntegerField(
        _("năm sinh"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    occupation = models.CharField(_("nghề nghiệp"), max_length=100, blank=True)
    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, related_name="guardian", verbose_name=_("tài khoản")
    )
    sort_key = SortKeyField()
    search_key = SearchKeyField()
    history = HistoricalRecords(excluded_fields=["sort_key", "search_key"])

    class Meta:
        verbose_name = _("cha mẹ, người giám hộ")
        verbose_name_plural = _("cha mẹ, người giám hộ")
        ordering = ["sort_key", "pk"]
        indexes = [models.Index(fields=["phone"]), models.Index(fields=["search_key"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(full_name="") | ~Q(phone=""),
                name="guardian_has_name_or_phone",
                violation_error_message=_("Nhập họ và tên hoặc số điện thoại."),
            )
        ]

    def __str__(self) -> str:
        return self.full_name or self.phone


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    def in_force(self, day: date) -> Self:
        """Rows that hold on this day."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=day), valid_from__lte=day)

    def representing(self, day: date) -> Self:
        """Rows of those who speak for the pupil by law on this day."""
        return self.in_force(day).filter(is_legal_representative=True)

    def not_ended(self) -> Self:
        """Rows that nobody has closed."""
        return self.filter(ended_on__isnull=True)


class Guardianship(models.Model):
    """One person answers for one pupil, from a day until the end of another; closed, never deleted."""

    class Relation(models.TextChoices):
        FATHER = "father", _("Cha")
        MOTHER = "mother", _("Mẹ")
        GUARDIAN = "guardian", _("Người giám hộ")
        OTHER = "other", _("Khác hoặc chưa rõ")

    student = models.ForeignKey(Student, models.PROTECT, related_name="guardianships", verbose_name=_("học sinh"))
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, related_name="guardianships", verbose_name=_("cha mẹ, người giám hộ")
    )
    relation = models.CharField(_("quan hệ với học sinh"), max_length=8, choices=Relation.choices)
    is_legal_representative = models.BooleanField(_("là người đại diện theo pháp luật"), default=False)
    is_contact = models.BooleanField(_("nhà trường liên hệ trước tiên"), default=False)
    valid_from = models.DateField(_("từ ngày"))
    ended_on = models.DateField(_("đến hết ngày"), null=True, blank=True)
    paper = models.CharField(
        _("giấy tờ về việc giám hộ"),
        max_length=200,
        blank=True,
        help_text=_("Số, ngày và nơi cấp quyết định, khi người giám hộ được cử hoặc chỉ định."),
    )

    objects = GuardianshipQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("quan hệ gia đình của học sinh")
        verbose_name_plural = _("quan hệ gia đình của học sinh")
        ordering = ["student", "-is_contact", "relation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "guardian"],
                condition=Q(ended_on__isnull=True),
                name="guardianship_unique",
                violation_error_message=_("Người này đã có trong gia đình của học sinh."),
            ),
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(is_contact=True, ended_on__isnull=True),
                name="guardianship_one_contact",
                violation_error_message=_("Mỗi học sinh có một người được liên hệ trước tiên."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("valid_from")),
                name="guardianship_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải từ ngày bắt đầu trở đi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian} – {self.student}"
