from django.apps import AppConfig


class WebsiteCmsConfig(AppConfig):
    """The school's site with editorial approval."""

    name = "website_cms"
    verbose_name = "Trang thông tin điện tử"
