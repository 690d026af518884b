"""schoolops: the portal in which a school's regulation is what happens."""

from schoolops.celery import app as celery_app

__all__ = ["celery_app"]
