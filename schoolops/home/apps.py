from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The composition root: pages that put several apps together."""

    name = "schoolops.home"
    label = "home"
