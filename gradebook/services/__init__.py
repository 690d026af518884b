"""What changes in grade books."""

from gradebook.services.acting import GuardCode, act_as, guard_code
from gradebook.services.books import confirm_column, open_gradebooks
from gradebook.services.locks import (
    columns_under,
    discard_rule,
    draft_rule,
    end_exception,
    open_exception,
    publish_rules,
    withdraw_rule,
)
from gradebook.services.reminders import start_reminders
from gradebook.services.scores import CellChange, CellResult, CellStatus, save_cells

__all__ = [
    "CellChange",
    "CellResult",
    "CellStatus",
    "GuardCode",
    "act_as",
    "columns_under",
    "confirm_column",
    "discard_rule",
    "draft_rule",
    "end_exception",
    "guard_code",
    "open_exception",
    "open_gradebooks",
    "publish_rules",
    "save_cells",
    "start_reminders",
    "withdraw_rule",
]
