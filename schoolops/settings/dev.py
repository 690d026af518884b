"""The trial: one machine, one process, plain HTTP on the loopback address. DEBUG stays off: people try what they will run."""

from schoolops.settings.base import *  # noqa: F403
from schoolops.settings.base import DATA_DIR

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
