from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """What people are told, and whether it reached them."""

    name = "messaging"
    verbose_name = _("Tin nhắn và thông báo")
