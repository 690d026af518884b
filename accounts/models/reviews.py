"""Rà soát quyền: the principal has read who may do what, and signs it (A7)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class AccessReview(models.Model):
    """Every power of a moment, as it was read and signed. The role of the web can neither change nor remove one."""

    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ký"))
    signed_at = models.DateTimeField(_("ký lúc"), auto_now_add=True)
    comment = models.TextField(_("ý kiến"), max_length=2000, blank=True)
    # Lists of [person id, name, duty, scope, decision, from, until, note], in Vietnamese, in the order of print.
    lines = models.JSONField(_("các quyền"))
    sha256 = models.CharField(_("mã băm"), max_length=64)

    class Meta:
        verbose_name = _("lần rà soát quyền")
        verbose_name_plural = _("các lần rà soát quyền")
        ordering = ["-signed_at", "-id"]
        permissions = [("view_powers", "Sees who may do what"), ("sign_review", "Signs the review of powers")]
        constraints = [models.CheckConstraint(condition=~Q(sha256=""), name="access_review_has_hash")]

    def __str__(self) -> str:
        return f"#{self.pk}"
