"""The register: initial data from files, and the records of pupils. Call them as `services.mend_records(...)`."""

from registry.services.families import add_guardian, add_policy, choose_contact, end_guardianship, end_policy
from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.movements import Event, cancel_movement, change_class, leave_school, re_enter, transfer_in
from registry.services.register_book import complete_entry, enter_pupils
from registry.services.rosters import Mended, mend_records, review_roster
from registry.services.staff import News, note_staff_change, record_staff_change

__all__ = [
    "Event",
    "Mended",
    "News",
    "add_guardian",
    "add_policy",
    "apply_batch",
    "cancel_movement",
    "change_class",
    "choose_contact",
    "complete_entry",
    "discard_batch",
    "edit_batch",
    "end_guardianship",
    "end_policy",
    "enter_pupils",
    "leave_school",
    "mend_records",
    "note_staff_change",
    "re_enter",
    "record_staff_change",
    "review_roster",
    "transfer_in",
    "upload_batch",
]
