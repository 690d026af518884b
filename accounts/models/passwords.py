"""Passwords that a person has had, as hashes: how old the present one is, and which are not used again (A2)."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.codes import OneTimeCode
from accounts.models.people import User


class PasswordRecord(models.Model):
    """A password that was set. The newest is the present one."""

    person = models.ForeignKey(User, models.PROTECT, related_name="password_records", verbose_name=_("tài khoản"))
    hash = models.CharField(max_length=128)
    set_at = models.DateTimeField(_("đặt lúc"))

    class Meta:
        verbose_name = _("mật khẩu đã đặt")
        verbose_name_plural = _("mật khẩu đã đặt")
        ordering = ["-set_at", "-id"]
        indexes = [models.Index(fields=["person", "-set_at"], name="password_record_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.set_at:%d/%m/%Y}"


class StaffSlip(OneTimeCode):
    """A slip with which a member of staff sets a password: the first, or one in place of a forgotten one."""

    # A password in use is replaced within a day; a first slip may lie in a sealed envelope.
    RESET_LIFE = timedelta(days=1)

    person = models.ForeignKey(User, models.PROTECT, related_name="staff_slips", verbose_name=_("cán bộ"))

    class Meta(OneTimeCode.Meta):
        verbose_name = _("phiếu đặt mật khẩu")
        verbose_name_plural = _("phiếu đặt mật khẩu")
        ordering = ["-issued_at", "-id"]
        constraints = [
            *OneTimeCode.Meta.constraints,
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(used_at=None, revoked_at=None),
                name="staff_slip_one_open_per_person",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
