"""Exceptional rights on one class, given by hand by IT staff: guardian rows of this table alone, with decision and dates."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from accounts.models import Decision
from registry.models.classes import SchoolClass


class ClassAccess(UserObjectPermissionBase):
    """One person may see one class that is not theirs, for a time, by decision."""

    content_object = models.ForeignKey(SchoolClass, models.PROTECT, related_name="accesses", verbose_name=_("lớp"))
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", verbose_name=_("theo quyết định"))
    valid_from = models.DateField(_("từ ngày"))
    valid_until = models.DateField(_("đến hết ngày"))
    history = HistoricalRecords()

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("quyền xem riêng một lớp")
        verbose_name_plural = _("quyền xem riêng từng lớp")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="class_access_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải từ ngày bắt đầu trở đi."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.content_object}"
