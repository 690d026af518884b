"""Words that a teacher writes of a pupil: how they are cleaned, and the code by which grade book and ledger know them.

The ledger holds no free text. It holds the code, sha256(salt ‖ text): whoever has text and salt can prove that these were the
words, and without the salt nobody can find a short text by trying. See docs/algorithms/remarks.md.
"""

import hashlib
import re
import unicodedata
import uuid

MAX_LENGTH = 500
# What one line of the report book (học bạ) has room for.
ADVISED_LENGTH = 200
# Line breaks and tabs become spaces; other control characters, which nobody sees, go.
_SPACES = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def clean_remark(text: str) -> str:
    """One paragraph in composed Unicode (NFC), single spaces, without what nobody sees."""
    return _SPACES.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", text))).strip()


def remark_code(salt: uuid.UUID, text: str) -> str:
    """The code of these words: 64 hexadecimal digits."""
    return hashlib.sha256(salt.bytes + text.encode()).hexdigest()
