"""What parents read about the check-ups of their own child (R6, P48)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from registry import permissions
from registry.selectors import health


@require_GET
def child_health(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that the medical staff wrote down, latest first; another's child is not there."""
    student = get_object_or_404(permissions.children_of(request.user), pk=pk)
    context = {
        "student": student,
        "checks": health.checks_of(student, whole=True),
        "can_note": False,
        "notes": health.notes_of(student, whole=True, ended=False),
    }
    return render(request, "home/child_health.html", context)
