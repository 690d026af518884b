"""Phiếu kích hoạt: how a parent without e-mail gets an account (A13)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.codes import OneTimeCode
from registry.models.families import Guardian
from registry.models.students import Student


class Invitation(OneTimeCode):
    """A slip for one guardian, handed out through one of their children, whose birth date confirms who uses it."""

    guardian = models.ForeignKey(
        Guardian, models.PROTECT, related_name="invitations", verbose_name=_("cha mẹ, người giám hộ")
    )
    student = models.ForeignKey(Student, models.PROTECT, related_name="+", verbose_name=_("học sinh"))

    class Meta(OneTimeCode.Meta):
        verbose_name = _("phiếu kích hoạt")
        verbose_name_plural = _("phiếu kích hoạt")
        ordering = ["-issued_at", "-id"]
        constraints = [
            *OneTimeCode.Meta.constraints,
            models.UniqueConstraint(
                fields=["guardian"],
                condition=models.Q(used_at=None, revoked_at=None),
                name="invitation_one_open_per_guardian",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian} – {self.student}"
