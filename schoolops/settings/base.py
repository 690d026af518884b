"""Settings that hold everywhere; dev, test and production add what differs."""

from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF

from schoolops.lib import env

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("SCHOOLOPS_DATA_DIR", str(BASE_DIR / "var")))

SECRET_KEY = env.text("SCHOOLOPS_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.items("SCHOOLOPS_ALLOWED_HOSTS", "127.0.0.1,localhost")
DEMO = env.flag("DEMO")

INSTALLED_APPS = [
    "schoolops.lib",
    "accounts",
    "registry",
    "messaging",
    "gradebook",
    "website_cms",
    "archive",
    "compliance",
    "schoolops.home",
    "accounts.apps.SchoolAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "guardian",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "schoolops.lib.http.SecurityHeadersMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "schoolops.lib.http.SiteLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "accounts.middleware.DeviceMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "accounts.middleware.SignInDutyMiddleware",
    "accounts.middleware.AccountLanguageMiddleware",
    "accounts.middleware.ActingMiddleware",
    "accounts.middleware.DeniedMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "schoolops.lib.http.NullByteMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "schoolops.urls"
WSGI_APPLICATION = "schoolops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "schoolops.home.navigation.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

DATABASES = {"default": env.database()}
LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    # Counts of wrong codes: the same for every process, and still there when the broker is not.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # What this process alone may look at for a minute.
    "process": {"BACKEND": LOCAL_MEMORY, "LOCATION": "process"},
    # What {% cache %} keeps: words of the interface only, nothing about anybody.
    "template_fragments": {"BACKEND": LOCAL_MEMORY, "LOCATION": "template_fragments"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

# --- people and sign-in -------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.SignInBackend",
    "accounts.backends.GrantBackend",
    "accounts.backends.DelegationBackend",
    "registry.backends.AssignmentBackend",
    "registry.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SECURITY_PROFILE = env.choice("SCHOOLOPS_SECURITY_PROFILE", ("vn-level2", "nist"))
BREACHED_PASSWORDS_FILE = env.text("SCHOOLOPS_BREACHED_PASSWORDS", "")
PASSWORD_CONTEXT_WORDS = env.items("SCHOOLOPS_CONTEXT_WORDS", "")
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name", "phone"]},
    },
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.ContextValidator"},
    {"NAME": "accounts.passwords.BreachedValidator"},
    {"NAME": "accounts.passwords.HistoryValidator"},
]
# A second factor, and a password that is due, are asked for after signing in; the demo school is there to be tried.
SIGN_IN_DUTIES = not DEMO
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Wrong passwords are counted by account and device (accounts.services.sign_in); the library counts wrong codes only.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/15m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=15).total_seconds())
MFA_ADAPTER = "accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# A passkey is opened by a finger, a face or a PIN each time, so it is two factors and signs in alone.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "add_webauthn": "accounts.forms.AddKeyForm",
    "edit_webauthn": "accounts.forms.RenameKeyForm",
    "login_webauthn": "accounts.forms.KeySignInForm",
    "authenticate_webauthn": "accounts.forms.KeyStepForm",
    "reauthenticate_webauthn": "accounts.forms.KeyAgainForm",
}
# A school has one address for all its classrooms, and one morning.
MFA_RATE_LIMITS = {"webauthn_login": "100/m/ip"}
MFA_TOTP_ISSUER = "schoolops"
# Sign-in with the school's own mail accounts (Google Workspace, Microsoft 365): off unless the environment names a provider.
IDENTITY_PROVIDERS = env.identity_providers("SCHOOLOPS_OIDC")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": IDENTITY_PROVIDERS}}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = "device"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "schoolops.home.errors.csrf_failure"
# Generic guardian rows stay empty: permissions given by hand live in direct-FK tables with decision and dates.
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
# guardian.W001 asks for its own backend; ours (registry.backends) reads the rows that carry a decision and dates.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

