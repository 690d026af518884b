"""What a school decides about its grade books."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.policies import value_of
from schoolops.lib.policies import Policy, declare

CORRECTIONS_BY_HAND = declare(
    Policy(
        key="gradebook.corrections_by_hand",
        default=False,
        label=_("Quản trị hệ thống ghi nhận điều chỉnh bằng tay"),
        help=_("Không: hệ thống ghi nhận ngay khi lãnh đạo duyệt. Có: quản trị hệ thống bấm ghi nhận sau khi duyệt."),
        clause="QT 5.3",
        laid_down={"QT PL": True},
        is_about_it_staff=True,
    )
)
CORRECTION_ANSWER_DAYS = declare(
    Policy(
        key="gradebook.correction_answer_days",
        default=2,
        label=_("Số ngày làm việc để trả lời đề nghị điều chỉnh"),
        help=_("Hết hạn thì nhắc mọi lãnh đạo; không bao giờ tự duyệt."),
        clause="QT 5.2",
        at_least=1,
        at_most=30,
        words=ngettext_lazy("%(number)s ngày làm việc", "%(number)s ngày làm việc", "number"),
    )
)
CORRECTION_SAMPLE = declare(
    Policy(
        key="gradebook.correction_sample",
        default=5,
        label=_("Số dòng phải mở xem trước khi duyệt một loạt"),
        help=_("Đề nghị có nhiều dòng hơn số này chỉ duyệt được sau khi mở xem từng dòng được chọn ngẫu nhiên."),
        clause="QT 5.2",
        at_least=1,
        at_most=50,
        words=ngettext_lazy("%(number)s dòng", "%(number)s dòng", "number"),
    )
)


def corrections_by_hand() -> bool:
    """Whether IT staff confirm each approved correction before it is written."""
    return value_of(CORRECTIONS_BY_HAND)


def correction_answer_days() -> int:
    """Working days within which leaders answer a petition."""
    return value_of(CORRECTION_ANSWER_DAYS)


def correction_sample() -> int:
    """Rows of a batch to be opened before it can be approved; a petition with more rows than this is a batch."""
    return value_of(CORRECTION_SAMPLE)
