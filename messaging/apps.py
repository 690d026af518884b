from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """What people are told, and whether it reached them."""

    name = "messaging"
    verbose_name = "Tin nhắn và thông báo"
