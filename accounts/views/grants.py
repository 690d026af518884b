"""Leadership grants that wait for the principal."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions, services
from accounts.requests import SignedInRequest
from schoolops.lib.http import attempt


@require_GET
def grant_waiting(request: SignedInRequest) -> HttpResponse:
    """Leadership grants that wait for the principal's word."""
    grants = permissions.grants_to_confirm(request.user).select_related("person", "decision", "granted_by")
    if not grants and not request.user.has_perm("accounts.confirm_grant"):
        raise PermissionDenied(_("Quyền lãnh đạo do hiệu trưởng xác nhận."))
    return render(request, "accounts/grant_waiting.html", {"grants": grants})


@require_POST
def grant_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    grant = get_object_or_404(permissions.grants_to_confirm(request.user), pk=pk)
    attempt(
        request,
        lambda: services.confirm_grant(grant=grant, by=request.user),
        _("Đã xác nhận. Quyền có hiệu lực từ bây giờ."),
    )
    return redirect("accounts:grant_waiting")
