"""Initial data: a file is taken in, mended, and loaded whole or not at all (A9)."""

from registry.services.imports.batches import apply_batch, discard_batch, edit_batch, upload_batch

__all__ = ["apply_batch", "discard_batch", "edit_batch", "upload_batch"]
