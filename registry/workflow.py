"""The processes of the register: a file of initial data, and a report to the sector."""

from django.utils.translation import gettext_lazy as _

from registry.models import ImportBatch, Submission
from registry.permissions import import_denial, keep_reports_denial, make_report_denial
from schoolops.lib.workflow import Step

State = ImportBatch.State

IMPORT_STEPS = {
    "apply": Step(frozenset({State.PREVIEW}), State.APPLIED, import_denial, _("Nhập dữ liệu")),
    "discard": Step(frozenset({State.PREVIEW}), State.DISCARDED, import_denial, _("Bỏ tệp này")),
}

Report = Submission.State

# A sent report is replaced by the step "send" of the one that corrects it.
REPORT_STEPS = {
    "make": Step(frozenset({Report.DUE, Report.MADE}), Report.MADE, make_report_denial, _("Lập tệp")),
    "send": Step(frozenset({Report.MADE}), Report.SENT, keep_reports_denial, _("Ghi nhận đã gửi")),
    "replace": Step(frozenset({Report.SENT}), Report.REPLACED, keep_reports_denial, _("Thay bằng bản mới")),
}
