"""The one person of a file's row whom the school calls first, against the register."""

from typing import Any

from django.utils.translation import gettext as _

from registry.models import Guardianship
from registry.selectors.imports.people import same_name
from registry.selectors.imports.plans import Change


def contact_changes(contact: Guardianship | None, values: dict[str, Any]) -> list[Change]:
    """What the filled cells would change of the contact person; an empty cell changes nothing."""
    known = {
        "contact_name": (_("cha, mẹ hoặc người giám hộ"), contact.guardian.full_name if contact else ""),
        "contact_phone": (_("điện thoại liên hệ"), contact.guardian.phone if contact else ""),
    }
    changes = []
    for name, (label, old) in known.items():
        new = values.get(name, "")
        is_same = same_name(old, new) if name == "contact_name" else old == new
        if new and not is_same:
            changes.append(Change(label, old, new, name, new))
    return changes
