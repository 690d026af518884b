"""What every step asks first."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.requests import SignedInRequest
from registry import permissions
from registry.models import SchoolYear


def require_right(request: SignedInRequest, year: SchoolYear | None = None) -> None:
    if reason := permissions.setup_denial(request.user, year):
        raise PermissionDenied(reason)


def year_of(request: SignedInRequest, code: str) -> SchoolYear:
    """The year of the address, for those who may set years up."""
    require_right(request)
    return get_object_or_404(SchoolYear, code=code)
