"""What changes in the register."""

from registry.services.families import add_guardian, add_policy, choose_contact, end_guardianship, end_policy
from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.invitations import activate, add_children, find_slip, print_slips, revoke_slip
from registry.services.rosters import Mended, mend_records, review_roster

__all__ = [
    "Mended",
    "activate",
    "add_children",
    "add_guardian",
    "add_policy",
    "apply_batch",
    "choose_contact",
    "discard_batch",
    "edit_batch",
    "end_guardianship",
    "end_policy",
    "find_slip",
    "mend_records",
    "print_slips",
    "review_roster",
    "revoke_slip",
    "upload_batch",
]
