"""The components of every page: each tag has typed parameters and one file in templates/components/."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Literal, get_args

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from schoolops.lib.badges import BADGES, ICONS, MESSAGE_TONES, STATES, TONE_ICONS, StateKind, Text, Tone
from schoolops.lib.moments import distance, vn_date, vn_day, vn_moment, vn_recent, vn_time, vn_weekday
from schoolops.lib.scores import format_score
from schoolops.lib.texts import grouped

register = template.Library()

ButtonKind = Literal["primary", "secondary", "quiet", "danger"]


def _render(name: str, context: dict[str, Any]) -> SafeString:
    # Components stand inside sentences and cells: their comment and line breaks must not become spaces.
    return SafeString(render_to_string(f"components/{name}.html", context).strip())


# --- words and signs ----------------------------------------------------------------------------
@register.simple_tag
@cache
def icon(name: str, css_class: str = "") -> SafeString:
    """{% icon "lock" %}"""
    if name not in ICONS:
        raise ValueError(f"no icon named {name!r}")
    # Thirty of them stand on a page: written out here, because a template for each costs more than the rest of the page.
    classes = f"icon {css_class}" if css_class else "icon"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, _sprite(), name)


@cache
def _sprite() -> str:
    return static("schoolops/icons.svg")


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
    shown = grouped(value) if isinstance(value, int) else value
    return _render("tile", {"value": shown, "label": label, "url": url, "hint": hint, "tone": tone})


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
@register.simple_tag
def deadline(due: datetime, now: datetime | None = None) -> SafeString:
    """{% deadline column.closes_at at %}: 23:59 ngày 23/11/2026 (còn 2 ngày)"""
    far = distance(due, now or timezone.now())
    return _render(
        "deadline",
        {"iso": due.isoformat(), "moment": vn_moment(due), "distance": far.words, "urgency": far.urgency},
    )


for _words in (vn_date, vn_day, vn_weekday, vn_time, vn_moment, vn_recent):
    register.filter(_words)
register.filter("grouped", grouped)


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
    text = f"{grouped(done)}/{grouped(total)} {unit}".strip()
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
        "first": grouped(page.start_index()),
        "last": grouped(page.end_index()),
        "count": grouped(page.paginator.count),
    }
    return _render(
        "pagination",
        {
            "position": position,
            "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
            "next_url": address(page.next_page_number()) if page.has_next() else "",
        },
    )


@register.filter
def drawing(svg: str) -> SafeString:
    """An SVG made by a library of ours (never by a user), without its XML declaration, to stand in the page."""
    return SafeString(svg[svg.index("<svg") :])
