"""What a school decides where documents differ: each change is a new row that rests on a decision; the newest one counts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.grants import Decision
from accounts.models.people import User
from schoolops.lib.policies import POLICIES


class PolicyVersion(models.Model):
    """A value of a policy (`schoolops.lib.policies`) from a moment on. Never changed, never deleted."""

    key = models.CharField(_("chính sách"), max_length=60)
    value = models.CharField(_("giá trị"), max_length=60)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="policies", verbose_name=_("theo quyết định"))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người đặt"))
    set_at = models.DateTimeField(_("đặt lúc"), auto_now_add=True)

    class Meta:
        verbose_name = _("chính sách của trường")
        verbose_name_plural = _("chính sách của trường")
        ordering = ["-set_at", "-id"]
        indexes = [models.Index(fields=["key", "-id"])]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_clean()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        policy = POLICIES.get(self.key)
        if policy is None:
            raise ValidationError({"key": _("Không có chính sách này.")})
        try:
            policy.read(self.value)
        except ValueError as error:
            raise ValidationError({"value": str(error)}) from error
