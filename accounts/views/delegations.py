"""Ủy quyền: giving it, ending it, and acting under it (A5)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import permissions, services
from accounts.backends import delegation_in_force
from accounts.forms import DelegationForm
from accounts.middleware import ACTING
from accounts.models import Delegation
from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from schoolops.lib.http import attempt
from schoolops.lib.workflow import TransitionDenied

LIST = "accounts:delegation_list"


@require_GET
def delegation_list(request: SignedInRequest) -> HttpResponse:
    """What I have delegated, what was delegated to me; the principal sees all."""
    if reason := permissions.read_delegations_denial(request.user):
        raise PermissionDenied(reason)
    return render(request, "accounts/delegation_list.html", _lists(request))


def _lists(request: SignedInRequest) -> dict[str, object]:
    found = permissions.visible_delegations(request.user).select_related("giver", "person", "decision", "ended_by")
    now = timezone.now()
    rows = [(delegation, delegation.state_at(now)) for delegation in found]
    return {
        "received": [row for row in rows if row[0].person_id == request.user.pk],
        "given": [row for row in rows if row[0].giver_id == request.user.pk],
        "others": [row for row in rows if request.user.pk not in {row[0].person_id, row[0].giver_id}],
        "can_give": permissions.give_delegation_denial(request.user) is None,
        "endable": {row[0].pk for row in rows if permissions.end_delegation_denial(request.user, row[0]) is None},
    }


@require_http_methods(["GET", "HEAD", "POST"])
def delegation_new(request: SignedInRequest) -> HttpResponse:
    """Delegate duties of one's own."""
    if reason := permissions.give_delegation_denial(request.user):
        raise PermissionDenied(reason)
    return _give(request) if request.method == "POST" else _form_page(request, DelegationForm(giver=request.user))


@recent_password_required
def _give(request: SignedInRequest) -> HttpResponse:
    form = DelegationForm(request.POST, giver=request.user)
    if not form.is_valid():
        return _form_page(request, form)
    try:
        given = services.give_delegation(delegation=form.delegation(), decision=form.decision(), by=request.user)
    except ValidationError as error:
        form.take_errors(error)
        return _form_page(request, form)
    except TransitionDenied as denied:
        form.add_error(None, denied.reason)
        return _form_page(request, form)
    messages.success(
        request,
        _("Đã ủy quyền cho %(who)s. Mọi việc làm thay ghi cả hai tên.") % {"who": given.person.get_short_name()},
    )
    return redirect(LIST)


def _form_page(request: SignedInRequest, form: DelegationForm) -> HttpResponse:
    return render(request, "accounts/delegation_new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def delegation_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End it now; whoever acts under it has lost the right at their next request."""
    found = get_object_or_404(permissions.visible_delegations(request.user), pk=pk)
    if reason := permissions.end_delegation_denial(request.user, found):
        raise PermissionDenied(reason)
    attempt(request, lambda: services.end_delegation(delegation=found, by=request.user), _("Đã kết thúc ủy quyền."))
    return redirect(LIST)


@require_POST
def delegation_act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin to act under a delegation to oneself."""
    get_object_or_404(Delegation, pk=pk, person=request.user)
    return _act(request, pk)


@recent_password_required
def _act(request: SignedInRequest, pk: int) -> HttpResponse:
    delegation = delegation_in_force(pk, request.user.pk)
    if delegation is None:
        messages.error(request, _("Ủy quyền này không còn hoặc chưa có hiệu lực."))
        return redirect(LIST)
    request.session[ACTING] = delegation.pk
    messages.info(request, _("Từ bây giờ thầy/cô thực hiện thay %(who)s.") % {"who": delegation.giver.get_short_name()})
    return redirect("today")


@require_POST
def delegation_leave(request: SignedInRequest) -> HttpResponse:
    """Back to one's own duties."""
    request.session.pop(ACTING, None)
    return redirect("today")
