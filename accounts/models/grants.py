"""Powers with their legal ground: who, which duty, over what, by which decision, from when to when (A3, A4)."""

from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.people import User
from accounts.roles import CONFIRMED, Role
from schoolops.lib.models import StoredFile


class Decision(models.Model):
    """Quyết định: the document on which a power or an assignment rests."""

    number = models.CharField(_("số, ký hiệu"), max_length=60, help_text=_("Ví dụ: 12/QĐ-THCS"))
    issued_on = models.DateField(_("ngày ký"))
    signer = models.CharField(_("người ký"), max_length=100)
    summary = models.CharField(_("trích yếu"), max_length=300, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, verbose_name=_("bản quét"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("quyết định")
        verbose_name_plural = _("quyết định")
        ordering = ["-issued_on", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "issued_on"],
                name="decision_unique",
                violation_error_message=_("Đã có quyết định mang số này trong cùng ngày ký."),
            ),
            models.CheckConstraint(condition=~Q(number="") & ~Q(signer=""), name="decision_has_number_and_signer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.issued_on:%d/%m/%Y})"


class ScopeKind(models.TextChoices):
    SCHOOL = "school", _("toàn trường")
    GRADE = "grade", _("khối")
    CLASS = "class", _("lớp")
    CLASS_SUBJECT = "class_subject", _("lớp – môn")
    DEPARTMENT = "department", _("tổ chuyên môn")
    SECTION = "section", _("chuyên mục")


class GrantQuerySet(models.QuerySet["Grant"]):
    def in_force(self, day: date) -> Self:
        """Grants that give their right on this day: dated, not revoked, and confirmed where a leader must confirm."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            ~Q(role__in=CONFIRMED) | Q(confirmed_at__isnull=False),
            valid_from__lte=day,
            revoked_at__isnull=True,
        )


class Grant(models.Model):
    """A duty given to a person. It ends by itself: an expired row simply no longer matches."""

    person = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("người được giao"))
    role = models.CharField(_("nhiệm vụ"), max_length=20, choices=Role.choices)
    scope_kind = models.CharField(_("phạm vi"), max_length=15, choices=ScopeKind.choices, default=ScopeKind.SCHOOL)
    scope_id = models.PositiveBigIntegerField(
        _("mã phạm vi"), default=0, help_text=_("Số khối, hoặc mã của lớp, lớp – môn, tổ; 0 khi là toàn trường.")
    )
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="grants", verbose_name=_("theo quyết định"))
    valid_from = models.DateField(_("từ ngày"))
    valid_until = models.DateField(_("đến hết ngày"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người cấp"))
    granted_at = models.DateTimeField(_("cấp lúc"), auto_now_add=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người xác nhận")
    )
    confirmed_at = models.DateTimeField(_("xác nhận lúc"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người thu hồi")
    )
    revoked_at = models.DateTimeField(_("thu hồi lúc"), null=True, blank=True)

    objects = GrantQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("quyền được giao")
        verbose_name_plural = _("quyền được giao")
        ordering = ["person", "role", "valid_from"]
        permissions = [("confirm_grant", "Confirms a grant of leadership")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="grant_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải từ ngày bắt đầu trở đi."),
            ),
            models.CheckConstraint(
                condition=~Q(person=F("granted_by")),
                name="grant_not_to_oneself",
                violation_error_message=_("Không ai tự cấp quyền cho chính mình."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="grant_confirmed_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("granted_by")) & ~Q(confirmed_by=F("person"))),
                name="grant_confirmed_by_another",
                violation_error_message=_("Người xác nhận phải khác người cấp và người được giao."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="grant_revoked_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(scope_kind="school", scope_id=0) | (~Q(scope_kind="school") & Q(scope_id__gt=0)),
                name="grant_scope_named",
                violation_error_message=_("Phạm vi toàn trường không có mã; phạm vi khác phải có mã."),
            ),
        ]
        indexes = [models.Index(fields=["person", "valid_from"])]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"

    @property
    def scope_ref(self) -> str:
        return self.scope_kind if self.scope_kind == ScopeKind.SCHOOL else f"{self.scope_kind}:{self.scope_id}"

    @property
    def needs_confirmation(self) -> bool:
        return self.role in CONFIRMED and self.confirmed_at is None

    def clean(self) -> None:
        if self.person_id and self.granted_by_id and self.person_id == self.granted_by_id:
            raise ValidationError({"person": _("Không ai tự cấp quyền cho chính mình.")})
