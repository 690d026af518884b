"""The register: initial data from files, and the records of pupils. Call them as `services.mend_records(...)`."""

from registry.services.families import add_guardian, add_policy, choose_contact, end_guardianship, end_policy
from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.rosters import Mended, mend_records, review_roster

__all__ = [
    "Mended",
    "add_guardian",
    "add_policy",
    "apply_batch",
    "choose_contact",
    "discard_batch",
    "edit_batch",
    "end_guardianship",
    "end_policy",
    "mend_records",
    "review_roster",
    "upload_batch",
]
