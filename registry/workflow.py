"""The process of a file of initial data."""

from django.utils.translation import gettext_lazy as _

from registry.models import ImportBatch
from registry.permissions import import_denial
from schoolops.lib.workflow import Step

State = ImportBatch.State

IMPORT_STEPS = {
    "apply": Step(frozenset({State.PREVIEW}), State.APPLIED, import_denial, _("Nhập dữ liệu")),
    "discard": Step(frozenset({State.PREVIEW}), State.DISCARDED, import_denial, _("Bỏ tệp này")),
}
