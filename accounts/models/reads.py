"""Who has read what about a child: sensitive records leave a line each time they are opened (R6, P1-23)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class AccessLog(models.Model):
    """A line of the log of reading: added, never changed.

    `about` names a pupil, a class (everybody who sits in it) or the whole school by id, as scopes of grants do;
    `capacity` holds the codes of the duties by which the person could read at that moment, with commas between.
    """

    class Record(models.TextChoices):
        FILE = "file", _("hồ sơ")
        HEALTH = "health", _("sức khỏe")
        IDENTIFIERS = "identifiers", _("số định danh đầy đủ")
        COPY = "copy", _("bản sao dữ liệu")

    class About(models.TextChoices):
        STUDENT = "student", _("một học sinh")
        CLASS = "class", _("cả lớp")
        SCHOOL = "school", _("toàn trường")

    class Capacity(models.TextChoices):
        """Beside the roles of grants."""

        HOMEROOM = "homeroom", _("Giáo viên chủ nhiệm")
        FAMILY = "family", _("Gia đình")
        BY_HAND = "by_hand", _("Được mở quyền xem riêng")

    person = models.ForeignKey(User, models.PROTECT, related_name="reads", verbose_name=_("người xem"))
    capacity = models.CharField(_("với tư cách"), max_length=200)
    record = models.CharField(_("phần đã xem"), max_length=11, choices=Record.choices)
    about = models.CharField(_("về ai"), max_length=7, choices=About.choices)
    about_id = models.PositiveBigIntegerField(default=0)
    purpose = models.CharField(_("mục đích"), max_length=200, blank=True)
    address = models.CharField(_("địa chỉ mạng"), max_length=45, blank=True)
    at = models.DateTimeField(_("lúc"), db_default=Now())

    class Meta:
        verbose_name = _("lần xem dữ liệu")
        verbose_name_plural = _("nhật ký xem dữ liệu")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["about", "about_id", "-at"], name="access_log_about"),
            models.Index(fields=["person", "-at"], name="access_log_person"),
        ]
        permissions = [("view_reads", "Reads who has read what about whom")]
        constraints = [
            models.CheckConstraint(
                condition=Q(about="school", about_id=0) | (~Q(about="school") & Q(about_id__gt=0)),
                name="access_log_is_about_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(record__in=["identifiers", "copy"]) | ~Q(purpose=""), name="access_log_says_what_for"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_record_display()} {self.at:%d/%m/%Y %H:%M}"
