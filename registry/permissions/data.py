"""Who speaks for a child about its data, who answers, and who reads the log of reading (P1-21, P1-22, P1-23)."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import people_with
from registry.models import DataRequest, Student
from registry.permissions.pupils import keeps_class_of, ties_of
from registry.permissions.scopes import holds_for_the_school


def represented_by(user: User) -> QuerySet[Student]:
    """The pupils whose legal representative this person is today; the others in the family read, and decide nothing."""
    return Student.objects.filter(pk__in=ties_of(user).filter(is_legal_representative=True).values("student"))


def represent_denial(user: User, student: Student) -> str | None:
    """Only a legal representative speaks for the child: consents, takes copies, asks for what the law gives."""
    if represented_by(user).filter(pk=student.pk).exists():
        return None
    return _("Việc này do người đại diện theo pháp luật của em làm.")


def record_consent_denial(user: User, student: Student) -> str | None:
    """What the family wrote on paper: the homeroom teacher, the office, or who watches over personal data."""
    if holds_for_the_school(user, "registry.take_consents"):
        return None
    if keeps_class_of(user, student):
        return None
    return _("Phiếu đồng ý trên giấy do giáo viên chủ nhiệm hoặc văn thư ghi.")


def publish_consent_text_denial(user: User) -> str | None:
    """The principal, or who watches over personal data"""
    if holds_for_the_school(user, "registry.publish_consent_text"):
        return None
    return _("Nội dung xin đồng ý do hiệu trưởng hoặc người phụ trách bảo vệ dữ liệu cá nhân công bố.")


def visible_data_requests(user: User) -> QuerySet[DataRequest]:
    """All of them for those who answer or receive them; a family sees those about the child it represents."""
    if keep_data_request_denial(user) is None or take_data_request_denial(user) is None:
        return DataRequest.objects.all()
    return DataRequest.objects.filter(student__in=represented_by(user))


def keep_data_request_denial(user: User, request: DataRequest | None = None) -> str | None:
    """The principal, or who watches over personal data"""
    if holds_for_the_school(user, "registry.keep_data_requests"):
        return None
    return _("Yêu cầu về dữ liệu do hiệu trưởng hoặc người phụ trách bảo vệ dữ liệu cá nhân giải quyết.")


def prolong_data_request_denial(user: User, request: DataRequest) -> str | None:
    """As for answering; once"""
    if request.is_prolonged:
        return _("Yêu cầu này đã gia hạn một lần.")
    return keep_data_request_denial(user, request)


def take_data_request_denial(user: User) -> str | None:
    """The office receives what families bring on paper"""
    if keep_data_request_denial(user) is None or holds_for_the_school(user, "registry.take_data_requests"):
        return None
    return _("Đơn trên giấy của gia đình do văn thư tiếp nhận.")


def keepers_of_data() -> QuerySet[User]:
    """Those who answer requests about data today."""
    return people_with("registry.keep_data_requests")


def read_reads_denial(user: User) -> str | None:
    """Whoever watches over personal data, and the principal"""
    if holds_for_the_school(user, "accounts.view_reads"):
        return None
    return _("Nhật ký xem dữ liệu dành cho người phụ trách bảo vệ dữ liệu cá nhân và hiệu trưởng.")
