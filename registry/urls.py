"""Addresses of the register."""

from django.urls import path

from registry.views import families, imports, movements, register_book, rosters, staff, students

app_name = "registry"
urlpatterns = [
    path("registry/import/", imports.import_list, name="import_list"),
    path("registry/import/template/<slug:kind>.xlsx", imports.import_template, name="import_template"),
    path("registry/import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("registry/import/<int:pk>/edit/", imports.import_edit, name="import_edit"),
    path("registry/import/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("registry/import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("register-book/", register_book.register_list, name="register_list"),
    path("register-book/enter/", register_book.register_enter, name="register_enter"),
    path("register-book/<int:number>/", register_book.register_entry, name="register_entry"),
    path("register-book/<str:code>/to-<int:sheet>.pdf", register_book.register_pdf, name="register_pdf"),
    path("roster/", rosters.roster_list, name="roster_list"),
    path("roster/<int:pk>/", rosters.roster_detail, name="roster_detail"),
    path("roster/<int:pk>/review/", rosters.roster_review, name="roster_review"),
    path("roster/<int:pk>/pupils/<int:student>/", rosters.roster_pupil, name="roster_pupil"),
    path("roster/<int:pk>/transfer-in/", movements.transfer_in, name="transfer_in"),
    path("staff-changes/", staff.staff_change_list, name="staff_change_list"),
    path("staff-changes/new/", staff.staff_change_new, name="staff_change_new"),
    path("staff-changes/<int:pk>/record/", staff.staff_change_record, name="staff_change_record"),
    path("students/<int:pk>/", students.student_detail, name="student_detail"),
    path("students/<int:pk>/identifiers/", students.student_identifiers, name="student_identifiers"),
    path("students/<int:pk>/family/", families.guardian_new, name="guardian_new"),
    path("students/<int:pk>/family/<int:tie>/contact/", families.guardian_contact, name="guardian_contact"),
    path("students/<int:pk>/family/<int:tie>/end/", families.guardian_end, name="guardian_end"),
    path("students/<int:pk>/move/", movements.movement_new, name="movement_new"),
    path("students/<int:pk>/moves/<int:movement>/cancel/", movements.movement_cancel, name="movement_cancel"),
    path("students/<int:pk>/policies/", families.policy_new, name="policy_new"),
    path("students/<int:pk>/policies/<int:status>/end/", families.policy_end, name="policy_end"),
]
