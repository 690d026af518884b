"""The register: initial data from files, and the records of pupils. Call them as `services.mend_records(...)`."""

from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch
from registry.services.rosters import Mended, mend_records, review_roster

__all__ = [
    "Mended",
    "apply_batch",
    "discard_batch",
    "edit_batch",
    "mend_records",
    "review_roster",
    "upload_batch",
]
