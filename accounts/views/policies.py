"""Chính sách của trường: what holds and by which decision, a change by decision, and what the documents lay down."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts import permissions, services
from accounts.forms import ByDecisionForm, PolicyForm
from accounts.models import User
from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from accounts.selectors import policies
from schoolops.lib.http import tried
from schoolops.lib.policies import POLICIES, REGULATIONS, Policy

LIST = "accounts:policy_list"


def _check(request: SignedInRequest) -> None:
    if reason := permissions.read_policies_denial(request.user):
        raise PermissionDenied(reason)


@require_GET
def policy_list(request: SignedInRequest) -> HttpResponse:
    """Every policy as it stands, by area; below, what each document would have otherwise."""
    _check(request)
    found = policies.standings()
    context = {"groups": policies.grouped(found), "presets": policies.presets(found)}
    return render(request, "accounts/policy_list.html", context)


# --- one policy -------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def policy_detail(request: SignedInRequest, key: str) -> HttpResponse:
    """One policy: what holds, its past, and a new value by decision."""
    _check(request)
    policy = POLICIES.get(key)
    if policy is None:
        raise Http404
    if request.method == "POST":
        if reason := permissions.set_policy_denial(request.user, policy):
            raise PermissionDenied(reason)
        return _set(request, policy)
    return _policy_page(request, policy, None)


@recent_password_required
def _set(request: SignedInRequest, policy: Policy[Any]) -> HttpResponse:
    form = PolicyForm(request.POST, policy=policy)
    if not form.is_valid():
        return _policy_page(request, policy, form)
    value = form.cleaned_data["value"]
    if not _recorded(request, form, {policy.key: value}):
        form.asks_anew(policies.newest_version([policy.key]))
        return _policy_page(request, policy, form)
    messages.success(request, _("Đã ghi giá trị mới: %(value)s.") % {"value": policy.in_words(value)})
    return redirect("accounts:policy_detail", policy.key)


def _recorded(request: SignedInRequest, form: ByDecisionForm, values: dict[str, Any]) -> bool:
    """Whether the values were put into force; if not, the form says why."""
    seen, decision = form.cleaned_data["seen"], form.decision()
    return bool(
        tried(form, lambda: services.set_policies(values=values, seen=seen, decision=decision, by=request.user))
    )


def _policy_page(request: SignedInRequest, policy: Policy[Any], form: PolicyForm | None) -> HttpResponse:
    seen = policies.newest_version([policy.key])
    context = {
        "standing": policies.standings()[policy.key],
        "laid_down": [(clause, policy.in_words(value)) for clause, value in policy.laid_down.items()],
        "past": policies.past_of(policy),
        "form": form or PolicyForm(policy=policy, initial={"seen": seen}),
        "denial": permissions.set_policy_denial(request.user, policy),
    }
    return render(request, "accounts/policy_detail.html", context, status=422 if form else 200)


# --- what a document lays down ----------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def policy_preset(request: SignedInRequest, code: str) -> HttpResponse:
    """The values of one document beside those that hold, taken over together by one decision."""
    _check(request)
    if code not in REGULATIONS:
        raise Http404
    if request.method == "POST":
        if reason := _take_over_denial(request.user, policies.preset(code, policies.standings())):
            raise PermissionDenied(reason)
        return _take_over(request, code)
    return _preset_page(request, code, None)


def _take_over_denial(user: User, found: policies.Preset) -> str | None:
    """Why this person may not put into force what differs, or None."""
    asked = [demand.standing.policy for demand in found.differences]
    return next((reason for policy in asked if (reason := permissions.set_policy_denial(user, policy))), None)


@recent_password_required
def _take_over(request: SignedInRequest, code: str) -> HttpResponse:
    form = ByDecisionForm(request.POST)
    if not form.is_valid():
        return _preset_page(request, code, form)
    demands = policies.preset(code, policies.standings()).demands
    values = {demand.standing.policy.key: demand.value for demand in demands}
    before = sum(not demand.is_met for demand in demands)
    if not _recorded(request, form, values):
        form.asks_anew(policies.newest_version(values))
        return _preset_page(request, code, form)
    words = ngettext("Đã ghi %(count)s giá trị theo văn bản.", "Đã ghi %(count)s giá trị theo văn bản.", before)
    messages.success(request, words % {"count": before})
    return redirect(LIST)


def _preset_page(request: SignedInRequest, code: str, form: ByDecisionForm | None) -> HttpResponse:
    found = policies.preset(code, policies.standings())
    keys = [demand.standing.policy.key for demand in found.demands]
    context = {
        "preset": found,
        "form": form or ByDecisionForm(initial={"seen": policies.newest_version(keys)}),
        "denial": _take_over_denial(request.user, found),
    }
    return render(request, "accounts/policy_preset.html", context, status=422 if form else 200)
