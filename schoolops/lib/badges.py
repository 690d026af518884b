"""What can be read on a screen in one word: states with their icon and tone, in one table."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Text = str | Promise
Tone = Literal["ok", "warn", "err", "info", "lock", "done"]
StateKind = Literal["E", "L", "X", "K", "R", "P", "O"]

# The symbols of static/schoolops/icons.svg; a test keeps the two equal.
# fmt: off
ICONS = frozenset({
    "today", "calendar", "home", "class", "book", "user", "users", "plus", "message", "more", "bell", "lock",
    "unlock", "check", "clock", "pending", "warning", "pencil", "undo", "x", "dash", "published", "seal", "offline",
    "running", "search", "help", "info", "incident", "print", "upload", "download", "chevron", "history",
    "settings", "sign-out", "language", "chart", "archive", "health", "photo", "document", "eye",
})
# fmt: on


@dataclass(frozen=True)
class Badge:
    icon: str
    label: Text
    tone: Tone
    style: Literal["", "outline", "filled"] = ""


# Every state a person can read on a screen: icon, word, tone. The word alone is enough on paper.
BADGES: dict[str, Badge] = {
    # a column of scores, an article, a plan
    "draft": Badge("pencil", gettext_lazy("Nháp"), "lock"),
    "confirmed": Badge("check", gettext_lazy("Đã xác nhận"), "ok"),
    "locked": Badge("lock", gettext_lazy("Đã khóa"), "lock"),
    "published": Badge("published", gettext_lazy("Đã công bố"), "done"),
    "open": Badge("unlock", gettext_lazy("Đang mở"), "ok", "outline"),
    "not_open": Badge("lock", gettext_lazy("Chưa mở"), "lock", "outline"),
    "scheduled": Badge("clock", gettext_lazy("Hẹn giờ"), "info", "outline"),
    "withdrawn": Badge("undo", gettext_lazy("Đã gỡ"), "lock"),
    # a request on its way
    "submitted": Badge("pending", gettext_lazy("Chờ duyệt"), "info"),
    "returned": Badge("undo", gettext_lazy("Trả lại"), "warn"),
    "rejected": Badge("x", gettext_lazy("Không duyệt"), "err"),
    "approved": Badge("check", gettext_lazy("Đã duyệt"), "ok"),
    "cancelled": Badge("dash", gettext_lazy("Đã rút"), "lock"),
    # a duty
    "due_soon": Badge("clock", gettext_lazy("Sắp đến hạn"), "warn", "outline"),
    "overdue": Badge("warning", gettext_lazy("Quá hạn"), "warn", "filled"),
    "excused": Badge("dash", gettext_lazy("Được miễn"), "lock"),
    "on_time": Badge("check", gettext_lazy("Đúng hạn"), "ok"),
    "missing": Badge("warning", gettext_lazy("Còn thiếu"), "warn", "outline"),
    # jobs, archives, connections
    "queued": Badge("clock", gettext_lazy("Đang chờ"), "lock"),
    "running": Badge("running", gettext_lazy("Đang chạy"), "info"),
    "finished": Badge("check", gettext_lazy("Đã xong"), "ok"),
    "failed": Badge("x", gettext_lazy("Chưa xong"), "err"),
    "sealed": Badge("seal", gettext_lazy("Đã niêm phong"), "done"),
    "offline": Badge("offline", gettext_lazy("Ngoại tuyến"), "warn"),
    # a page, a person, an account
    "read_only": Badge("eye", gettext_lazy("Chỉ xem"), "lock"),
    "active": Badge("check", gettext_lazy("Đang dùng"), "ok"),
    "inactive": Badge("dash", gettext_lazy("Ngừng sử dụng"), "lock"),
}

TONE_ICONS: dict[Tone, str] = {
    "ok": "check",
    "warn": "warning",
    "err": "warning",
    "info": "info",
    "lock": "lock",
    "done": "published",
}
# Django's message levels, so that {% alert tone=message.level_tag %} works.
MESSAGE_TONES: dict[str, Tone] = {"debug": "info", "info": "info", "success": "ok", "warning": "warn", "error": "err"}

# Empty, loading, error, locked, read-only, no permission, offline: icon and tone.
STATES: dict[StateKind, tuple[str, Tone | Literal[""]]] = {
    "E": ("check", ""),
    "L": ("running", ""),
    "X": ("warning", "err"),
    "K": ("lock", "lock"),
    "R": ("eye", "lock"),
    "P": ("lock", "info"),
    "O": ("offline", "warn"),
}
