"""The components of every page: each tag has typed parameters and one file in templates/components/."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from schoolops.lib.scores import format_score

register = template.Library()

Text = str | Promise
Tone = Literal["ok", "warn", "err", "info", "lock", "done"]
StateKind = Literal["E", "L", "X", "K", "R", "P", "O"]
ButtonKind = Literal["primary", "secondary", "quiet", "danger"]

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


def _render(name: str, context: dict[str, Any]) -> SafeString:
    # Components stand inside sentences and cells: their comment and line breaks must not become spaces.
    return SafeString(render_to_string(f"components/{name}.html", context).strip())


# --- words and signs ----------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """{% icon "lock" %}"""
    if name not in ICONS:
        raise ValueError(f"no icon named {name!r}")
    return _render("icon", {"href": f"{static('schoolops/icons.svg')}#{name}", "css_class": css_class})


@register.simple_tag
def badge(state: str, label: Text = "", detail: Text | int = "") -> SafeString:
    """{% badge "locked" %} {% badge "running" detail="13/20" %} {% badge item.state label=item.get_state_display %}"""
    shown = BADGES.get(str(state).lower())
    if shown is None:
        raise ValueError(f"no badge for state {state!r}")
    return _render(
        "badge",
        {"icon": shown.icon, "label": label or shown.label, "tone": shown.tone, "style": shown.style, "detail": detail},
    )


@register.simple_tag
def score(code: str | None) -> SafeString:
    """{% score cell.value %} – a canonical code as it is written at school: 7.5 as 7,5."""
    return _render("score", {"text": format_score(code) if code else ""})


@register.simple_tag
def diff(old: Any, new: Any) -> SafeString:
    """{% diff "5,7" "7,5" %}"""
    return _render("diff", {"old": _empty_if_none(old), "new": _empty_if_none(new)})


# --- blocks -------------------------------------------------------------------------------------
@register.simple_block_tag
def alert(content: str, tone: str = "info", title: Text = "", role: str = "", icon: str = "") -> SafeString:
    """{% alert tone="warn" title="…" %}…{% endalert %} – takes Django's message levels too."""
    tone = MESSAGE_TONES.get(tone, tone)
    if tone not in TONE_ICONS:
        raise ValueError(f"no tone named {tone!r}")
    shown = icon or TONE_ICONS[tone]
    return _render("alert", {"content": content, "tone": tone, "icon": shown, "title": title, "role": role})


@register.simple_block_tag
def state(content: str, kind: StateKind, title: Text, action_url: str = "", action_label: Text = "") -> SafeString:
    """{% state "K" title="…" action_url=url action_label="…" %}who, until when, what is still possible{% endstate %}"""
    if kind not in STATES:
        raise ValueError(f"no state named {kind!r}")
    icon_name, tone = STATES[kind]
    return _render(
        "state",
        {
            "kind": kind,
            "icon": icon_name,
            "tone": tone,
            "title": title,
            "content": content.strip() and content,
            "action_url": action_url,
            "action_label": action_label,
        },
    )


@register.simple_block_tag
def card(content: str, title: Text = "", meta: Text = "", tone: str = "", level: int = 2) -> SafeString:
    """{% card title="Toán 7A1 – Giữa kỳ" tone="warn" %}…{% endcard %}"""
    return _render("card", {"content": content, "title": title, "meta": meta, "tone": tone, "level": str(level)})


@register.simple_block_tag
def page_header(content: str, title: Text, subtitle: Text = "") -> SafeString:
    """{% page_header title="Sổ điểm" subtitle="…" %}{% button … %}{% endpage_header %} – the one h1 of a page."""
    return _render("page_header", {"content": content.strip() and content, "title": title, "subtitle": subtitle})


@register.simple_tag
def tile(value: Any, label: Text, url: str = "", hint: Text = "", tone: Tone | Literal[""] = "") -> SafeString:
    """{% tile 14 "quá hạn" url="…" tone="warn" %}"""
    return _render("tile", {"value": value, "label": label, "url": url, "hint": hint, "tone": tone})


