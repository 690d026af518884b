"""What changes in the register."""

from registry.services.imports import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.invitations import activate, add_children, find_slip, print_slips, revoke_slip

__all__ = [
    "activate",
    "add_children",
    "apply_batch",
    "discard_batch",
    "edit_batch",
    "find_slip",
    "print_slips",
    "revoke_slip",
    "upload_batch",
]
