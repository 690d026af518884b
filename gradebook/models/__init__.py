"""Grade books, their scores, the calendar that closes them, and the ledger of every change."""

from gradebook.models.books import Gradebook, Score, ScoreColumn, ScoreColumnQuerySet
from gradebook.models.checkpoints import Checkpoint, CheckpointDelivery, RegisteredBook, Signer
from gradebook.models.corrections import (
    CorrectionItem,
    CorrectionLook,
    CorrectionRequest,
    CorrectionTransition,
    Evidence,
    UploadTicket,
)
from gradebook.models.ledger import LedgerEvent
from gradebook.models.locks import LockException, LockRule, LockRuleTransition
from gradebook.models.remarks import Remark, RemarkPhrase

__all__ = [
    "Checkpoint",
    "CheckpointDelivery",
    "CorrectionItem",
    "CorrectionLook",
    "CorrectionRequest",
    "CorrectionTransition",
    "Evidence",
    "Gradebook",
    "LedgerEvent",
    "LockException",
    "LockRule",
    "LockRuleTransition",
    "RegisteredBook",
    "Remark",
    "RemarkPhrase",
    "Score",
    "ScoreColumn",
    "ScoreColumnQuerySet",
    "Signer",
    "UploadTicket",
]
