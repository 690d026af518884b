"""One account per natural person; duties come from grants and assignments, so there is no role to switch."""

from typing import Any

from django.contrib import auth
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from schoolops.lib.fields import PersonNameField, SearchKeyField, SortKeyField

PERSONAL_NUMBER = RegexValidator(r"^\d{12}$", _("Số định danh cá nhân gồm đúng 12 chữ số."))
PHONE = RegexValidator(r"^0\d{9,10}$", _("Số điện thoại gồm 10 hoặc 11 chữ số, bắt đầu bằng 0."))


class User(AbstractUser):
    """A person who signs in. Being superuser opens nothing here: rights come from the backends alone."""

    class Salutation(models.TextChoices):
        MR_TEACHER = "thầy", _("thầy")
        MS_TEACHER = "cô", _("cô")
        MR = "ông", _("ông")
        MS = "bà", _("bà")

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = PersonNameField(_("họ và tên"), max_length=100)
    salutation = models.CharField(_("cách xưng hô"), max_length=5, choices=Salutation.choices, blank=True)
    phone = models.CharField(_("điện thoại"), max_length=11, blank=True, validators=[PHONE])
    language = models.CharField(
        _("ngôn ngữ"), max_length=2, default="vi", choices=[("vi", "Tiếng Việt"), ("en", "English")]
    )
    quick_entry = models.BooleanField(_("gõ nhanh điểm"), default=True, help_text=_("75 được hiểu là 7,5."))
    sort_key = SortKeyField()
    search_key = SearchKeyField()

    history = HistoricalRecords(excluded_fields=["password", "last_login", "sort_key", "search_key"])

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("tài khoản")
        verbose_name_plural = _("tài khoản")
        ordering = ["sort_key", "pk"]
        permissions = [
            ("work_here", "Sees the pages of the staff"),
            ("use_admin", "Enters the administration pages"),
            ("remove_factors", "Takes a lost second step off another's account"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=~Q(phone=""),
                name="user_phone_unique",
                violation_error_message=_("Số điện thoại này đã thuộc một tài khoản khác."),
            ),
            models.CheckConstraint(condition=~Q(full_name=""), name="user_has_name"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        """How people speak of them: "cô Lan"."""
        given = self.full_name.rsplit(" ", 1)[-1]
        return f"{self.get_salutation_display()} {given}".strip()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's answer for a superuser is always yes; ours never is."""
        return self.is_active and any(
            backend.has_perm(self, perm, obj) for backend in auth.get_backends() if hasattr(backend, "has_perm")
        )

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())


class Department(models.Model):
    """Tổ chuyên môn or another body of the school; closed, never deleted."""

    name = models.CharField(_("tên tổ"), max_length=100)
    closed_on = models.DateField(_("ngừng hoạt động từ"), null=True, blank=True)

    class Meta:
        verbose_name = _("tổ chuyên môn")
        verbose_name_plural = _("tổ chuyên môn")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(closed_on__isnull=True),
                name="department_name_unique",
                violation_error_message=_("Đã có một tổ đang hoạt động mang tên này."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def scope_refs(self) -> frozenset[str]:
        return frozenset({"school", f"department:{self.pk}"})


class StaffProfile(models.Model):
    """The employment side of a person; the personal number makes them one natural person in the two-person rules."""

    user = models.OneToOneField(User, models.PROTECT, related_name="staff_profile", verbose_name=_("tài khoản"))
    staff_code = models.CharField(_("mã cán bộ"), max_length=20, unique=True)
    personal_number = models.CharField(
        _("số định danh cá nhân"), max_length=12, unique=True, null=True, blank=True, validators=[PERSONAL_NUMBER]
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("tổ chuyên môn")
    )
    position = models.CharField(_("chức vụ"), max_length=100, blank=True)
    left_on = models.DateField(_("nghỉ từ ngày"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("hồ sơ cán bộ")
        verbose_name_plural = _("hồ sơ cán bộ")

    def __str__(self) -> str:
        return f"{self.user} ({self.staff_code})"


__all__ = ["PERSONAL_NUMBER", "PHONE", "Department", "StaffProfile", "User"]
