from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    """The regulation, its duties and their deadlines."""

    name = "compliance"
    verbose_name = _("Quy chế và nghĩa vụ")
