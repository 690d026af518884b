import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """The school, its years, classes, pupils, and who teaches what."""

    name = "registry"
    verbose_name = _("Hồ sơ trường học")

    def ready(self) -> None:
        importlib.import_module("registry.selectors.reports")