# --- forms --------------------------------------------------------------------------------------
@register.simple_tag
def button(
    label: Text,
    url: str = "",
    *,
    kind: ButtonKind = "secondary",
    icon: str = "",
    size: Literal["", "small", "wide"] = "",
    **attrs: Any,
) -> SafeString:
    """{% button "Duyệt 5,7 → 7,5" kind="primary" name="verdict" value="approve" %} – with url it is a link.

    Further attributes are written with underscores: hx_post=url becomes hx-post.
    """
    if kind not in get_args(ButtonKind):
        raise ValueError(f"no kind of button named {kind!r}")
    classes = ["btn", *([f"btn-{kind}"] if kind != "secondary" else []), *([f"btn-{size}"] if size else [])]
    html_attrs = {"class": " ".join(classes), **({} if url else {"type": "submit"}), **_html_attrs(attrs)}
    return _render("button", {"label": label, "url": url, "icon": icon, "attrs": flatatt(html_attrs)})


@register.simple_tag
def field(
    bound_field: BoundField,
    label: Text = "",
    help_text: Text = "",
    *,
    show_password: bool = False,
    show_optional: bool = True,
    **attrs: Any,
) -> SafeString:
    """{% field form.reason %} – label, help, error and control, tied together for a screen reader."""
    if bound_field.is_hidden:
        return SafeString(str(bound_field))
    extra = _html_attrs(attrs)
    if help_text and not bound_field.help_text and not bound_field.use_fieldset:
        ids = [f"{bound_field.auto_id}_helptext", *([f"{bound_field.auto_id}_error"] if bound_field.errors else [])]
        extra.setdefault("aria-describedby", " ".join(ids))
    return _render(
        "field",
        {
            "field": bound_field,
            "control": bound_field.as_widget(attrs=extra),
            "layout": _layout_of(bound_field),
            "label": label or bound_field.label,
            "help": help_text or bound_field.help_text,
            "show_optional": show_optional and not bound_field.field.required,
            "toggle": bound_field.id_for_label if show_password else "",
        },
    )


@register.simple_tag
def error_summary(form: forms.BaseForm, **labels: Text) -> SafeString:
    """{% error_summary form %} – nothing while the form has nothing to say; labels replace those of named fields."""
    items: list[dict[str, Any]] = [
        {"target": "", "label": "", "message": message} for message in form.non_field_errors()
    ]
    for bound_field in form:
        target = bound_field.id_for_label or (f"{bound_field.auto_id}_0" if bound_field.use_fieldset else "")
        items += [
            {
                "target": "" if bound_field.is_hidden else target,
                "label": labels.get(bound_field.name, bound_field.label),
                "message": message,
            }
            for message in bound_field.errors
        ]
    return _render("error_summary", {"items": items, "count": len(items)}) if items else SafeString("")


def _layout_of(bound_field: BoundField) -> Literal["stacked", "check", "group"]:
    if bound_field.use_fieldset:
        return "group"
    return "check" if isinstance(bound_field.field.widget, forms.CheckboxInput) else "stacked"


def _html_attrs(attrs: dict[str, Any]) -> dict[str, Any]:
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
    # The pages' Content-Security-Policy forbids both; better an exception here than a silent button there.
    if refused := [name for name in named if name == "style" or name.startswith("on")]:
        raise ValueError(f"not allowed in a template: {', '.join(refused)}")
    return named


def _empty_if_none(value: Any) -> Any:
    return "" if value is None else value


# --- time ---------------------------------------------------------------------------------------
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
        return Distance(gettext("quá hạn %(span)s") % {"span": _hours_or_minutes(late.seconds)}, "overdue")
    if days == 0:
        return Distance(gettext("hôm nay, còn %(span)s") % {"span": _hours_or_minutes((due - now).seconds)}, "soon")
    if days == 1:
        return Distance(gettext("ngày mai"), "soon")
    return Distance(
        ngettext("còn %(n)s ngày", "còn %(n)s ngày", days) % {"n": days}, "soon" if days <= SOON_DAYS else ""
    )


def _hours_or_minutes(seconds: int) -> str:
    hours, minutes = seconds // 3600, max(seconds // 60, 1)
    if hours:
        return ngettext("%(n)s giờ", "%(n)s giờ", hours) % {"n": hours}
    return ngettext("%(n)s phút", "%(n)s phút", minutes) % {"n": minutes}


