"""What changes in the register."""

from registry.services.families import add_guardian, add_policy, choose_contact, end_guardianship, end_policy
from registry.services.health import ChecksConflictError, Typed, add_health_note, end_health_note, record_checks
from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.imports.sector import answer_questions, apply_choices
from registry.services.invitations import activate, add_children, find_slip, print_slips, revoke_slip
from registry.services.movements import Event, cancel_movement, change_class, leave_school, re_enter, transfer_in
from registry.services.register_book import complete_entry, enter_pupils
from registry.services.report_reminders import start_report_reminders
from registry.services.reports import (
    change_due,
    correct_report,
    make_report,
    plan_current_year,
    plan_reports,
    send_report,
    take_out,
)
from registry.services.rosters import Mended, mend_records, review_roster
from registry.services.staff import News, note_staff_change, record_staff_change

__all__ = [
    "ChecksConflictError",
    "Event",
    "Mended",
    "News",
    "Typed",
    "activate",
    "add_children",
    "add_guardian",
    "add_health_note",
    "add_policy",
    "answer_questions",
    "apply_batch",
    "apply_choices",
    "cancel_movement",
    "change_class",
    "change_due",
    "choose_contact",
    "complete_entry",
    "correct_report",
    "discard_batch",
    "edit_batch",
    "end_guardianship",
    "end_health_note",
    "end_policy",
    "enter_pupils",
    "find_slip",
    "leave_school",
    "make_report",
    "mend_records",
    "note_staff_change",
    "plan_current_year",
    "plan_reports",
    "print_slips",
    "re_enter",
    "record_checks",
    "record_staff_change",
    "review_roster",
    "revoke_slip",
    "send_report",
    "start_report_reminders",
    "take_out",
    "transfer_in",
    "upload_batch",
]
