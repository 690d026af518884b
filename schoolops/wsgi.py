"""WSGI entry point for gunicorn and the trial server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolops.settings.dev")

application = get_wsgi_application()
