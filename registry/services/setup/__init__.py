"""Setting up a school year, step by step: each is one transaction, and a second run changes nothing (A9)."""

from registry.services.setup.classes import make_classes
from registry.services.setup.programme import add_subject, copy_programme, save_grade
from registry.services.setup.pupils import place_pupils, sort_lists
from registry.services.setup.years import mend_year, open_year

__all__ = [
    "add_subject",
    "copy_programme",
    "make_classes",
    "mend_year",
    "open_year",
    "place_pupils",
    "save_grade",
    "sort_lists",
]
