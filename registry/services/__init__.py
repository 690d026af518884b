"""What changes in the register."""

from registry.services.imports import apply_batch, discard_batch, edit_batch, upload_batch

__all__ = ["apply_batch", "discard_batch", "edit_batch", "upload_batch"]
