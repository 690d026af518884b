"""Grade books, their scores, the calendar that closes them, and the ledger of every change."""

from gradebook.models.books import Gradebook, Score, ScoreColumn
from gradebook.models.ledger import LedgerEvent
from gradebook.models.locks import LockException, LockRule, LockRuleTransition

__all__ = [
    "Gradebook",
    "LedgerEvent",
    "LockException",
    "LockRule",
    "LockRuleTransition",
    "Score",
    "ScoreColumn",
]
