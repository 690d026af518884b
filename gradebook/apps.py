from django.apps import AppConfig


class GradebookConfig(AppConfig):
    """Scores that close at their minute, and the ledger that proves it."""

    name = "gradebook"
    verbose_name = "Sổ điểm"
