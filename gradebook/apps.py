import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradebookConfig(AppConfig):
    """Scores that close at their minute, and the ledger that proves it."""

    name = "gradebook"
    verbose_name = _("Sổ điểm")

    def ready(self) -> None:
        importlib.import_module("gradebook.selectors.reports")
