from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """Year-end bundles, records and their retention."""

    name = "archive"
    verbose_name = "Văn thư – lưu trữ"
