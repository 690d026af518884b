"""What a school decides about its register."""

from django.utils.translation import gettext_lazy as _

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
    )
)


def roster_week() -> int:
    """The teaching week of the year by whose end the homeroom teacher has looked the class list over."""
    return value_of(ROSTER_WEEK)
