import importlib

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People, what they may do, and by which decision."""

    default = True
    name = "accounts"
    verbose_name = _("Tài khoản và quyền")

    def ready(self) -> None:
        importlib.import_module("accounts.receivers")


class SchoolAdminConfig(admin_apps.AdminConfig):
    """The administration pages under our own site."""

    default = False
    default_site = "accounts.admin_site.SchoolAdminSite"
