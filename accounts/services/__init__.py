"""What changes in accounts."""

from accounts.services.attempts import record_denied
from accounts.services.delegations import end_delegation, give_delegation
from accounts.services.grants import confirm_grant, give_grant, revoke_grant
from accounts.services.incidents import report_incident, resolve_incident, take_incident
from accounts.services.reminders import start_ending_reminders
from accounts.services.reviews import sign_review

__all__ = [
    "confirm_grant",
    "end_delegation",
    "give_delegation",
    "give_grant",
    "record_denied",
    "report_incident",
    "resolve_incident",
    "revoke_grant",
    "sign_review",
    "start_ending_reminders",
    "take_incident",
]
