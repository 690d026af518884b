"""Báo sự cố: anyone reports, IT staff and the principal follow it to its end, and it is counted (A11)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from schoolops.lib.workflow import TransitionLog


class Incident(models.Model):
    """A difficulty or fault as somebody met it, with the page where it happened."""

    class State(models.TextChoices):
        NEW = "new", _("Mới")
        IN_PROGRESS = "in_progress", _("Đang xử lý")
        RESOLVED = "resolved", _("Đã xong")

    reported_by = models.ForeignKey(User, models.PROTECT, related_name="incidents", verbose_name=_("người báo"))
    reported_at = models.DateTimeField(_("báo lúc"), auto_now_add=True)
    text = models.TextField(_("nội dung"), max_length=4000)
    page = models.CharField(_("trang"), max_length=300, blank=True)
    device = models.CharField(_("thiết bị"), max_length=300, blank=True)
    state = models.CharField(_("trạng thái"), max_length=12, choices=State.choices, default=State.NEW)
    handler = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người xử lý")
    )
    resolved_at = models.DateTimeField(_("xong lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("sự cố")
        verbose_name_plural = _("sự cố")
        ordering = ["-reported_at", "-id"]
        permissions = [
            ("view_all_incidents", "Sees every incident"),
            ("handle_incidents", "Works on incidents and closes them"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="incident_has_text"),
            models.CheckConstraint(
                condition=Q(state="new", handler__isnull=True) | (~Q(state="new") & Q(handler__isnull=False)),
                name="incident_handler_once_taken",
            ),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
                name="incident_resolved_at",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class IncidentTransition(TransitionLog):
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="transitions")

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước xử lý sự cố")
        verbose_name_plural = _("các bước xử lý sự cố")
