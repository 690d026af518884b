"""What a person sees to right after signing in: a second factor, or a password that is due (A2, P0-16)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.middleware import DUTY
from accounts.requests import SignedInRequest
from accounts.selectors.passwords import SignInDuty


@require_GET
def duty(request: SignedInRequest) -> HttpResponse:
    """The one thing, why, and the way to it."""
    waiting = request.session.get(DUTY)
    if waiting is None:
        return redirect("today")
    return render(request, "accounts/duty.html", {"duty": waiting, "can_wait": waiting == SignInDuty.DUE})


@require_POST
def duty_later(request: SignedInRequest) -> HttpResponse:
    """A password that is due, but not forced, is asked for again at the next sign-in."""
    if request.session.get(DUTY) == SignInDuty.DUE:
        del request.session[DUTY]
        messages.info(request, _("Sẽ hỏi lại ở lần đăng nhập sau."))
    return redirect("today")
