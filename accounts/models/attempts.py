"""What somebody tried outside their duty, and was refused (A8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class DeniedAttempt(models.Model):
    """A refusal: one row per person, address and day, with how often. Paths and reasons only, nothing that was typed."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người"))
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("thay mặt")
    )
    method = models.CharField(_("cách gọi"), max_length=7)
    path = models.CharField(_("trang"), max_length=300)
    reason = models.CharField(_("lý do"), max_length=300, blank=True)
    day = models.DateField(_("ngày"))
    first_at = models.DateTimeField(_("lần đầu"), auto_now_add=True)
    last_at = models.DateTimeField(_("lần cuối"))
    times = models.PositiveIntegerField(_("số lần"), default=1)

    class Meta:
        verbose_name = _("lần bị từ chối")
        verbose_name_plural = _("các lần bị từ chối")
        ordering = ["-last_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["person", "day", "method", "path"], name="denied_once_a_day")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
