"""Addresses of the register."""

from django.urls import path

from registry.views import imports, invitations, slips

app_name = "registry"
urlpatterns = [
    path("registry/import/", imports.import_list, name="import_list"),
    path("registry/import/template/<slug:kind>.xlsx", imports.import_template, name="import_template"),
    path("registry/import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("registry/import/<int:pk>/edit/", imports.import_edit, name="import_edit"),
    path("registry/import/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("registry/import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("invites/", invitations.invitation_list, name="invitation_list"),
    path("invites/<int:pk>/", invitations.invitation_detail, name="invitation_detail"),
    path("invites/<int:pk>/print/", invitations.invitation_print, name="invitation_print"),
    path("invites/<int:pk>/guardians/<int:guardian>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("m/", slips.slip_code, name="slip_code"),
    path("m/pin/", slips.slip_pin, name="slip_pin"),
    path("m/child/", slips.slip_child, name="slip_child"),
    path("m/<str:code>/", slips.slip_code, name="slip_scanned"),
]
