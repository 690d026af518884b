"""From where a request comes, as the door counts it."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.browsers import in_words
from accounts.services import Visit, network_of


def visit_of(request: HttpRequest) -> Visit:
    adapter = get_adapter()
    return Visit(
        token=request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""),
        browser=in_words(adapter.get_http_user_agent(request)),
        address=network_of(adapter.get_client_ip(request)),
    )
