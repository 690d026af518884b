from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """The regulation, its duties and their deadlines."""

    name = "compliance"
    verbose_name = "Quy chế và nghĩa vụ"
