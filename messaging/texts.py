"""The words of every kind of message, in one table; the context of the outbox row fills them in the reader's language."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TEXTS: dict[str, Any] = {
    "incident.reported": gettext_lazy("Có sự cố mới được báo: #%(number)s."),
    "incident.taken": gettext_lazy("Sự cố #%(number)s đã có người xử lý."),
    "incident.resolved": gettext_lazy("Sự cố #%(number)s đã được xử lý xong."),
    "locks.published": gettext_lazy("Lịch khóa sổ đã thay đổi. Xem giờ khóa mới của các cột điểm."),
    "locks.exception": gettext_lazy("Cột %(column)s của %(book)s được mở đến %(until)s."),
    "locks.closing": gettext_lazy("%(book)s – %(column)s còn thiếu %(missing)s điểm, khóa %(closes_at)s."),
}
# Parts of a context that are moments, written as people write them.
MOMENTS = ("until", "closes_at")


def text_of(kind: str, context: dict[str, Any]) -> str:
    """The message in the current language. Raises KeyError for a kind that nobody has words for."""
    return str(TEXTS[kind]) % {key: _moment(value) if key in MOMENTS else value for key, value in context.items()}


def _moment(value: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(value))
    return _("%(time)s ngày %(date)s") % {"time": f"{local:%H:%M}", "date": f"{local:%d/%m/%Y}"}
