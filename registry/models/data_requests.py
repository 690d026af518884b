"""What a family asks about the data of its child: to be answered within 2 working days and settled within 15 days.

Law 91/2025/QH15 and Decree 356/2025 (chưa đối chiếu văn bản gốc): one prolongation, with its reason.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.models.families import Guardian
from registry.models.students import Student
from schoolops.lib.workflow import TransitionLog


class DataRequest(models.Model):
    """One request of a legal representative about one child, from its receipt to its answer."""

    class Kind(models.TextChoices):
        COPY = "copy", _("Nhận bản sao dữ liệu trên giấy")
        CORRECT = "correct", _("Sửa thông tin chưa đúng")
        ERASE = "erase", _("Xóa dữ liệu không còn cần")
        RESTRICT = "restrict", _("Hạn chế hoặc ngừng dùng dữ liệu")
        OTHER = "other", _("Phản đối, khiếu nại, việc khác")

    class State(models.TextChoices):
        RECEIVED = "received", _("Mới nhận")
        IN_PROGRESS = "in_progress", _("Đang giải quyết")
        DONE = "done", _("Đã giải quyết")
        REFUSED = "refused", _("Không thực hiện được")

    student = models.ForeignKey(Student, models.PROTECT, related_name="data_requests", verbose_name=_("học sinh"))
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, related_name="data_requests", verbose_name=_("người yêu cầu")
    )
    kind = models.CharField(_("yêu cầu"), max_length=8, choices=Kind.choices)
    text = models.TextField(_("nội dung"), max_length=2000)
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ghi nhận"))
    received_at = models.DateTimeField(_("nhận lúc"))
    paper = models.CharField(
        _("đơn trên giấy"), max_length=200, blank=True, help_text=_("Số đến, ngày, nơi giữ đơn, khi gia đình nộp giấy.")
    )
    answer_by = models.DateTimeField(_("hạn trả lời"))
    settle_by = models.DateTimeField(_("hạn giải quyết"))
    is_prolonged = models.BooleanField(_("đã gia hạn"), default=False)
    handler = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người giải quyết")
    )
    answered_at = models.DateTimeField(_("trả lời lúc"), null=True, blank=True)
    settled_at = models.DateTimeField(_("giải quyết lúc"), null=True, blank=True)
    outcome = models.TextField(_("kết quả"), max_length=4000, blank=True)
    state = models.CharField(_("trạng thái"), max_length=12, choices=State.choices, default=State.RECEIVED)

    class Meta:
        verbose_name = _("yêu cầu về dữ liệu")
        verbose_name_plural = _("yêu cầu về dữ liệu")
        ordering = ["-received_at", "-id"]
        permissions = [
            ("take_data_requests", "Records requests that families brought on paper"),
            ("keep_data_requests", "Answers requests of families about data"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="data_request_has_text"),
            models.CheckConstraint(
                condition=Q(answer_by__gt=F("received_at"), settle_by__gt=F("received_at")),
                name="data_request_terms_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state="received", answered_at__isnull=True)
                | (~Q(state="received") & Q(answered_at__isnull=False, handler__isnull=False)),
                name="data_request_answered_once_taken",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "refused"], settled_at__isnull=False) & ~Q(outcome="")
                | (~Q(state__in=["done", "refused"]) & Q(settled_at__isnull=True)),
                name="data_request_settled_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class DataRequestTransition(TransitionLog):
    request = models.ForeignKey(
        DataRequest, models.PROTECT, related_name="transitions", verbose_name=_("yêu cầu về dữ liệu")
    )

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước giải quyết yêu cầu về dữ liệu")
        verbose_name_plural = _("các bước giải quyết yêu cầu về dữ liệu")
