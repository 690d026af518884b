from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibConfig(AppConfig):
    """Shared machinery that knows no other app of the portal."""

    name = "schoolops.lib"
    label = "lib"
    verbose_name = _("Hạ tầng")
