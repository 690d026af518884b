"""Biến động: what happens to a pupil between entering and leaving, as dated events. A wrong one is cancelled by another."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.models.students import Enrollment, Student


class MovementQuerySet(models.QuerySet["Movement"]):
    def in_effect(self) -> "MovementQuerySet":
        """Events that were not cancelled, without the cancellations themselves."""
        return self.filter(cancellation__isnull=True).exclude(kind=Movement.Kind.CANCELLATION)


class Movement(models.Model):
    """One event, written once with its reason and papers; what it did to the class lists is in `from_place` and `to_place`."""

    class Kind(models.TextChoices):
        TRANSFER_IN = "transfer_in", _("Chuyển đến")
        TRANSFER_OUT = "transfer_out", _("Chuyển đi")
        DROP_OUT = "drop_out", _("Thôi học")
        RE_ENTRY = "re_entry", _("Học lại")
        CLASS_CHANGE = "class_change", _("Chuyển lớp")
        GRADUATION = "graduation", _("Ra trường, chuyển cấp")
        CANCELLATION = "cancellation", _("Hủy biến động")

    student = models.ForeignKey(Student, models.PROTECT, related_name="movements", verbose_name=_("học sinh"))
    kind = models.CharField(_("biến động"), max_length=12, choices=Kind.choices)
    happened_on = models.DateField(_("ngày"))
    from_place = models.ForeignKey(
        Enrollment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("rời lớp")
    )
    to_place = models.ForeignKey(
        Enrollment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("vào lớp")
    )
    # When the pupil comes back to a class they had left, their line is opened again; this is what it said before.
    to_place_left_on = models.DateField(_("đã rời lớp này ngày"), null=True, blank=True)
    reason = models.CharField(_("lý do"), max_length=300)
    document_number = models.CharField(_("số giấy tờ"), max_length=60, blank=True)
    document_date = models.DateField(_("ngày ký giấy tờ"), null=True, blank=True)
    other_school = models.CharField(_("trường đi hoặc đến"), max_length=200, blank=True)
    papers = models.CharField(_("hồ sơ, kết quả kèm theo"), max_length=500, blank=True)
    cancels = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="cancellation", verbose_name=_("hủy biến động")
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ghi"))
    recorded_at = models.DateTimeField(_("ghi lúc"))

    objects = MovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("biến động của học sinh")
        verbose_name_plural = _("biến động của học sinh")
        ordering = ["happened_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="cancellation", cancels__isnull=False)
                | (~Q(kind="cancellation") & Q(cancels__isnull=True)),
                name="movement_cancels_something",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["transfer_in", "transfer_out"])
                | (~Q(other_school="") & ~Q(document_number="") & Q(document_date__isnull=False)),
                name="movement_transfer_has_papers",
                violation_error_message=_("Chuyển trường cần trường đi hoặc đến, số và ngày giấy tờ."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="movement_has_reason"),
            models.CheckConstraint(
                condition=Q(from_place__isnull=True) | Q(to_place__isnull=True) | ~Q(from_place=F("to_place")),
                name="movement_leads_elsewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.student} ({self.happened_on:%d/%m/%Y})"
