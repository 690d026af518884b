"""Environment readers that fail loudly: a missing or malformed setting stops the start, with its name."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()


def text(name: str, default: str | None = None) -> str:
    """The variable as text; without a default it must be set and not blank."""
    value = str(_env.str(name, default=default or ""))
    if not value and default is None:
        raise ImproperlyConfigured(f"Environment variable {name} is not set.")
    return value


def flag(name: str, default: bool = False) -> bool:
    """The variable as yes/no; anything but 1/true/yes/on and 0/false/no/off is an error."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"Environment variable {name} must be 0 or 1, not {value!r}.")


def choice(name: str, among: tuple[str, ...]) -> str:
    """One of these words; the first when it is not set."""
    value = text(name, among[0])
    if value not in among:
        raise ImproperlyConfigured(f"Environment variable {name} must be one of {', '.join(among)}, not {value!r}.")
    return value


def items(name: str, default: str | None = None) -> list[str]:
    """A comma separated list without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def keys(name: str) -> list[str]:
    """A comma separated list of Ed25519 public keys, 64 hex digits each."""
    found = items(name, "")
    for key in found:
        if len(key) != 64 or not all(letter in "0123456789abcdef" for letter in key):
            raise ImproperlyConfigured(f"Environment variable {name} must hold keys of 64 hex digits, not {key!r}.")
    return found


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


def mail_server(name: str) -> MailServer | None:
    """smtp://, smtp+tls:// (STARTTLS) or smtps://, with user:password@ where needed; None when it is not set."""
    value = text(name, "")
    if not value:
        return None
    url = urlsplit(value)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if url.scheme not in ports or not url.hostname:
        raise ImproperlyConfigured(f"Environment variable {name} must be smtp://, smtp+tls:// or smtps://HOST[:PORT].")
    return MailServer(
        host=url.hostname,
        port=url.port or ports[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        starttls=url.scheme == "smtp+tls",
        tls=url.scheme == "smtps",
    )


def identity_providers(prefix: str) -> list[dict[str, Any]]:
    """Providers of OpenID Connect, numbered from 1 to 9: PREFIX_1_NAME, _SERVER_URL, _CLIENT_ID, _SECRET, _DOMAIN.

    One that is named must be whole. The server is its issuer, with https; the domain is that of the addresses it may vouch for.
    """
    found = []
    for number in range(1, 10):
        start = f"{prefix}_{number}"
        if not (name := text(f"{start}_NAME", "")):
            continue
        server = text(f"{start}_SERVER_URL").rstrip("/")
        if urlsplit(server).scheme != "https":
            raise ImproperlyConfigured(f"Environment variable {start}_SERVER_URL must begin with https://.")
        domain = text(f"{start}_DOMAIN").lower()
        if "@" in domain or "." not in domain:
            raise ImproperlyConfigured(f"Environment variable {start}_DOMAIN must be a domain such as truong.edu.vn.")
        found.append(
            {
                "provider_id": f"oidc{number}",
                "name": name,
                "client_id": text(f"{start}_CLIENT_ID"),
                "secret": text(f"{start}_SECRET"),
                "settings": {"server_url": server, "domain": domain},
            }
        )
    return found


def origins(providers: list[dict[str, Any]]) -> list[str]:
    """Scheme and host of each provider's server."""
    servers = [urlsplit(provider["settings"]["server_url"]) for provider in providers]
    return [f"{server.scheme}://{server.netloc}" for server in servers]


def database() -> dict[str, Any]:
    """The PostgreSQL connection; the role decides what may be written (see docs/ledger.md)."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": text("SCHOOLOPS_DB_HOST"),
        "PORT": text("SCHOOLOPS_DB_PORT", "5432"),
        "NAME": text("SCHOOLOPS_DB_NAME", "schoolops"),
        "USER": text("SCHOOLOPS_DB_USER", "schoolops_app"),
        "PASSWORD": text("SCHOOLOPS_DB_PASSWORD", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c lock_timeout=5s -c timezone=UTC"},
    }
