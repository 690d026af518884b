"""What changes in the register."""

from registry.services.consents import Said, answer_consents, publish_text
from registry.services.data_requests import (
    answer_data_request,
    close_data_request,
    prolong_data_request,
    receive_data_request,
    start_data_request_reminders,
)
from registry.services.erasure import erase_on_request
from registry.services.families import add_guardian, add_policy, choose_contact, end_guardianship, end_policy
from registry.services.health import ChecksConflictError, Typed, add_health_note, end_health_note, record_checks
from registry.services.identity import (
    approve_identity_change,
    ask_identity_change,
    refuse_identity_change,
    withdraw_identity_change,
)
from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.imports.sector import answer_questions, apply_choices
from registry.services.invitations import activate, add_children, find_slip, print_slips, revoke_slip
from registry.services.movements import Event, cancel_movement, change_class, leave_school, re_enter, transfer_in
from registry.services.reads import note_read
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
from registry.services.timetables import (
    UNPUBLISHED,
    Facts,
    accept_suggestions,
    describe_timetable,
    discard_timetable,
    mend_timetable,
    next_number,
    publish_timetable,
    reopen_timetable,
    save_timetable,
    upload_timetable,
)

__all__ = [
    "UNPUBLISHED",
    "ChecksConflictError",
    "Event",
    "Facts",
    "Mended",
    "News",
    "Said",
    "Typed",
    "accept_suggestions",
    "activate",
    "add_children",
    "add_guardian",
    "add_health_note",
    "add_policy",
    "answer_consents",
    "answer_data_request",
    "answer_questions",
    "apply_batch",
    "apply_choices",
    "approve_identity_change",
    "ask_identity_change",
    "cancel_movement",
    "change_class",
    "change_due",
    "choose_contact",
    "close_data_request",
    "complete_entry",
    "correct_report",
    "describe_timetable",
    "discard_batch",
    "discard_timetable",
    "edit_batch",
    "end_guardianship",
    "end_health_note",
    "end_policy",
    "enter_pupils",
    "erase_on_request",
    "find_slip",
    "leave_school",
    "make_report",
    "mend_records",
    "mend_timetable",
    "next_number",
    "note_read",
    "note_staff_change",
    "plan_current_year",
    "plan_reports",
    "print_slips",
    "prolong_data_request",
    "publish_text",
    "publish_timetable",
    "re_enter",
    "receive_data_request",
    "record_checks",
    "record_staff_change",
    "refuse_identity_change",
    "reopen_timetable",
    "review_roster",
    "revoke_slip",
    "save_timetable",
    "send_report",
    "start_data_request_reminders",
    "start_report_reminders",
    "take_out",
    "transfer_in",
    "upload_batch",
    "upload_timetable",
    "withdraw_identity_change",
]
