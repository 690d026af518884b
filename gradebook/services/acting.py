"""Who writes: the guard refuses every change of a book that names nobody (error GB003)."""

import uuid
from datetime import datetime
from enum import StrEnum

from django.db import DatabaseError, connection

from accounts.models import User


class GuardCode(StrEnum):
    """SQLSTATE of the guard's refusals (migrations 0003 and 0005)."""

    CLOSED = "GB001"
    MOVED = "GB002"
    NOBODY = "GB003"
    WRONG_VALUE = "GB004"
    NOT_IN_CLASS = "GB005"
    APPEND_ONLY = "GB006"
    LIST_FROZEN = "GB007"
    NOT_APPROVED = "GB008"
    WRONG_STEP = "GB009"
    SENT = "GB010"


def act_as(
    by: User,
    *,
    on_behalf_of: User | None = None,
    claimed_at: datetime | None = None,
    correction: int | None = None,
) -> None:
    """Name the actor for the rest of this transaction.

    With `claimed_at` its writes are an import of that past moment, with `correction` they are what that petition asks for.
    """
    settings = {
        "schoolops.actor": str(by.pk),
        "schoolops.on_behalf_of": str(on_behalf_of.pk) if on_behalf_of else "",
        "schoolops.request": uuid.uuid4().hex,
        "schoolops.op": "IMPORT" if claimed_at else "SET",
        "schoolops.claimed_at": claimed_at.isoformat() if claimed_at else "",
        "schoolops.correction": str(correction) if correction else "",
    }
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for pair in settings.items() for part in pair])


def guard_code(error: DatabaseError) -> GuardCode | None:
    """Which refusal of the guard this is; None for any other database error."""
    code = getattr(error.__cause__, "pgcode", None)
    return GuardCode(code) if code in set(GuardCode) else None
