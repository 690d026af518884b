"""What changes in accounts."""

from accounts.services.accounts import close_account
from accounts.services.attempts import record_denied
from accounts.services.delegations import end_delegation, give_delegation
from accounts.services.factors import remove_factors
from accounts.services.grants import confirm_grant, give_grant, revoke_grant
from accounts.services.identities import person_of_identity
from accounts.services.incidents import report_incident, resolve_incident, take_incident
from accounts.services.passwords import (
    StaffSlipPrint,
    find_staff_slip,
    print_staff_slips,
    start_password_reminders,
    use_staff_slip,
)
from accounts.services.policies import set_policies
from accounts.services.reminders import start_ending_reminders
from accounts.services.reviews import sign_review
from accounts.services.sign_in import (
    Kind,
    Tried,
    Visit,
    end_sessions,
    forget_devices,
    known_device,
    network_of,
    new_token,
    person_with_pin,
    record,
    record_failed_factor,
    record_refused,
    record_sign_in,
    release,
    remember_device,
    try_code,
    try_password,
)

__all__ = [
    "Kind",
    "StaffSlipPrint",
    "Tried",
    "Visit",
    "close_account",
    "confirm_grant",
    "end_delegation",
    "end_sessions",
    "find_staff_slip",
    "forget_devices",
    "give_delegation",
    "give_grant",
    "known_device",
    "network_of",
    "new_token",
    "person_of_identity",
    "person_with_pin",
    "print_staff_slips",
    "record",
    "record_denied",
    "record_failed_factor",
    "record_refused",
    "record_sign_in",
    "release",
    "remember_device",
    "remove_factors",
    "report_incident",
    "resolve_incident",
    "revoke_grant",
    "set_policies",
    "sign_review",
    "start_ending_reminders",
    "start_password_reminders",
    "take_incident",
    "try_code",
    "try_password",
    "use_staff_slip",
]
