from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class HomeConfig(AppConfig):
    """The composition root: pages that put several apps together."""

    name = "schoolops.home"
    label = "home"

    def ready(self) -> None:
        """Every app says what it holds about a pupil (schoolops.lib.personal_data)."""
        autodiscover_modules("personal_data")
