from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The school, its years, classes, pupils, and who teaches what."""

    name = "registry"
    verbose_name = "Hồ sơ trường học"
