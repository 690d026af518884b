"""What a school decides about its register."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.policies import value_of
from schoolops.lib.policies import Policy, declare

ROSTER_WEEK = declare(
    Policy(
        key="registry.roster_week",
        default=2,
        label=_("Tuần học phải rà soát xong danh sách lớp"),
        help=_("Giáo viên chủ nhiệm hoàn thiện danh sách và lý lịch học sinh trước khi tuần này kết thúc."),
        clause="GT 9.1",
        at_least=1,
        at_most=35,
        words=_("tuần %(number)s"),
        laid_down={"QT 7.2": 2},
    )
)
MOVEMENTS_BY_CLASS = declare(
    Policy(
        key="registry.movements_by_class",
        default=False,
        label=_("Giáo viên chủ nhiệm và văn phòng ghi biến động của học sinh"),
        help=_(
            "Không: quản trị hệ thống theo phân công của hiệu trưởng, hoặc lãnh đạo. Có: cả giáo viên chủ nhiệm, văn thư."
        ),
        clause="QT 5.3",
        laid_down={"GT 9.1": True, "QT 5.3": False, "PH 1.1a": True},
    )
)
STAFF_CHANGE_DAYS = declare(
    Policy(
        key="registry.staff_change_days",
        default=5,
        label=_("Số ngày làm việc để cập nhật thay đổi nhân sự"),
        help=_("Tính từ ngày ký quyết định, không kể ngày nghỉ của lịch năm học."),
        clause="PH 1.1c",
        at_least=1,
        at_most=30,
        words=ngettext_lazy("%(number)s ngày làm việc", "%(number)s ngày làm việc", "number"),
        laid_down={"PH 1.1c": 5},
    )
)
REPORT_REMINDER_DAYS = declare(
    Policy(
        key="registry.report_reminder_days",
        default=7,
        label=_("Nhắc báo cáo gửi ngành trước hạn số ngày"),
        help=_(
            "Nhắc người lập báo cáo trước hạn chừng này ngày, trước hạn một ngày, và khi quá hạn thì nhắc cả lãnh đạo."
        ),
        clause="PH 1.1b",
        at_least=1,
        at_most=60,
        words=ngettext_lazy("%(number)s ngày", "%(number)s ngày", "number"),
    )
)
EXPORTS_A_DAY = declare(
    Policy(
        key="registry.exports_a_day",
        default=3,
        label=_("Số lần một người được tải dữ liệu cá nhân hàng loạt trong ngày"),
        help=_("Mỗi lần tải cần mật khẩu và lý do, và được báo cho lãnh đạo."),
        clause="91/2025/QH15",
        at_least=1,
        at_most=50,
        words=ngettext_lazy("%(number)s lần", "%(number)s lần", "number"),
    )
)


def report_reminder_days() -> int:
    """How many days before its last day a report is first asked for."""
    return value_of(REPORT_REMINDER_DAYS)


def exports_a_day() -> int:
    """How many files with personal data of many people one person takes out in a day."""
    return value_of(EXPORTS_A_DAY)


def staff_change_days() -> int:
    """Working days from its decision within which a change of staff is in the records."""
    return value_of(STAFF_CHANGE_DAYS)


def movements_by_class() -> bool:
    """Whether homeroom teachers and the office record movements themselves."""
    return value_of(MOVEMENTS_BY_CLASS)


def roster_week() -> int:
    """The teaching week of the year by whose end the homeroom teacher has looked the class list over."""
    return value_of(ROSTER_WEEK)
