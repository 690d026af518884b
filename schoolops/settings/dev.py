"""The trial: one machine, one process, plain HTTP on the loopback address. DEBUG stays off: people try what they will run."""

from schoolops.settings.base import *  # noqa: F403
from schoolops.settings.base import CHECKPOINT_DIRS, CHECKPOINT_PUBLIC_KEYS, DATA_DIR, SIGNING_KEY_FILE

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"

# The signer is a thread here, with a key made at the first start and one place, on the same disk: enough to see how it works.
TRIAL_THREADS = ["gradebook.services.signing.SignerThread"]
SIGNING_KEY_FILE = SIGNING_KEY_FILE or str(DATA_DIR / "signing-key")
CHECKPOINT_DIRS = CHECKPOINT_DIRS or [str(DATA_DIR / "checkpoints")]
_public = DATA_DIR / "signing-key.pub"
CHECKPOINT_PUBLIC_KEYS = CHECKPOINT_PUBLIC_KEYS or (_public.read_text().split() if _public.exists() else [])
