"""The school and its calendar."""

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.models.dated import DatedQuerySet


class School(models.Model):
    """The one school of this installation."""

    class Level(models.TextChoices):
        PRIMARY = "primary", _("Tiểu học")
        LOWER_SECONDARY = "lower_secondary", _("THCS")
        UPPER_SECONDARY = "upper_secondary", _("THPT")

    name = models.CharField(_("tên trường"), max_length=200)
    short_name = models.CharField(_("tên ngắn"), max_length=60)
    code = models.CharField(_("mã trường"), max_length=20, unique=True)
    level = models.CharField(_("cấp học"), max_length=20, choices=Level.choices)
    address = models.CharField(_("địa chỉ"), max_length=300, blank=True)
    phone = models.CharField(_("điện thoại"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("trường")
        verbose_name_plural = _("trường")

    def __str__(self) -> str:
        return self.name

    @property
    def grades(self) -> range:
        """The grades of this level."""
        return GRADES[School.Level(self.level)]


GRADES = {
    School.Level.PRIMARY: range(1, 6),
    School.Level.LOWER_SECONDARY: range(6, 10),
    School.Level.UPPER_SECONDARY: range(10, 13),
}
ALL_GRADES = range(1, 13)


class GoverningBody(models.Model):
    """Cơ quan chủ quản, dated: a report of 2024 keeps the body of 2024."""

    school = models.ForeignKey(School, models.PROTECT, related_name="governing_bodies", verbose_name=_("trường"))
    name = models.CharField(_("tên cơ quan"), max_length=200)
    valid_from = models.DateField(_("từ ngày"))
    valid_until = models.DateField(_("đến hết ngày"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("cơ quan chủ quản")
        verbose_name_plural = _("cơ quan chủ quản")
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return self.name


class SchoolYearQuerySet(models.QuerySet["SchoolYear"]):
    def current(self, day: date) -> "SchoolYear | None":
        """The year that contains the day, or the last one that began before it."""
        return self.filter(starts_on__lte=day).order_by("-starts_on").first()

    def before(self, year: "SchoolYear") -> "SchoolYear | None":
        """The year before this one."""
        return self.filter(starts_on__lt=year.starts_on).order_by("-starts_on").first()


class SchoolYear(models.Model):
    """Năm học; closed years are read-only."""

    code = models.CharField(
        _("năm học"), max_length=9, unique=True, validators=[RegexValidator(r"^\d{4}-\d{4}$", _("Viết như 2026-2027."))]
    )
    starts_on = models.DateField(_("bắt đầu"))
    ends_on = models.DateField(_("kết thúc"))
    closed_at = models.DateTimeField(_("khóa năm học lúc"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người khóa năm học")
    )

    objects = SchoolYearQuerySet.as_manager()

    class Meta:
        verbose_name = _("năm học")
        verbose_name_plural = _("năm học")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="school_year_dates_in_order"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="school_year_closed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Term(models.Model):
    """Học kỳ I hoặc II."""

    class Number(models.IntegerChoices):
        FIRST = 1, _("Học kỳ I")
        SECOND = 2, _("Học kỳ II")

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="terms", verbose_name=_("năm học"))
    number = models.PositiveSmallIntegerField(_("học kỳ"), choices=Number.choices)
    starts_on = models.DateField(_("bắt đầu"))
    ends_on = models.DateField(_("kết thúc"))

    class Meta:
        verbose_name = _("học kỳ")
        verbose_name_plural = _("học kỳ")
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["school_year", "number"], name="term_unique"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="term_dates_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_number_display()} {self.school_year_id and self.school_year.code}"


class CalendarDay(models.Model):
    """A day that differs from the week's plan: a holiday, or a day made up for one."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("nghỉ")
        TEACHING = "teaching", _("học bù")

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="calendar_days", verbose_name=_("năm học"))
    day = models.DateField(_("ngày"))
    kind = models.CharField(_("loại"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("tên"), max_length=100)

    class Meta:
        verbose_name = _("ngày đặc biệt")
        verbose_name_plural = _("lịch năm học")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["school_year", "day"], name="calendar_day_unique")]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.name}"
