from django.urls import path

from accounts.views import delegations, duties, factors, grants, incidents, policies, sessions, slips

app_name = "accounts"
urlpatterns = [
    path("me/duty/", duties.duty, name="duty"),
    path("me/duty/later/", duties.duty_later, name="duty_later"),
    path("slip/", slips.slip_enter, name="slip_enter"),
    path("slip/password/", slips.slip_password, name="slip_password"),
    path("me/sessions/", sessions.session_list, name="session_list"),
    path("me/sessions/end/", sessions.session_end, name="session_end"),
    path("me/devices/<int:pk>/forget/", sessions.device_forget, name="device_forget"),
    path("me/session/", sessions.session_state, name="session_state"),
    path("me/session/keep/", sessions.session_keep, name="session_keep"),
    path("powers/<int:pk>/release/", sessions.sign_in_release, name="sign_in_release"),
    path("powers/<int:pk>/factors/", factors.factors_remove, name="factors_remove"),
    path("grants/waiting/", grants.grant_waiting, name="grant_waiting"),
    path("grants/<int:pk>/confirm/", grants.grant_confirm, name="grant_confirm"),
    path("delegations/", delegations.delegation_list, name="delegation_list"),
    path("delegations/new/", delegations.delegation_new, name="delegation_new"),
    path("delegations/leave/", delegations.delegation_leave, name="delegation_leave"),
    path("delegations/<int:pk>/end/", delegations.delegation_end, name="delegation_end"),
    path("delegations/<int:pk>/act/", delegations.delegation_act, name="delegation_act"),
    path("policies/", policies.policy_list, name="policy_list"),
    path("policies/by-document/<slug:code>/", policies.policy_preset, name="policy_preset"),
    path("policies/<str:key>/", policies.policy_detail, name="policy_detail"),
    path("incidents/", incidents.incident_list, name="incident_list"),
    path("incidents/new/", incidents.incident_new, name="incident_new"),
    path("incidents/<int:pk>/", incidents.incident_detail, name="incident_detail"),
    path("incidents/<int:pk>/take/", incidents.incident_take, name="incident_take"),
    path("incidents/<int:pk>/resolve/", incidents.incident_resolve, name="incident_resolve"),
]
