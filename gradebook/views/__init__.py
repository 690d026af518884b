"""Pages of the grade book."""
