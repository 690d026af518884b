"""The forms of the sector that need scores: only what closed and complete books say (R7)."""

from gradebook.selectors.reports.sector import RESULTS
from gradebook.selectors.reports.summary import SUMMARY

__all__ = ["RESULTS", "SUMMARY"]
