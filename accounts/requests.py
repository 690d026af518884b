"""The request as views see it behind LoginRequiredMiddleware."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of a person who signed in; public views take a plain HttpRequest."""

    user: User
    htmx: HtmxDetails
