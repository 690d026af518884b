"""Addresses of the register; setting up a year stands with the administration."""

from django.urls import path

from registry.views import families, imports, invitations, rosters, slips, students
from registry.views.setup import classes, programme, pupils, years

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
    path("admin/setup/new/", years.setup_new, name="setup_new"),
    path("admin/setup/<slug:code>/dates/", years.setup_dates, name="setup_dates"),
    path("admin/setup/<slug:code>/programme/", programme.setup_programme, name="setup_programme"),
    path("admin/setup/<slug:code>/programme/copy/", programme.setup_copy, name="setup_copy"),
    path("admin/setup/<slug:code>/programme/subject/", programme.setup_subject, name="setup_subject"),
    path("admin/setup/<slug:code>/programme/<int:grade>/", programme.setup_grade, name="setup_grade"),
    path("admin/setup/<slug:code>/classes/", classes.setup_classes, name="setup_classes"),
    path("admin/setup/<slug:code>/pupils/", pupils.setup_pupils, name="setup_pupils"),
    path("admin/setup/<slug:code>/pupils/sort/", pupils.setup_sort, name="setup_sort"),
    path("admin/setup/<slug:code>/pupils/<int:pk>/", pupils.setup_movers, name="setup_movers"),
    path("roster/", rosters.roster_list, name="roster_list"),
    path("roster/<int:pk>/", rosters.roster_detail, name="roster_detail"),
    path("roster/<int:pk>/review/", rosters.roster_review, name="roster_review"),
    path("roster/<int:pk>/pupils/<int:student>/", rosters.roster_pupil, name="roster_pupil"),
    path("students/<int:pk>/", students.student_detail, name="student_detail"),
    path("students/<int:pk>/identifiers/", students.student_identifiers, name="student_identifiers"),
    path("students/<int:pk>/family/", families.guardian_new, name="guardian_new"),
    path("students/<int:pk>/family/<int:tie>/contact/", families.guardian_contact, name="guardian_contact"),
    path("students/<int:pk>/family/<int:tie>/end/", families.guardian_end, name="guardian_end"),
    path("students/<int:pk>/policies/", families.policy_new, name="policy_new"),
    path("students/<int:pk>/policies/<int:status>/end/", families.policy_end, name="policy_end"),
]
