"""What changes in grade books."""

from gradebook.services.acting import GuardCode, act_as, guard_code
from gradebook.services.books import confirm_column, open_gradebooks
from gradebook.services.corrections import (
    add_items,
    discard_correction,
    edit_correction,
    remove_item,
    save_correction,
    start_correction,
    submit_correction,
    withdraw_correction,
)
from gradebook.services.digest import start_digests
from gradebook.services.evidence import (
    add_evidence,
    open_ticket,
    remove_evidence,
    revoke_tickets,
    ticket_of,
    upload_by_ticket,
)
from gradebook.services.locks import (
    columns_under,
    discard_rule,
    draft_rule,
    end_exception,
    open_exception,
    publish_rules,
    withdraw_rule,
)
from gradebook.services.remarks import drop_phrase, keep_phrase
from gradebook.services.reminders import start_reminders
from gradebook.services.scores import CellChange, CellResult, CellStatus, refusal, save_cells
from gradebook.services.verdicts import (
    approve_correction,
    claim_correction,
    confirm_correction,
    look_at_item,
    reject_correction,
    return_correction,
)
from gradebook.services.waiting import start_waiting_reminders

__all__ = [
    "CellChange",
    "CellResult",
    "CellStatus",
    "GuardCode",
    "act_as",
    "add_evidence",
    "add_items",
    "approve_correction",
    "claim_correction",
    "columns_under",
    "confirm_column",
    "confirm_correction",
    "discard_correction",
    "discard_rule",
    "draft_rule",
    "drop_phrase",
    "edit_correction",
    "end_exception",
    "guard_code",
    "keep_phrase",
    "look_at_item",
    "open_exception",
    "open_gradebooks",
    "open_ticket",
    "publish_rules",
    "refusal",
    "reject_correction",
    "remove_evidence",
    "remove_item",
    "return_correction",
    "revoke_tickets",
    "save_cells",
    "save_correction",
    "start_correction",
    "start_digests",
    "start_reminders",
    "start_waiting_reminders",
    "submit_correction",
    "ticket_of",
    "upload_by_ticket",
    "withdraw_correction",
    "withdraw_rule",
]
