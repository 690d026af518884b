from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, what they may do, and by which decision."""

    name = "accounts"
    verbose_name = "Tài khoản và quyền"
