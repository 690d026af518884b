"""People and the legal ground of what they may do."""

from accounts.models.grants import Decision, Grant, ScopeKind
from accounts.models.incidents import Incident, IncidentTransition
from accounts.models.people import Department, StaffProfile, User

__all__ = [
    "Decision",
    "Department",
    "Grant",
    "Incident",
    "IncidentTransition",
    "ScopeKind",
    "StaffProfile",
    "User",
]
