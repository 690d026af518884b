"""Files of initial data as schools really have them: found, read, and turned into text cells by the heading of their column.

Pure: bytes in, `Reading` out, or RefusedFileError with the reason in the user's words. Nothing here knows the database.
"""

from registry.importing.cells import CellProblem, clean_row
from registry.importing.fields import KINDS, Field, Kind
from registry.importing.reader import Note, Reading, read_file
from registry.importing.refusals import RefusedFileError
from registry.importing.templates import template_workbook

__all__ = [
    "KINDS",
    "CellProblem",
    "Field",
    "Kind",
    "Note",
    "Reading",
    "RefusedFileError",
    "clean_row",
    "read_file",
    "template_workbook",
]
