"""Production: TLS ends at the proxy; every secret comes from the environment."""

from django.core.exceptions import ImproperlyConfigured

from schoolops.lib import env
from schoolops.settings.base import *  # noqa: F403
from schoolops.settings.base import CHECKPOINT_EMAILS

ALLOWED_HOSTS = env.items("SCHOOLOPS_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The proxy overwrites X-Forwarded-For with the one real address: rate limits count people, not the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
DEVICE_COOKIE_NAME = "__Host-device"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
LANGUAGE_COOKIE_SECURE = True

# Only the signer sends e-mail; without a server and a sender the address of its checkpoints would be a promise.
if _mail := env.mail_server("SCHOOLOPS_SMTP_URL"):
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
    DEFAULT_FROM_EMAIL = env.text("SCHOOLOPS_EMAIL_FROM")
elif CHECKPOINT_EMAILS:
    raise ImproperlyConfigured("Environment variable SCHOOLOPS_SMTP_URL is not set, but SCHOOLOPS_CHECKPOINT_EMAIL is.")
