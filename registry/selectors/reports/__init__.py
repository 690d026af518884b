"""The forms of the register, filled in from its data, and what the school still owes (R7)."""

from registry.selectors.reports.counts import COUNTS
from registry.selectors.reports.pupils import PUPILS
from registry.selectors.reports.staff import STAFF

__all__ = ["COUNTS", "PUPILS", "STAFF"]
