"""Rows that every app may use: the work to be done, the messages to be delivered, the files to be kept."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MAX_ATTEMPTS = 5


class Job(models.Model):
    """A piece of work made of items; progress is counted from them. Periodic work is unique per (kind, period)."""

    kind = models.CharField(_("loại việc"), max_length=60)
    period = models.CharField(
        _("kỳ"), max_length=40, blank=True, help_text=_("Ví dụ 2026-11-21; để trống nếu không lặp lại.")
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người yêu cầu"),
    )
    created_at = models.DateTimeField(_("tạo lúc"), auto_now_add=True)

    class Meta:
        verbose_name = _("công việc nền")
        verbose_name_plural = _("công việc nền")
        constraints = [
            models.UniqueConstraint(fields=["kind", "period"], condition=~Q(period=""), name="job_once_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}".strip()


class JobItem(models.Model):
    """One document, one delivery or one row batch; taken under a lease, tried at most five times."""

    class State(models.TextChoices):
        WAITING = "waiting", _("đang chờ")
        RUNNING = "running", _("đang chạy")
        DONE = "done", _("đã xong")
        FAILED = "failed", _("không làm được")

    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("mục công việc")
        verbose_name_plural = _("mục công việc")
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="job_item_once"),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True, lease_until__isnull=True)),
                name="job_item_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | (~Q(state__in=["done", "failed"]) & Q(finished_at__isnull=True)),
                name="job_item_finished_when_closed",
            ),
            models.CheckConstraint(condition=Q(attempts__lte=MAX_ATTEMPTS), name="job_item_attempts_limited"),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="job_item_open_idx")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.key}"


class OutboxMessage(models.Model):
    """Something that people must be told, written in the transaction of the event itself; messaging delivers it."""

    kind = models.CharField(max_length=60)
    recipients = models.JSONField(help_text="User ids.")
    context = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("tin chờ gửi")
        verbose_name_plural = _("tin chờ gửi")
        indexes = [models.Index(fields=["id"], condition=Q(delivered_at__isnull=True), name="outbox_undelivered_idx")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class StoredFile(models.Model):
    """A file in private storage: named at random, hashed, never under a person's name."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    original_name = models.CharField(_("tên tệp gốc"), max_length=200)
    media_type = models.CharField(_("kiểu tệp"), max_length=100)
    size = models.PositiveBigIntegerField(_("kích thước (byte)"))
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200, unique=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người tải lên")
    )
    created_at = models.DateTimeField(_("tải lên lúc"), auto_now_add=True)

    class Meta:
        verbose_name = _("tệp")
        verbose_name_plural = _("tệp")

    def __str__(self) -> str:
        return self.original_name


class Heartbeat(models.Model):
    """When the worker was last seen alive; /readyz reads it."""

    name = models.CharField(max_length=20, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
