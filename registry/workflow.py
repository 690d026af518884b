"""The processes of the register: a file of initial data, a timetable."""

from django.utils.translation import gettext_lazy as _

from registry.models import ImportBatch, Timetable
from registry.permissions import import_denial, load_timetable_denial, publish_timetable_denial
from schoolops.lib.workflow import Step

State = ImportBatch.State

IMPORT_STEPS = {
    "apply": Step(frozenset({State.PREVIEW}), State.APPLIED, import_denial, _("Nhập dữ liệu")),
    "discard": Step(frozenset({State.PREVIEW}), State.DISCARDED, import_denial, _("Bỏ tệp này")),
}

Version = Timetable.State

TIMETABLE_STEPS = {
    "save": Step(frozenset({Version.PREVIEW}), Version.DRAFT, load_timetable_denial, _("Lưu bản nháp")),
    "reopen": Step(frozenset({Version.DRAFT}), Version.PREVIEW, load_timetable_denial, _("Mở lại để sửa")),
    "publish": Step(frozenset({Version.DRAFT}), Version.PUBLISHED, publish_timetable_denial, _("Công bố")),
    "discard": Step(
        frozenset({Version.PREVIEW, Version.DRAFT}), Version.DISCARDED, load_timetable_denial, _("Bỏ bản này")
    ),
}
