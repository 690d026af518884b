"""Twins of the access matrix: open one guard for everybody, and a row of the matrix must turn red."""

import sys

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import Delegation, Grant, Incident, User
from gradebook.models import CorrectionRequest, Gradebook
from messaging.models import Notification
from registry.models import DataRequest, IdentityChange, ImportBatch, SchoolClass, Student, Submission, Timetable
from schoolops.lib import outbox
from tests.test_access import ROLES, ROWS, arguments, ask, objects  # noqa: F401 - a fixture


def nothing(*_args, **_kwargs):
    """No reason why not."""
    return


def everything(model):
    return lambda *_args, **_kwargs: model.objects.all()


# Guard, what it becomes, and the row (address, method) that must notice.
GUARDS = [
    ("gradebook.permissions.can_see", lambda *_: True, "gradebook:gradebook_detail", "GET"),
    ("gradebook.permissions.can_see", lambda *_: True, "gradebook:remark_list", "GET"),
    ("gradebook.permissions.enter_denial", nothing, "gradebook:score_save", "POST"),
    ("gradebook.permissions.enter_denial", nothing, "gradebook:remark_list", "POST"),
    ("gradebook.permissions.visible_gradebooks", everything(Gradebook), "api-gradebook-detail", "GET"),
    ("gradebook.permissions.set_locks_denial", nothing, "gradebook:rule_new", "POST"),
    ("gradebook.permissions.open_books_denial", nothing, "gradebook:books_open", "POST"),
    ("gradebook.permissions.read_calendar_denial", nothing, "gradebook:lock_calendar", "GET"),
    (
        "gradebook.permissions.visible_corrections",
        everything(CorrectionRequest),
        "gradebook:correction_detail",
        "GET",
    ),
    ("gradebook.permissions.visible_corrections", everything(CorrectionRequest), "gradebook:evidence_file", "GET"),
    ("gradebook.permissions.decide_correction_denial", nothing, "gradebook:correction_claim", "POST"),
    ("accounts.permissions.view_powers_denial", nothing, "power_list", "GET"),
    ("accounts.permissions.view_powers_denial", nothing, "review_pdf", "GET"),
    ("accounts.permissions.read_policies_denial", nothing, "accounts:policy_list", "GET"),
    ("accounts.permissions.read_policies_denial", nothing, "accounts:policy_preset", "GET"),
    ("accounts.permissions.set_policy_denial", nothing, "accounts:policy_preset", "POST"),
    ("accounts.permissions.sign_review_denial", nothing, "review_new", "POST"),
    ("registry.permissions.invite_denial", nothing, "registry:invitation_print", "POST"),
    ("registry.permissions.visible_classes", everything(SchoolClass), "registry:invitation_detail", "GET"),
    ("registry.permissions.read_adoption_denial", nothing, "registry:invitation_list", "GET"),
    ("accounts.permissions.release_denial", nothing, "accounts:sign_in_release", "POST"),
    ("accounts.permissions.remove_factors_denial", nothing, "accounts:factors_remove", "POST"),
    ("accounts.permissions.read_delegations_denial", nothing, "accounts:delegation_list", "GET"),
    ("accounts.permissions.give_delegation_denial", nothing, "accounts:delegation_new", "POST"),
    ("accounts.permissions.visible_delegations", everything(Delegation), "accounts:delegation_end", "POST"),
    ("accounts.permissions.grants_to_confirm", everything(Grant), "accounts:grant_confirm", "POST"),
    ("accounts.permissions.visible_incidents", everything(Incident), "accounts:incident_detail", "GET"),
    ("accounts.permissions.handle_incident_denial", nothing, "accounts:incident_take", "POST"),
    ("accounts.views.keys.KeyRename.get_queryset", everything(Authenticator), "mfa_edit_webauthn", "POST"),
    ("accounts.views.keys.KeyRemove.get_queryset", everything(Authenticator), "mfa_remove_webauthn", "GET"),
    ("registry.permissions.visible_batches", everything(ImportBatch), "registry:import_detail", "GET"),
    ("registry.permissions.setup_denial", nothing, "setup", "GET"),
    ("registry.permissions.setup_denial", nothing, "registry:setup_movers", "GET"),
    ("registry.permissions.setup_denial", nothing, "registry:setup_copy", "POST"),
    ("registry.permissions.setup_denial", nothing, "registry:setup_classes", "POST"),
    ("registry.permissions.import_denial", nothing, "registry:import_list", "GET"),
    ("registry.permissions.visible_classes", everything(SchoolClass), "registry:roster_detail", "GET"),
    ("registry.permissions.mend_records_denial", nothing, "registry:roster_pupil", "POST"),
    ("registry.permissions.record_movement_denial", nothing, "registry:transfer_in", "POST"),
    ("registry.permissions.record_movement_denial", nothing, "registry:movement_cancel", "POST"),
    ("registry.permissions.read_register_denial", nothing, "registry:register_list", "GET"),
    ("registry.permissions.read_register_denial", nothing, "registry:register_pdf", "GET"),
    ("registry.permissions.keep_register_denial", nothing, "registry:register_entry", "POST"),
    ("registry.permissions.read_staff_changes_denial", nothing, "registry:staff_change_list", "GET"),
    ("registry.permissions.note_staff_change_denial", nothing, "registry:staff_change_new", "POST"),
    ("registry.permissions.record_staff_change_denial", nothing, "registry:staff_change_record", "POST"),
    ("registry.permissions.read_reports_denial", nothing, "registry:report_list", "GET"),
    ("registry.permissions.visible_submissions", everything(Submission), "registry:report_detail", "GET"),
    ("registry.permissions.visible_submissions", everything(Submission), "registry:report_gaps", "GET"),
    ("registry.permissions.keep_reports_denial", nothing, "registry:report_send", "POST"),
    ("registry.permissions.keep_reports_denial", nothing, "registry:report_due", "POST"),
    ("registry.permissions.import_denial", nothing, "registry:sector_list", "GET"),
    ("registry.permissions.visible_comparisons", everything(ImportBatch), "registry:sector_detail", "GET"),
    ("registry.permissions.read_health_denial", nothing, "registry:health_list", "GET"),
    ("registry.permissions.read_health_denial", nothing, "registry:health_detail", "GET"),
    ("registry.permissions.record_health_denial", nothing, "registry:health_detail", "POST"),
    ("registry.permissions.record_student_health_denial", nothing, "registry:health_note_new", "POST"),
    ("registry.permissions.record_student_health_denial", nothing, "registry:health_note_end", "POST"),
    ("registry.permissions.visible_classes", everything(SchoolClass), "registry:health_detail", "GET"),
    ("registry.permissions.children_of", everything(Student), "child_health", "GET"),
    ("registry.permissions.visible_students", everything(Student), "registry:student_detail", "GET"),
    ("registry.permissions.children_of", everything(Student), "registry:child_data", "GET"),
    ("registry.permissions.publish_consent_text_denial", nothing, "registry:consent_texts", "POST"),
    ("registry.permissions.record_consent_denial", nothing, "registry:consent_paper", "POST"),
    ("registry.permissions.take_data_request_denial", nothing, "registry:data_request_list", "GET"),
    ("registry.permissions.visible_data_requests", everything(DataRequest), "registry:data_request_detail", "GET"),
    ("registry.permissions.keep_data_request_denial", nothing, "registry:data_request_step", "POST"),
    ("registry.permissions.read_identity_changes_denial", nothing, "registry:identity_list", "GET"),
    ("registry.permissions.visible_identity_changes", everything(IdentityChange), "registry:identity_detail", "GET"),
    ("registry.permissions.decide_identity_denial", nothing, "registry:identity_step", "POST"),
    ("registry.permissions.ask_identity_denial", nothing, "registry:identity_new", "POST"),
    ("registry.permissions.read_reads_denial", nothing, "registry:read_list", "GET"),
    ("registry.permissions.read_identifiers_denial", nothing, "registry:student_identifiers", "POST"),
    ("registry.permissions.mend_student_denial", nothing, "registry:guardian_end", "POST"),
    ("registry.permissions.mend_student_denial", nothing, "registry:policy_new", "POST"),
    ("registry.permissions.review_roster_denial", nothing, "registry:roster_review", "POST"),
    ("registry.permissions.timetable_classes", everything(SchoolClass), "registry:timetable_class", "GET"),
    ("registry.permissions.timetable_classes", everything(SchoolClass), "registry:timetable_class_pdf", "GET"),
    ("registry.permissions.timetable_teachers", everything(User), "registry:timetable_teacher", "GET"),
    ("registry.permissions.timetable_teachers", everything(User), "registry:timetable_teacher_pdf", "GET"),
    ("registry.permissions.read_timetables_denial", nothing, "registry:timetable_versions", "GET"),
    ("registry.permissions.load_timetable_denial", nothing, "registry:timetable_new", "POST"),
    ("registry.permissions.load_timetable_denial", nothing, "registry:timetable_template", "GET"),
    ("registry.permissions.visible_timetables", everything(Timetable), "registry:timetable_save", "POST"),
    ("registry.permissions.visible_timetables", everything(Timetable), "registry:timetable_discard", "POST"),
    ("registry.permissions.publish_timetable_denial", nothing, "registry:timetable_publish", "POST"),
    (
        "messaging.permissions.visible_notifications",
        everything(Notification),
        "messaging:notification_open",
        "POST",
    ),
]


