"""How people come in: the devices they use, and what happened at the door (A1, A7)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class Device(models.Model):
    """A browser in which a person has signed in and that was not called shared; it holds a secret of which this is the hash."""

    person = models.ForeignKey(User, models.PROTECT, related_name="devices", verbose_name=_("người dùng"))
    token_hash = models.CharField(max_length=64)
    name = models.CharField(_("thiết bị"), max_length=100)
    # Hash of the six digits that open this account on this device and nowhere else; set with a slip in the hand.
    pin = models.CharField(max_length=128, blank=True)
    first_seen_at = models.DateTimeField(_("lần đầu"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("lần cuối"))
    forgotten_at = models.DateTimeField(_("đã gỡ lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("thiết bị")
        verbose_name_plural = _("thiết bị")
        ordering = ["-last_seen_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["person", "token_hash"], name="device_once_a_person")]

    def __str__(self) -> str:
        return self.name


class SecurityEvent(models.Model):
    """A line of the sign-in log: added, never changed. `key` is a keyed hash of an account, a typed name or a code.

    `address` is an IPv4 address, or the /64 network of an IPv6 one.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("đăng nhập")
        NEW_DEVICE = "new_device", _("đăng nhập trên thiết bị mới")
        FAILED = "failed", _("mật khẩu chưa khớp")
        STOPPED = "stopped", _("tạm dừng vì thử quá nhiều lần")
        RELEASED = "released", _("mở lại cho thử")
        SLIP_PRINTED = "slip_printed", _("in phiếu đặt mật khẩu")
        SESSIONS_ENDED = "sessions_ended", _("đăng xuất các thiết bị khác")
        PASSWORD_CHANGED = "password_changed", _("đổi mật khẩu")
        FACTOR_ADDED = "factor_added", _("thêm bước xác thực thứ hai")
        FACTOR_REMOVED = "factor_removed", _("gỡ bước xác thực thứ hai")
        FACTOR_FAILED = "factor_failed", _("mã hoặc khóa truy cập chưa khớp")
        IDENTITY_LINKED = "identity_linked", _("nối với tài khoản thư của trường")
        IDENTITY_REFUSED = "identity_refused", _("tài khoản thư không được nhận")
        ADMIN_ENTERED = "admin_entered", _("vào chế độ quản trị")
        ADMIN_LEFT = "admin_left", _("kết thúc chế độ quản trị")

    kind = models.CharField(_("việc"), max_length=16, choices=Kind.choices)
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="security_events", verbose_name=_("tài khoản")
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người làm"))
    key = models.CharField(max_length=64, blank=True)
    device = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("thiết bị đã biết")
    )
    browser = models.CharField(_("trình duyệt"), max_length=100, blank=True)
    address = models.CharField(_("địa chỉ mạng"), max_length=45, blank=True)
    note = models.CharField(_("lời ghi"), max_length=300, blank=True)
    at = models.DateTimeField(_("lúc"))

    class Meta:
        verbose_name = _("việc ở cửa đăng nhập")
        verbose_name_plural = _("nhật ký đăng nhập")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(
                fields=["key", "-at"], name="security_event_key", condition=Q(kind__in=["failed", "released"])
            ),
            models.Index(fields=["address", "-at"], name="security_event_address", condition=Q(kind="failed")),
            models.Index(fields=["person", "-at"], name="security_event_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d/%m/%Y %H:%M}"
