"""The processes of the register: initial data, timetables, requests about data, petitions, reports to the sector."""

from django.utils.translation import gettext_lazy as _

from registry.models import DataRequest, IdentityChange, ImportBatch, Submission, Timetable
from registry.permissions import (
    decide_identity_denial,
    import_denial,
    keep_data_request_denial,
    keep_reports_denial,
    load_timetable_denial,
    make_report_denial,
    prolong_data_request_denial,
    publish_timetable_denial,
    withdraw_identity_denial,
)
from schoolops.lib.workflow import Step

State = ImportBatch.State

IMPORT_STEPS = {
    "apply": Step(frozenset({State.PREVIEW}), State.APPLIED, import_denial, _("Nhập dữ liệu")),
    "discard": Step(frozenset({State.PREVIEW}), State.DISCARDED, import_denial, _("Bỏ tệp này")),
}

Stage = DataRequest.State

DATA_REQUEST_STEPS = {
    "answer": Step(frozenset({Stage.RECEIVED}), Stage.IN_PROGRESS, keep_data_request_denial, _("Trả lời đã tiếp nhận")),
    "prolong": Step(
        frozenset({Stage.IN_PROGRESS}), Stage.IN_PROGRESS, prolong_data_request_denial, _("Gia hạn giải quyết")
    ),
    "settle": Step(frozenset({Stage.IN_PROGRESS}), Stage.DONE, keep_data_request_denial, _("Báo đã giải quyết")),
    "refuse": Step(
        frozenset({Stage.IN_PROGRESS}), Stage.REFUSED, keep_data_request_denial, _("Trả lời không thực hiện")
    ),
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

Report = Submission.State

# A sent report is replaced by the step "send" of the one that corrects it.
REPORT_STEPS = {
    "make": Step(frozenset({Report.DUE, Report.MADE}), Report.MADE, make_report_denial, _("Lập tệp")),
    "send": Step(frozenset({Report.MADE}), Report.SENT, keep_reports_denial, _("Ghi nhận đã gửi")),
    "replace": Step(frozenset({Report.SENT}), Report.REPLACED, keep_reports_denial, _("Thay bằng bản mới")),
}

Petition = IdentityChange.State

IDENTITY_STEPS = {
    "approve": Step(
        frozenset({Petition.WAITING}), Petition.APPROVED, decide_identity_denial, _("Duyệt và ghi vào hồ sơ")
    ),
    "refuse": Step(frozenset({Petition.WAITING}), Petition.REFUSED, decide_identity_denial, _("Không duyệt")),
    "withdraw": Step(frozenset({Petition.WAITING}), Petition.WITHDRAWN, withdraw_identity_denial, _("Rút đề nghị")),
}
