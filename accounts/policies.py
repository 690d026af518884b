"""What the school has decided: the stored value of a policy, or its default."""

from typing import TypeVar

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import PolicyVersion
from schoolops.lib.policies import Policy, declare

T = TypeVar("T", bool, int)

PASSWORD_DAYS = declare(
    Policy(
        key="accounts.password_days",
        default=90,
        at_most=730,
        label=_("Nhắc đổi mật khẩu sau số ngày"),
        help=_("0 là không nhắc. Trước hạn 7 ngày có thông báo; quá hạn thì được hỏi khi đăng nhập."),
        clause="GT 4",
        words=ngettext_lazy("%(number)s ngày", "%(number)s ngày", "number"),
    )
)
IDLE_MINUTES = declare(
    Policy(
        key="accounts.idle_minutes",
        default=15,
        at_least=5,
        at_most=120,
        label=_("Tự đăng xuất cán bộ, giáo viên sau số phút không thao tác"),
        help=_("Điểm đang gõ vẫn được giữ trên máy; đăng nhập lại là gửi tiếp."),
        clause="TCVN 14423:2026",
        words=ngettext_lazy("%(number)s phút", "%(number)s phút", "number"),
    )
)


def value_of(policy: Policy[T]) -> T:
    """The value that holds now; asked at this moment, every time."""
    text = PolicyVersion.objects.filter(key=policy.key).values_list("value", flat=True).first()
    return policy.default if text is None else policy.read(text)