@register.simple_tag
def deadline(due: datetime, now: datetime | None = None) -> SafeString:
    """{% deadline column.closes_at at %}: 23:59 ngày 23/11/2026 (còn 2 ngày)"""
    far = distance(due, now or timezone.now())
    return _render(
        "deadline",
        {"iso": due.isoformat(), "moment": vn_moment(due), "distance": far.words, "urgency": far.urgency},
    )


@register.filter
def vn_date(day: date | datetime | None) -> str:
    """21/11/2026"""
    return f"{_local(day):%d/%m/%Y}" if day else ""


@register.filter
def vn_day(day: date | datetime | None) -> str:
    """Thứ Bảy 21/11/2026"""
    return f"{WEEKDAYS[_local(day).weekday()]} {_local(day):%d/%m/%Y}" if day else ""


@register.filter
def vn_weekday(day: date) -> str:
    """T2 … T7, CN: a column head has no room for more."""
    return str(SHORT_WEEKDAYS[day.weekday()])


@register.filter
def vn_time(moment: datetime | None) -> str:
    """10:42"""
    return f"{_local(moment):%H:%M}" if moment else ""


@register.filter
def vn_moment(moment: datetime | None) -> str:
    """10:42 ngày 21/11/2026"""
    if not moment:
        return ""
    return gettext("%(time)s ngày %(date)s") % {"time": vn_time(moment), "date": vn_date(moment)}


@register.filter
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


# --- where one is -------------------------------------------------------------------------------
@register.simple_tag
def breadcrumb(*path: Text) -> SafeString:
    """{% breadcrumb "Hôm nay" "/today/" "Sổ điểm" url "Toán – 7A1" %}: label and address in turn, this page last."""
    if len(path) % 2 == 0:
        raise ValueError("a breadcrumb is pairs of label and address, then the label of this page")
    parents = [{"label": path[i], "url": path[i + 1]} for i in range(0, len(path) - 1, 2)]
    if not parents:
        return SafeString("")
    return _render("breadcrumb", {"parents": parents, "back": parents[-1], "current": path[-1]})


@register.simple_tag
def progress(done: int, total: int, label: Text = "", unit: Text = "", note: Text = "") -> SafeString:
    """{% progress 611 912 label="Tạo PDF" unit="tệp" note="còn khoảng 6 phút" %}: counts, never a percentage."""
    text = f"{_grouped(done)}/{_grouped(total)} {unit}".strip()
    return _render(
        "progress",
        # Plain digits for the browser: the page's own number format would put a point into 1.299.
        {"done": str(done), "total": str(max(total, 1)), "text": text, "label": label or text, "note": note},
    )


@register.simple_tag
def history_list(entries: Iterable[Any]) -> SafeString:
    """{% history_list steps %}: each has at and text; by, on_behalf_of, old, new, comment where there is one."""
    shown = []
    for entry in entries:
        row = {name: _empty_if_none(_read(entry, name)) for name in _HISTORY_PARTS}
        at: datetime = _read(entry, "at")
        shown.append({**row, "when": vn_moment(at), "iso": at.isoformat()})
    return _render("history_list", {"entries": shown})


_HISTORY_PARTS = ("text", "by", "on_behalf_of", "old", "new", "comment")


def _read(entry: Any, name: str) -> Any:
    return entry.get(name, "") if isinstance(entry, dict) else getattr(entry, name, "")


@register.simple_tag(takes_context=True)
def pagination(context: template.Context, page: Page[Any]) -> SafeString:
    """{% pagination page %} – nothing when everything fits on one page."""
    if not page.has_other_pages():
        return SafeString("")
    request = context.get("request")

    def address(number: int) -> str:
        query = request.GET.copy() if request is not None else QueryDict(mutable=True)
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    position = gettext("Mục %(first)s–%(last)s trong %(count)s") % {
        "first": _grouped(page.start_index()),
        "last": _grouped(page.end_index()),
        "count": _grouped(page.paginator.count),
    }
    return _render(
        "pagination",
        {
            "position": position,
            "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
            "next_url": address(page.next_page_number()) if page.has_next() else "",
        },
    )


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


@register.filter
def drawing(svg: str) -> SafeString:
    """An SVG made by a library of ours (never by a user), without its XML declaration, to stand in the page."""
    return SafeString(svg[svg.index("<svg") :])
