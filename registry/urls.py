"""Addresses of the register."""

from django.urls import path

from registry.views import imports, rosters

app_name = "registry"
urlpatterns = [
    path("registry/import/", imports.import_list, name="import_list"),
    path("registry/import/template/<slug:kind>.xlsx", imports.import_template, name="import_template"),
    path("registry/import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("registry/import/<int:pk>/edit/", imports.import_edit, name="import_edit"),
    path("registry/import/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("registry/import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("roster/", rosters.roster_list, name="roster_list"),
    path("roster/<int:pk>/", rosters.roster_detail, name="roster_detail"),
    path("roster/<int:pk>/review/", rosters.roster_review, name="roster_review"),
    path("roster/<int:pk>/pupils/<int:student>/", rosters.roster_pupil, name="roster_pupil"),
]
