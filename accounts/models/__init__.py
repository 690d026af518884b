"""People and the legal ground of what they may do."""

from accounts.models.attempts import DeniedAttempt
from accounts.models.codes import OneTimeCode
from accounts.models.delegations import Delegation
from accounts.models.grants import Decision, Grant, ScopeKind
from accounts.models.incidents import Incident, IncidentTransition
from accounts.models.passwords import PasswordRecord, StaffSlip
from accounts.models.people import Department, StaffProfile, User
from accounts.models.policies import PolicyVersion
from accounts.models.reads import AccessLog
from accounts.models.reviews import AccessReview
from accounts.models.security import Device, SecurityEvent

__all__ = [
    "AccessLog",
    "AccessReview",
    "Decision",
    "Delegation",
    "DeniedAttempt",
    "Department",
    "Device",
    "Grant",
    "Incident",
    "IncidentTransition",
    "OneTimeCode",
    "PasswordRecord",
    "PolicyVersion",
    "ScopeKind",
    "SecurityEvent",
    "StaffProfile",
    "StaffSlip",
    "User",
]
