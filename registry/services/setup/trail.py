"""Who set up what: the tables of the year have no history of their own, so each step leaves a line in the admin's."""

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from registry.models import SchoolYear


def note(*, year: SchoolYear, by: User, what: str, is_new: bool = False) -> None:
    """One line, shown with the history of the year in the admin. `what` is what the person did, in words."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(SchoolYear),
        object_id=str(year.pk),
        object_repr=str(year),
        action_flag=ADDITION if is_new else CHANGE,
        change_message=what,
    )
