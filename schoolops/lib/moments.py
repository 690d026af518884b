"""Dates and deadlines in the words people use at school."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

WEEKDAYS = (
    gettext_lazy("Thứ Hai"),
    gettext_lazy("Thứ Ba"),
    gettext_lazy("Thứ Tư"),
    gettext_lazy("Thứ Năm"),
    gettext_lazy("Thứ Sáu"),
    gettext_lazy("Thứ Bảy"),
    gettext_lazy("Chủ Nhật"),
)
SHORT_WEEKDAYS = (
    pgettext_lazy("weekday", "T2"),
    pgettext_lazy("weekday", "T3"),
    pgettext_lazy("weekday", "T4"),
    pgettext_lazy("weekday", "T5"),
    pgettext_lazy("weekday", "T6"),
    pgettext_lazy("weekday", "T7"),
    pgettext_lazy("weekday", "CN"),
)
SOON_DAYS = 3
LAST_MONTH_WITH_ZERO = 2


@dataclass(frozen=True)
class Distance:
    words: str
    urgency: Literal["", "soon", "overdue"]


def distance(due: datetime, now: datetime) -> Distance:
    """How far a deadline is, in the words people use: school days are calendar days, the last day is hours."""
    local_due, local_now = timezone.localtime(due), timezone.localtime(now)
    days = (local_due.date() - local_now.date()).days
    if due <= now:
        late = now - due
        if days <= -1 and late.days >= 1:
            return Distance(
                ngettext("quá hạn %(n)s ngày", "quá hạn %(n)s ngày", late.days) % {"n": late.days}, "overdue"
            )
        return Distance(gettext("quá hạn %(span)s") % {"span": hours_or_minutes(late.seconds)}, "overdue")
    if days == 0:
        return Distance(gettext("hôm nay, còn %(span)s") % {"span": hours_or_minutes((due - now).seconds)}, "soon")
    if days == 1:
        return Distance(gettext("ngày mai"), "soon")
    return Distance(
        ngettext("còn %(n)s ngày", "còn %(n)s ngày", days) % {"n": days}, "soon" if days <= SOON_DAYS else ""
    )


def hours_or_minutes(seconds: int) -> str:
    """ "5 giờ", "35 phút"; what is shorter than a minute counts as one."""
    hours, minutes = seconds // 3600, max(seconds // 60, 1)
    if hours:
        return ngettext("%(n)s giờ", "%(n)s giờ", hours) % {"n": hours}
    return ngettext("%(n)s phút", "%(n)s phút", minutes) % {"n": minutes}


def vn_date(day: date | datetime | None) -> str:
    """21/11/2026"""
    return f"{_local(day):%d/%m/%Y}" if day else ""


def vn_day(day: date | datetime | None) -> str:
    """Thứ Bảy 21/11/2026"""
    return f"{WEEKDAYS[_local(day).weekday()]} {_local(day):%d/%m/%Y}" if day else ""


def vn_weekday(day: date) -> str:
    """T2 … T7, CN: a column head has no room for more."""
    return str(SHORT_WEEKDAYS[day.weekday()])


def vn_time(moment: datetime | None) -> str:
    """10:42"""
    return f"{_local(moment):%H:%M}" if moment else ""


def vn_moment(moment: datetime | None) -> str:
    """10:42 ngày 21/11/2026"""
    if not moment:
        return ""
    return gettext("%(time)s ngày %(date)s") % {"time": vn_time(moment), "date": vn_date(moment)}


def vn_second(moment: datetime | None) -> str:
    """10:42:05 ngày 21/11/2026, where a paper says when the system took note"""
    if not moment:
        return ""
    return gettext("%(time)s ngày %(date)s") % {"time": f"{_local(moment):%H:%M:%S}", "date": vn_date(moment)}


def vn_formal(day: date | datetime) -> str:
    """ngày 05 tháng 02 năm 2026: Nghị định 30 puts a zero before days below 10 and before months 1 and 2 only"""
    local = _local(day)
    month = f"{local:%m}" if local.month <= LAST_MONTH_WITH_ZERO else str(local.month)
    return gettext("ngày %(day)s tháng %(month)s năm %(year)s") % {
        "day": f"{local:%d}",
        "month": month,
        "year": f"{local:%Y}",
    }


def vn_recent(moment: datetime | None, now: datetime | None = None) -> str:
    """hôm nay 10:42, hôm qua 16:05, otherwise 16:05 ngày 12/11/2026"""
    if not moment:
        return ""
    days = (timezone.localtime(now or timezone.now()).date() - timezone.localtime(moment).date()).days
    if days == 0:
        return gettext("hôm nay %(time)s") % {"time": vn_time(moment)}
    if days == 1:
        return gettext("hôm qua %(time)s") % {"time": vn_time(moment)}
    return vn_moment(moment)


def _local(day: date | datetime) -> date | datetime:
    return timezone.localtime(day) if isinstance(day, datetime) and timezone.is_aware(day) else day
