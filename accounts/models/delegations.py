"""Ủy quyền: a leader lets another person carry out named duties for a while, by decision (A5)."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.grants import Decision, ScopeKind
from accounts.models.people import User
from accounts.roles import DELEGABLE, Duty


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_force(self, at: datetime) -> Self:
        """Those that hold at this moment, to the minute."""
        return self.filter(starts_at__lte=at, ends_at__gt=at, ended_at__isnull=True)


class Delegation(models.Model):
    """Duties that `giver` lets `person` carry out. It ends at its minute, or with the right of the giver."""

    giver = models.ForeignKey(User, models.PROTECT, related_name="delegations_given", verbose_name=_("người ủy quyền"))
    person = models.ForeignKey(
        User, models.PROTECT, related_name="delegations_received", verbose_name=_("người được ủy quyền")
    )
    duties = ArrayField(models.CharField(max_length=20, choices=Duty.choices), verbose_name=_("nhiệm vụ"))
    # Zero: the whole school.
    grade = models.PositiveSmallIntegerField(_("khối"), default=0)
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="delegations", verbose_name=_("theo quyết định")
    )
    starts_at = models.DateTimeField(_("từ"))
    ends_at = models.DateTimeField(_("đến"))
    created_at = models.DateTimeField(_("lập lúc"), auto_now_add=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người kết thúc")
    )
    ended_at = models.DateTimeField(_("kết thúc sớm lúc"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("ủy quyền")
        verbose_name_plural = _("ủy quyền")
        ordering = ["-starts_at", "-id"]
        permissions = [("delegate", "Delegates duties of their own")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("person")),
                name="delegation_to_another",
                violation_error_message=_("Không ai ủy quyền cho chính mình."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="delegation_dates_in_order",
                violation_error_message=_("Giờ kết thúc phải sau giờ bắt đầu."),
            ),
            models.CheckConstraint(
                condition=Q(duties__len__gt=0),
                name="delegation_has_duties",
                violation_error_message=_("Chọn ít nhất một nhiệm vụ."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_at_and_by",
            ),
        ]
        indexes = [models.Index(fields=["person", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.giver} → {self.person}"

    def state_at(self, at: datetime) -> str:
        """ "ended", "waiting" or "active", for a badge."""
        if self.ended_at is not None or self.ends_at <= at:
            return "ended"
        return "waiting" if self.starts_at > at else "active"

    @property
    def permissions(self) -> frozenset[str]:
        """What the duties need; the giver's own right at this moment still decides."""
        return frozenset().union(*(DELEGABLE[Duty(duty)] for duty in self.duties))

    @property
    def scope(self) -> tuple[str, int]:
        return (ScopeKind.GRADE, self.grade) if self.grade else (ScopeKind.SCHOOL, 0)

    @property
    def scope_ref(self) -> str:
        kind, number = self.scope
        return f"{kind}:{number}" if number else str(kind)

    @property
    def scope_label(self) -> str:
        return str(_("Khối %(grade)s") % {"grade": self.grade}) if self.grade else str(_("Toàn trường"))

    @property
    def duty_labels(self) -> list[str]:
        return [str(Duty(duty).label) for duty in self.duties]
