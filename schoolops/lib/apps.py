from django.apps import AppConfig


class LibConfig(AppConfig):
    """Shared machinery that knows no other app of the portal."""

    name = "schoolops.lib"
    label = "lib"
    verbose_name = "Hạ tầng"
