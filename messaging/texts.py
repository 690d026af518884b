"""The words of every kind of message, in one table; the context of the outbox row fills them in the reader's language."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TEXTS: dict[str, Any] = {
    "incident.reported": gettext_lazy("Có sự cố mới được báo: #%(number)s."),
    "incident.taken": gettext_lazy("Sự cố #%(number)s đã có người xử lý."),
    "incident.resolved": gettext_lazy("Sự cố #%(number)s đã được xử lý xong."),
    "account.new_device": gettext_lazy(
        "Tài khoản vừa đăng nhập trên một thiết bị chưa gặp (%(browser)s) lúc %(at)s. Nếu không phải do mình đăng nhập, hãy đổi"
        " mật khẩu và đăng xuất các thiết bị khác."
    ),
    "account.password_ending": gettext_lazy("Mật khẩu đến hạn đổi ngày %(day)s."),
    "account.slip_printed": gettext_lazy(
        "%(by)s vừa in phiếu đặt lại mật khẩu cho %(who)s. Nếu không ai nhờ việc này, hãy báo sự cố."
    ),
    "account.factors_removed": gettext_lazy(
        "%(by)s vừa gỡ bước xác thực thứ hai của %(who)s: “%(comment)s” Nếu không ai nhờ việc này, hãy báo sự cố."
    ),
    "account.identity_linked": gettext_lazy(
        "%(who)s vừa đăng nhập lần đầu bằng tài khoản thư của trường. Nếu người này không biết, hãy báo sự cố."
    ),
    "grant.ending": gettext_lazy(
        "Nhiệm vụ %(role)s của %(who)s hết hiệu lực sau ngày %(day)s. Cần kéo dài thì có quyết định mới."
    ),
    "policy.changed": gettext_lazy("%(by)s vừa đổi %(count)s chính sách của trường theo quyết định %(number)s."),
    "delegation.given": gettext_lazy("%(who)s ủy quyền cho thầy/cô: %(duties)s, từ %(starts_at)s đến %(until)s."),
    "delegation.ended": gettext_lazy("Ủy quyền của %(who)s cho %(person)s đã kết thúc sớm."),
    "consent.withdrawn": gettext_lazy(
        "Gia đình em %(who)s không còn đồng ý: %(uses)s. Gỡ những gì đã đăng theo đồng ý này."
    ),
    "data_request.received": gettext_lazy("Yêu cầu về dữ liệu #%(number)s mới nhận, trả lời trước %(answer_by)s."),
    "data_request.due": gettext_lazy("Yêu cầu về dữ liệu #%(number)s chờ giải quyết, hạn %(due_at)s."),
    "data_request.answered": gettext_lazy("Nhà trường đã tiếp nhận yêu cầu #%(number)s: “%(comment)s”"),
    "data_request.prolonged": gettext_lazy("Yêu cầu #%(number)s được gia hạn giải quyết: “%(comment)s”"),
    "data_request.settled": gettext_lazy("Yêu cầu #%(number)s đã có kết quả: “%(comment)s”"),
    "locks.published": gettext_lazy("Lịch khóa sổ đã thay đổi. Xem giờ khóa mới của các cột điểm."),
    "locks.exception": gettext_lazy("Cột %(column)s của %(book)s được mở đến %(until)s."),
    "correction.submitted": gettext_lazy("Đề nghị điều chỉnh #%(number)s của %(who)s (%(book)s) chờ duyệt."),
    "correction.withdrawn": gettext_lazy("Đề nghị điều chỉnh #%(number)s của %(who)s đã được rút."),
    "correction.reminder": gettext_lazy("Đề nghị điều chỉnh #%(number)s (%(book)s) chờ duyệt, hạn %(due_at)s."),
    "correction.returned": gettext_lazy(
        "Đề nghị #%(number)s cần bổ sung: “%(comment)s” Sửa rồi gửi lại, không cần làm mới."
    ),
    "correction.rejected": gettext_lazy("Đề nghị #%(number)s không được duyệt: “%(comment)s”"),
    "correction.approved": gettext_lazy("Đề nghị #%(number)s đã được duyệt, chờ quản trị hệ thống ghi nhận."),
    "correction.to_confirm": gettext_lazy("Đề nghị #%(number)s (%(book)s) đã được duyệt, chờ ghi nhận vào sổ."),
    "correction.applied": gettext_lazy("Đề nghị #%(number)s đã duyệt và ghi vào sổ: %(book)s."),
    "ledger.faults": gettext_lazy(
        "Kiểm tra đêm qua: sổ điểm năm học %(year)s có %(count)s chỗ không khớp với nhật ký. Báo ngay cho người giữ bản lưu và"
        " cho kiểm tra bằng verify.py."
    ),
    "checkpoints.late": gettext_lazy(
        "Điểm kiểm chứng của sổ điểm đã chậm quá 15 phút: chưa ký được, hoặc chưa gửi được đến nơi giữ."
    ),
    "gradebook.digest": gettext_lazy(
        "Tuần qua trong các sổ của thầy/cô: %(new)s điểm mới, %(changed)s điểm đổi, %(corrected)s điểm điều chỉnh qua đề nghị."
    ),
    "identity.asked": gettext_lazy("Đề nghị sửa thông tin học sinh #%(number)s của %(who)s chờ duyệt."),
    "identity.approved": gettext_lazy("Đề nghị sửa thông tin #%(number)s đã được duyệt và ghi vào hồ sơ."),
    "identity.refused": gettext_lazy("Đề nghị sửa thông tin #%(number)s không được duyệt. Xem lý do."),
    "report.due": gettext_lazy("Báo cáo “%(report)s” (%(period)s) đến hạn gửi: %(due_at)s."),
    "report.late": gettext_lazy("Báo cáo “%(report)s” (%(period)s) đã quá hạn gửi: %(due_at)s."),
    "report.exported": gettext_lazy("%(who)s vừa tải tệp có dữ liệu cá nhân %(file)s lúc %(at)s. Lý do: “%(comment)s”"),
    "locks.closing": gettext_lazy("%(book)s – %(column)s còn thiếu %(missing)s điểm, khóa %(closes_at)s."),
    "remarks.closing": gettext_lazy("%(book)s – %(column)s còn thiếu %(missing)s em, khóa %(closes_at)s."),
    "timetable.published": gettext_lazy(
        "Thời khóa biểu số %(number)s áp dụng từ ngày %(day)s: tiết dạy của thầy/cô có thay đổi."
    ),
    "timetable.of_children": gettext_lazy("Lớp của con có thời khóa biểu mới, áp dụng từ ngày %(day)s."),
}
# Parts of a context that are moments, written as people write them.
MOMENTS = ("answer_by", "at", "until", "closes_at", "due_at", "starts_at")


def text_of(kind: str, context: dict[str, Any]) -> str:
    """The message in the current language. Raises KeyError for a kind that nobody has words for."""
    return str(TEXTS[kind]) % {key: _in_words(key, value) for key, value in context.items()}


def _in_words(key: str, value: Any) -> Any:
    if key in MOMENTS:
        return _moment(value)
    return value or _("Trình duyệt khác") if key == "browser" else value


def _moment(value: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(value))
    return _("%(time)s ngày %(date)s") % {"time": f"{local:%H:%M}", "date": f"{local:%d/%m/%Y}"}
