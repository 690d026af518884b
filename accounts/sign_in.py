"""The library's pages that the portal uses, each at an address of ours: nobody signs up, nobody is e-mailed a password."""

from allauth.account import views
from django.urls import include, path

from accounts.views import identities, keys

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    # Ours stand before the library's of the same names.
    path("2fa/authenticate/", keys.second_step, name="mfa_authenticate"),
    path("2fa/webauthn/", keys.key_list, name="mfa_list_webauthn"),
    path("2fa/webauthn/login/", keys.key_sign_in, name="mfa_login_webauthn"),
    path("2fa/webauthn/reauthenticate/", keys.key_again, name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", keys.key_rename, name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", keys.key_remove, name="mfa_remove_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    # The names are those that the library leads back to.
    path("oidc/<slug:provider_id>/login/", identities.identity_begin, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", identities.identity_return, name="openid_connect_callback"),
]
