"""Passkeys: the library's pages, for one's own keys alone, with errors on the page where the key was asked for (A1)."""

from http import HTTPStatus
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.requests import SignedInRequest

Type = Authenticator.Type


def key_list(request: SignedInRequest) -> HttpResponse:
    """The keys stand with the other ways of the second step."""
    return redirect("mfa_index")


@method_decorator([login_not_required, never_cache], name="dispatch")
class KeySignIn(views.LoginWebAuthnView):
    """Signing in with a passkey alone. GET, by the page's script: what the browser asks the key."""

    def form_valid(self, form: Form) -> HttpResponse:
        """As with a password: on a machine that others use the session ends with the browser."""
        stays = self.request.POST.get("remember") == "true"
        self.request.session.set_expiry(app_settings.SESSION_COOKIE_AGE if stays else 0)
        return cast(HttpResponse, super().form_valid(form))

    def form_invalid(self, form: Form) -> HttpResponse:
        """Back to the door, which leads on to where the person was going."""
        super().form_invalid(form)
        return redirect(passthrough_next_redirect_url(self.request, reverse("account_login"), REDIRECT_FIELD_NAME))


class SecondStep(AuthenticateView):
    """The code, the passkey, or either: whichever the person has."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return {
            **super().get_context_data(**kwargs),
            "has_key": Type.WEBAUTHN in held,
            "has_app": Type.TOTP in held,
            "has_code": bool(held - {Type.WEBAUTHN}),
        }


class KeyAgain(views.ReauthenticateWebAuthnView):
    """The passkey in place of the password, before an act of weight."""

    def form_invalid(self, form: Form) -> HttpResponse:
        context = {**self.get_context_data(), "form": form}
        return cast(HttpResponse, self.render_to_response(context, status=HTTPStatus.UNPROCESSABLE_ENTITY))


class _OwnKey:
    """Whoever asks for another's key is told that it is not there, before any password is asked for."""

    success_url = reverse_lazy("mfa_index")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.get_object()  # type: ignore[attr-defined]  # of the library's view beside it
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc, no-any-return]


class KeyRename(_OwnKey, views.EditWebAuthnView):
    """Call a key otherwise."""


class KeyRemove(_OwnKey, views.RemoveWebAuthnView):
    """From now on the key opens nothing."""


key_sign_in = KeySignIn.as_view()
second_step = SecondStep.as_view()
key_again = KeyAgain.as_view()
key_rename = KeyRename.as_view()
key_remove = KeyRemove.as_view()
