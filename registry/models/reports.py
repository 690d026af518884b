"""What the school owes the sector: reports on fixed forms, each with a day, kept as it was sent (R7)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from registry.models.school import SchoolYear
from schoolops.lib.models import StoredFile
from schoolops.lib.workflow import TransitionLog


class Period(models.TextChoices):
    """The part of the year that a report speaks of."""

    START = "DN", _("Đầu năm học")
    TERM1 = "HK1", _("Học kỳ I")
    TERM2 = "HK2", _("Học kỳ II")
    YEAR = "CN", _("Cả năm")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def open(self) -> "SubmissionQuerySet":
        """What was not sent yet."""
        return self.filter(state__in=[Submission.State.DUE, Submission.State.MADE])


class Submission(models.Model):
    """Báo cáo phải nộp: one form for one period of a year. What was sent stays as it was; a correction is a new one.

    `form` is the code of a form that `registry.reporting` declares. The database refuses any change of a sent one but the
    note that a newer one replaces it (migration 0018).
    """

    class State(models.TextChoices):
        DUE = "due", _("Chưa lập")
        MADE = "made", _("Đã lập, chưa gửi")
        SENT = "sent", _("Đã gửi")
        REPLACED = "replaced", _("Đã có bản thay thế")

    form = models.CharField(_("biểu"), max_length=30)
    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="submissions", verbose_name=_("năm học"))
    period = models.CharField(_("kỳ báo cáo"), max_length=4, choices=Period.choices)
    due_on = models.DateField(_("hạn nộp"))
    receiver = models.CharField(_("nơi nhận"), max_length=200)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.DUE)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replacement", verbose_name=_("thay thế bản")
    )
    why_replaced = models.CharField(_("lý do gửi lại"), max_length=300, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tệp"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người lập")
    )
    made_at = models.DateTimeField(_("lập lúc"), null=True, blank=True)
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người gửi")
    )
    sent_at = models.DateTimeField(_("gửi lúc"), null=True, blank=True)
    reference = models.CharField(_("số, ký hiệu khi gửi"), max_length=60, blank=True)
    note = models.CharField(_("ghi chú"), max_length=300, blank=True)

    objects = SubmissionQuerySet.as_manager()
    history = HistoricalRecords()
    transitions: Any

    class Meta:
        verbose_name = _("báo cáo phải nộp")
        verbose_name_plural = _("báo cáo phải nộp")
        ordering = ["due_on", "form", "pk"]
        permissions = [
            ("read_reports", "Sees which reports the sector is owed and what they lack"),
            ("make_reports", "Makes and sends reports to the sector"),
            ("watch_exports", "Is told when personal data leave the portal"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["school_year", "form", "period"],
                condition=Q(replaces__isnull=True),
                name="submission_once_a_period",
            ),
            models.CheckConstraint(
                condition=Q(state="due", file=None, made_by=None, made_at=None)
                | (~Q(state="due") & Q(file__isnull=False, made_by__isnull=False, made_at__isnull=False)),
                name="submission_made_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "replaced"], sent_by__isnull=False, sent_at__isnull=False)
                | Q(state__in=["due", "made"], sent_by=None, sent_at=None),
                name="submission_sent_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None, why_replaced="") | (Q(replaces__isnull=False) & ~Q(why_replaced="")),
                name="submission_replaces_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.period} {self.school_year}"

    @property
    def is_sent(self) -> bool:
        return self.state in {self.State.SENT, self.State.REPLACED}


class SubmissionTransition(TransitionLog):
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="transitions")

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước của báo cáo")
        verbose_name_plural = _("các bước của báo cáo")


class DataExport(models.Model):
    """Personal data of many people left the portal as a file: who took it, why, which bytes. Written once."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="exports", verbose_name=_("báo cáo"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người tải"))
    at = models.DateTimeField(_("tải lúc"))
    reason = models.CharField(_("lý do"), max_length=300)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("lần tải dữ liệu cá nhân")
        verbose_name_plural = _("các lần tải dữ liệu cá nhân")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["by", "at"], name="data_export_by_day")]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="data_export_has_reason")]

    def __str__(self) -> str:
        return f"{self.by}: {self.submission}"
