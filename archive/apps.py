from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArchiveConfig(AppConfig):
    """Year-end bundles, records and their retention."""

    name = "archive"
    verbose_name = _("Văn thư – lưu trữ")
