"""What stands between the portal and the open net: Django's own check of production, and the headers of every page (P1-19)."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests.test_access import addresses

ROOT = Path(__file__).parents[2]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
ROLES = ["", "teacher", "principal", "it_staff", "parent"]


def test_check_deploy_is_clean():
    """As production starts: no warning of Django is left."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "schoolops.settings.production",
        "SCHOOLOPS_SECRET_KEY": base64.b64encode(os.urandom(60)).decode(),
        "SCHOOLOPS_ALLOWED_HOSTS": "truong.test",
    }
    environment.pop("DEMO", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def paths() -> list[str]:
    """Every address that needs no argument, and one that nobody has."""
    found = ["/khong-co-trang-nay/"]
    for name in sorted(set(addresses())):
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return found


@pytest.mark.parametrize("role", ROLES)
def test_every_page_carries_the_headers(role, maths, cast):
    client = Client(raise_request_exception=False)
    if role:
        user = User.objects.get(pk=getattr(cast, role).pk)
        client.force_login(user, "accounts.backends.SignInBackend")
    seen = 0
    for path in paths():
        response = client.get(path)
        missing = {
            name: response.headers.get(name) for name, value in HEADERS.items() if response.headers.get(name) != value
        }
        assert not missing, (path, missing)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            seen += 1
            policy = response.headers["Content-Security-Policy"]
            assert "unsafe" not in policy, path
            for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
                assert part in policy, (path, part)
            assert "no-store" in response.headers["Cache-Control"], path
            # Nothing in the page that the policy would have to refuse.
            assert not re.search(rb"\son[a-z]+=\"|style=\"|javascript:", response.content), path
    assert seen > (5 if role else 2)


def test_browsers_are_told_to_stay_on_tls(client, settings, cast):
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    response = Client().get("/login/", secure=True)
    assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
