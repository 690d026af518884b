"""Sign-in with the mail account that the school has given (OpenID Connect): to the provider, and back (A1, A8).

State, PKCE, discovery and the exchange of the code are the library's; its sign-up and its linking by address are never entered.
"""

import secrets
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.internal import jwtkit, statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from accounts import services
from accounts.middleware import FACTOR_SHOWN
from accounts.models import SecurityEvent
from accounts.visits import visit_of

# What a provider that is away, or answers something else, makes the library raise.
UNUSABLE = (OAuth2Error, RequestException, KeyError, TypeError, ValueError)


@never_cache
@login_not_required
@require_POST
def identity_begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to the provider; what comes back must carry the state and the nonce of this browser."""
    provider = _adapter(request, provider_id).get_provider()
    if request.user.is_authenticated:
        return redirect("today")
    nonce = secrets.token_urlsafe(24)
    stays = request.POST.get("remember") == "true"
    try:
        answer = provider.redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=get_next_redirect_url(request),
            auth_params={"nonce": nonce},
            nonce=nonce,
            stays=stays,
        )
    except UNUSABLE:
        return _refuse(
            request, _("Chưa nối được với %(who)s. Thử lại sau ít phút, hoặc dùng mật khẩu.") % {"who": provider.name}
        )
    return cast(HttpResponse, answer)


@never_cache
@login_not_required
@require_GET
def identity_return(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider, with a code that this browser asked for."""
    adapter = _adapter(request, provider_id)
    provider = adapter.get_provider()
    if request.user.is_authenticated:
        return redirect("today")
    state = statekit.unstash_state(request, provider_id=provider.sub_id, state_id=request.GET.get("state", ""))
    if state is not None and "code" not in request.GET:
        return _refuse(request, _("Chưa đăng nhập qua %(who)s.") % {"who": provider.name})
    claims = _claims(request, adapter, state) if state else None
    if state is None or claims is None:
        services.record_refused(SecurityEvent.Kind.IDENTITY_REFUSED, person=None, visit=visit_of(request))
        return _refuse(request, _("Chưa đăng nhập được qua %(who)s. Thử lại từ trang này.") % {"who": provider.name})
    domain = provider.app.settings["domain"]
    person = services.person_of_identity(
        provider=provider.sub_id, domain=domain, claims=claims, visit=visit_of(request)
    )
    if person is None:
        return _refuse(
            request,
            _(
                "Tài khoản thư này chưa mở được cổng. Dùng tài khoản @%(domain)s của trường, hoặc hỏi quản trị của trường."
            )
            % {"domain": domain},
        )
    request.session.set_expiry(app_settings.SESSION_COOKIE_AGE if state["stays"] else 0)
    request.session[FACTOR_SHOWN] = "mfa" in (claims.get("amr") or [])
    record_authentication(request, person, "socialaccount", provider=provider.sub_id, uid=claims["sub"])
    return cast(HttpResponse, perform_login(request, Login(user=person, redirect_url=state.get("next"))))


def _adapter(request: HttpRequest, provider_id: str) -> OpenIDConnectOAuth2Adapter:
    adapter = OpenIDConnectOAuth2Adapter(request, provider_id)
    try:
        adapter.get_provider()
    except SocialApp.DoesNotExist as missing:
        raise Http404 from missing
    return adapter


def _claims(request: HttpRequest, adapter: OpenIDConnectOAuth2Adapter, state: dict[str, Any]) -> dict[str, Any] | None:
    """What the ID token says, signed by the provider for us and for this attempt; None when it is not.

    The library reads the token of a direct exchange without its signature; here it is checked, too.
    """
    app = adapter.get_provider().app
    try:
        client = adapter.get_client(request, app)
        answer = client.get_access_token(request.GET["code"], pkce_code_verifier=state["pkce_code_verifier"])
        claims = jwtkit.verify_and_decode(
            credential=answer["id_token"],
            keys_url=adapter.openid_config["jwks_uri"],
            issuer=adapter.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        is_ours = secrets.compare_digest(str(claims["nonce"]), state["nonce"])
    except UNUSABLE:
        return None
    return claims if is_ours else None


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    messages.error(request, reason)
    return redirect("account_login")