# --- language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Django's own vi formats read 05/09 as 9 May and start the week on Sunday.
FORMAT_MODULE_PATH = ["schoolops.formats"]
USE_I18N = True
USE_TZ = True
# Ids in templates must stay plain digits; figures for people are grouped by the filter `grouped`.
USE_THOUSAND_SEPARATOR = False
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- files --------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_MAX_BYTES = 15 * 1024 * 1024

# --- browser security ---------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The button of a provider is a form of ours that ends there.
        "form-action": [SELF, *env.origins(IDENTITY_PROVIDERS)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- work in the background ---------------------------------------------------------------------
CELERY_BROKER_URL = env.text("SCHOOLOPS_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"polling_interval": 0.1}
    if CELERY_BROKER_URL.startswith("memory:")
    else {"visibility_timeout": 300, "socket_timeout": 3, "socket_connect_timeout": 2, "max_retries": 1}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 512_000
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "schoolops.lib.tasks.heartbeat", "schedule": 20.0},
    "sweep-jobs": {"task": "schoolops.lib.tasks.sweep_jobs", "schedule": 30.0},
    "sweep-outbox": {"task": "messaging.tasks.sweep_outbox", "schedule": 30.0},
    "checkpoint-watch": {"task": "gradebook.tasks.watch_checkpoints", "schedule": 300.0},
    "ledger-night": {"task": "gradebook.tasks.verify_ledger", "schedule": crontab(hour=3, minute=10)},
    "waiting-corrections": {"task": "gradebook.tasks.remind_of_waiting_corrections", "schedule": crontab(minute=15)},
    "weekly-digests": {
        "task": "gradebook.tasks.send_digests",
        "schedule": crontab(hour=6, minute=30, day_of_week="mon"),
    },
    "passwords": {"task": "accounts.tasks.remind_of_passwords", "schedule": crontab(hour=6, minute=45)},
    "ending-grants": {"task": "accounts.tasks.remind_of_ending_grants", "schedule": crontab(hour=6, minute=40)},
    "data-requests": {
        "task": "registry.tasks.remind_of_data_requests",
        "schedule": crontab(hour=6, minute=50, day_of_week="mon-fri"),
    },
    "due-reports": {"task": "registry.tasks.ask_for_reports", "schedule": crontab(hour=6, minute=35)},
    "deadline-reminders": {"task": "gradebook.tasks.remind_of_closing_columns", "schedule": crontab(hour=6, minute=30)},
}
HEARTBEAT_MAX_AGE_SECONDS = 90

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "schoolops.lib.http.api_exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "schoolops",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# --- rules of the product (not of one school: those are policies) --------------------------------
# A cell batch of the grid: a 45 x 8 block pasted from Excel is 360 cells.
SAVE_MAX_CELLS = 1000
# ux.md: an exceptional opening lasts 24 hours at most, then the column locks itself again.
LOCK_EXCEPTION_MAX = timedelta(hours=24)
# A bell from a column that closes within this span asks its teacher for the missing scores.
DEADLINE_REMINDER_AHEAD = timedelta(days=3)
IMPORT_MAX_ROWS = 20_000

# --- checkpoints of the ledger (docs/ledger.md) ---------------------------------------------------
# Read by the signer alone; the web and the workers do not have the key.
SIGNING_KEY_FILE = env.text("SCHOOLOPS_SIGNING_KEY_FILE", "")
CHECKPOINT_DIRS = env.items("SCHOOLOPS_CHECKPOINT_DIR", "")
CHECKPOINT_EMAILS = env.items("SCHOOLOPS_CHECKPOINT_EMAIL", "")
# With it verify_ledger looks at the signatures, too; keys of the past stay in the list.
CHECKPOINT_PUBLIC_KEYS = env.keys("SCHOOLOPS_CHECKPOINT_PUBLIC_KEY")
CHECKPOINT_EVERY = timedelta(minutes=5)
CHECKPOINT_ALARM_AFTER = timedelta(minutes=15)
EMAIL_TIMEOUT = 10
# Classes of threads that "manage.py trial" starts beside web, worker and beat.
TRIAL_THREADS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