# Ten guards share one school: building it costs more than asking.
@pytest.mark.parametrize("guards", [GUARDS[first : first + 10] for first in range(0, len(GUARDS), 10)])
def test_an_open_guard_turns_its_row_red(guards, objects, cast, monkeypatch):  # noqa: F811
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    for guard, open_door, url, method in guards:
        [row] = [row for row in ROWS if (row["url"], row["method"]) == (url, method)]
        path = reverse(url, kwargs=arguments(url, objects[row["object"]]))
        with monkeypatch.context() as opened:
            open_everywhere(opened, guard, open_door)
            assert is_red(row, path, objects, cast), (guard, url)


def open_everywhere(monkeypatch, guard, open_door) -> None:
    """At its place, and in the views and rules that took the function by its name."""
    monkeypatch.setattr(guard, open_door)
    _module, name = guard.rsplit(".", 1)
    takers = [module for module in sys.modules if module.startswith("registry.permissions.")]
    for user in ("messaging.views", "registry.views.imports", "accounts.views.grants", *takers):
        monkeypatch.setattr(f"{user}.{name}", open_door, raising=False)


def is_red(row, path, objects, cast) -> bool:  # noqa: F811
    """Some role gets an answer that people did not write; with all guards closed none does, as test_matrix shows."""
    return any(answer(row, path, objects, cast, role) != row[role] for role in ROLES if row[role] != "allow")


def answer(row, path, objects, cast, role) -> str:  # noqa: F811
    try:
        return ask(row, path, objects, cast, role)
    except AssertionError:
        return "changed something"
