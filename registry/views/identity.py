"""Petitions about a name, a birth date or a sex that stands in open books (G7, QT 5.2)."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.identity import IdentityForm, VerdictForm
from registry.models import IdentityChange
from registry.models.identity import IDENTITY
from registry.selectors.imports.people import in_words
from registry.views.students import visible_student
from registry.workflow import IDENTITY_STEPS
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt, tried
from schoolops.lib.workflow import possible

PER_PAGE = 30


@require_GET
def identity_list(request: SignedInRequest) -> HttpResponse:
    """Those that wait, the oldest first; then the decided ones, the latest first."""
    if reason := permissions.read_identity_changes_denial(request.user):
        raise PermissionDenied(reason)
    found = permissions.visible_identity_changes(request.user).select_related("student", "requested_by")
    waiting = IdentityChange.State.WAITING
    context = {
        "waiting": found.filter(state=waiting).order_by("requested_at", "pk"),
        "page": Paginator(found.exclude(state=waiting), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "registry/identity_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def identity_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """The petition of whoever keeps the record and is not the homeroom teacher."""
    student = visible_student(request, pk)
    if reason := permissions.ask_identity_denial(request.user, student):
        raise PermissionDenied(reason)
    data = request.POST if request.method == "POST" else None
    form = IdentityForm(data, student=student, today=local_day(timezone.now()))
    if form.is_valid() and (
        change := tried(
            form,
            lambda: services.ask_identity_change(
                student=student,
                values=form.record(),
                reason=form.cleaned_data["reason"],
                paper=form.cleaned_data["paper"],
                by=request.user,
            ),
        )
    ):
        return redirect("registry:identity_detail", change.pk)
    waiting = student.identity_changes.filter(state=IdentityChange.State.WAITING).first()
    context = {"student": student, "form": form, "waiting": waiting}
    return render(request, "registry/identity_new.html", context, status=422 if form.errors else 200)


@require_GET
def identity_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk), VerdictForm())


def _found(request: SignedInRequest, pk: int) -> IdentityChange:
    visible = permissions.visible_identity_changes(request.user)
    return get_object_or_404(visible.select_related("student", "requested_by", "decided_by"), pk=pk)


def _page(request: SignedInRequest, change: IdentityChange, form: VerdictForm) -> HttpResponse:
    steps = possible(IDENTITY_STEPS, request.user, change)
    is_open = change.state == IdentityChange.State.WAITING and not steps
    context = {
        "change": change,
        "lines": [_line(change, name) for name in IDENTITY],
        "steps": steps,
        "form": form,
        "why_not": permissions.decide_identity_denial(request.user, change) if is_open else None,
        "history": [
            {"at": row.at, "by": row.by, "text": IDENTITY_STEPS[row.step].label, "comment": row.comment}
            for row in change.transitions.select_related("by")
        ],
    }
    return render(request, "registry/identity_detail.html", context, status=422 if form.errors else 200)


def _line(change: IdentityChange, name: str) -> dict[str, object]:
    field: Any = IdentityChange._meta.get_field(name)
    return {
        "label": field.verbose_name,
        "was": in_words(field, getattr(change, f"was_{name}")),
        "new": in_words(field, getattr(change, name)),
        "differs": name in change.fields,
    }


@require_POST
def identity_step(request: SignedInRequest, pk: int, step: str) -> HttpResponse:
    """Approved, refused with the reason, or taken back."""
    if step not in IDENTITY_STEPS:
        raise Http404
    change = _found(request, pk)
    if step == "withdraw":
        attempt(
            request, lambda: services.withdraw_identity_change(change=change, by=request.user), _("Đã rút đề nghị.")
        )
        return redirect("registry:identity_detail", pk)
    if reason := permissions.decide_identity_denial(request.user, change):
        raise PermissionDenied(reason)
    return _decide(request, change, step)


VERDICTS: dict[str, tuple[Callable[..., IdentityChange], Any]] = {
    "approve": (services.approve_identity_change, gettext_lazy("Đã duyệt và ghi vào hồ sơ của em.")),
    "refuse": (services.refuse_identity_change, gettext_lazy("Đã báo cho người đề nghị.")),
}


@recent_password_required
def _decide(request: SignedInRequest, change: IdentityChange, step: str) -> HttpResponse:
    form = VerdictForm(request.POST)
    if step == "refuse":
        form.fields["comment"].required = True
    if not form.is_valid():
        return _page(request, change, form)
    comment = form.cleaned_data["comment"]
    act, done = VERDICTS[step]
    attempt(request, lambda: act(change=change, by=request.user, comment=comment), done)
    return redirect("registry:identity_detail", change.pk)
