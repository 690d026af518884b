"""Acts on many rows of the administration: first a page that names each row, and why some stay, then the act."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import ngettext

from schoolops.lib.workflow import TransitionDenied

CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Act:
    """`name` is the action's; `denial` says why a row stays as it is, or None; `do` raises TransitionDenied."""

    name: str
    title: str
    button: str
    denial: Callable[[Any], str | None]
    do: Callable[[Any], Any]


def act_on(admin: ModelAdmin, request: HttpRequest, rows: Iterable[Any], act: Act) -> TemplateResponse | None:
    """The page that asks, or, once it was answered, the act on every row that may."""
    if CONFIRMED in request.POST:
        _carry_out(admin, request, rows, act)
        return None
    asked = [(row, act.denial(row)) for row in rows]
    context = {
        **admin.admin_site.each_context(request),
        "title": act.title,
        "opts": admin.opts,
        "button": act.button,
        "action": act.name,
        "checkbox": ACTION_CHECKBOX_NAME,
        "confirmed": CONFIRMED,
        "doable": [row for row, reason in asked if reason is None],
        "refused": [(row, reason) for row, reason in asked if reason is not None],
    }
    return TemplateResponse(request, "admin/bulk_preview.html", context)


def _carry_out(admin: ModelAdmin, request: HttpRequest, rows: Iterable[Any], act: Act) -> None:
    done = 0
    for row in rows:
        try:
            act.do(row)
        except TransitionDenied as denied:
            admin.message_user(request, f"{row}: {denied.reason}", messages.WARNING)
        else:
            done += 1
    if done:
        words = ngettext("Đã làm xong %(count)s dòng.", "Đã làm xong %(count)s dòng.", done) % {"count": done}
        admin.message_user(request, f"{act.title}. {words}", messages.SUCCESS)
