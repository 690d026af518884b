"""Addresses of the register."""

from django.urls import path

from registry.views import imports

app_name = "registry"
urlpatterns = [
    path("import/", imports.import_list, name="import_list"),
    path("import/template/<slug:kind>.xlsx", imports.import_template, name="import_template"),
    path("import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("import/<int:pk>/edit/", imports.import_edit, name="import_edit"),
    path("import/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
]
