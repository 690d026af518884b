"""Shapes of what comes in, for files of initial data and for the steps of setting up a year."""

from registry.forms.imports import AssignmentOptionsForm, DayField, Edits, read_edits, upload_form

__all__ = ["AssignmentOptionsForm", "DayField", "Edits", "read_edits", "upload_form"]
