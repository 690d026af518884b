"""The Celery application: the broker is a doorbell, the rows in the database are the work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolops.settings.dev")

app = Celery("schoolops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["schoolops.lib", "accounts", "registry", "gradebook", "messaging"])
