"""The past of a record in the administration: what was changed, from what to what, by whom, when; in words."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from simple_history.template_utils import HistoricalRecordContextHelper

from schoolops.lib.moments import vn_date, vn_moment


class InWords(HistoricalRecordContextHelper):
    """Values as people say them. A password is never shown, not even as its hash."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        field = self.model._meta.get_field(change.field)
        if field.name == "password":
            return _("(không hiện)")
        if isinstance(value, bool):
            return _("Có") if value else _("Không")
        if isinstance(value, datetime):
            return vn_moment(value)
        if isinstance(value, date):
            return vn_date(value)
        if getattr(field, "choices", None):
            return str(dict(field.flatchoices).get(value, value))
        return "" if value is None else super().prepare_delta_change_value(change, value)
