from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebsiteCmsConfig(AppConfig):
    """The school's site with editorial approval."""

    name = "website_cms"
    verbose_name = _("Trang thông tin điện tử")
