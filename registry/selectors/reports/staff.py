"""The list of staff for the sector's database: of its 72 columns those that the school keeps here."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import StaffProfile
from registry.models import Period, TeachingAssignment
from registry.reporting import Anchor, Ask, Column, Drawing, Due, Problem, ReportForm, declare
from schoolops.lib.workbooks import Sheet, Value

COLUMNS = (
    Column("STT", 6),
    Column("Mã cán bộ", 12),
    Column("Họ tên", 28),
    Column("Số định danh cá nhân", 18),
    Column("Điện thoại", 14),
    Column("Email", 26),
    Column("Tổ chuyên môn", 22),
    Column("Vị trí việc làm", 24),
    Column("Môn dạy", 30),
    Column("Trạng thái CB", 20),
)


def draw(ask: Ask) -> Drawing:
    """One line per person who works here on the day, or left during the year; two queries."""
    here = Q(left_on=None) | Q(left_on__gte=ask.year.starts_on)
    people = list(
        StaffProfile.objects.filter(here, user__is_active=True)
        .select_related("user", "department")
        .order_by("user__sort_key", "pk")
    )
    taught = _taught(ask)
    rows = [_line(number, person, taught.get(person.user_id, ()), ask) for number, person in enumerate(people, start=1)]
    problems = [found for person in people for found in _problems(person)]
    sheet = Sheet(title="CSDL_GiaoVien", headings=(STAFF.headings,), rows=rows, widths=STAFF.widths)
    notes = [
        _("Trình độ đào tạo, hạng chức danh, hợp đồng và lương chưa có trong hệ thống: điền thêm vào tệp sau khi tải.")
    ]
    return Drawing([sheet], problems, notes, people=len(people))


def _taught(ask: Ask) -> dict[int, tuple[str, ...]]:
    """The subjects of each teacher (by account) on the day, in the order of the ministry's forms."""
    assigned = TeachingAssignment.objects.in_force(ask.day).filter(class_subject__school_class__school_year=ask.year)
    pairs = assigned.order_by("class_subject__item__subject__position", "pk").values_list(
        "teacher_id", "class_subject__item__subject__name"
    )
    found: dict[int, dict[str, None]] = {}
    for teacher, subject in pairs:
        found.setdefault(teacher, {})[subject] = None
    return {teacher: tuple(subjects) for teacher, subjects in found.items()}


def _line(number: int, person: StaffProfile, subjects: tuple[str, ...], ask: Ask) -> tuple[Value, ...]:
    left = person.left_on
    status = _("Nghỉ từ %(day)s") % {"day": f"{left:%d/%m/%Y}"} if left and left <= ask.day else _("Đang làm việc")
    return (
        number,
        person.staff_code,
        person.user.full_name,
        person.personal_number or "",
        person.user.phone,
        person.user.email,
        person.department.name if person.department else "",
        person.position,
        ", ".join(subjects),
        status,
    )


def _problems(person: StaffProfile) -> Iterator[Problem]:
    values = {
        _("số định danh cá nhân"): person.personal_number,
        _("điện thoại"): person.user.phone,
        _("tổ chuyên môn"): person.department_id,
        _("vị trí việc làm"): person.position,
    }
    lacking = [label for label, value in values.items() if not value]
    if lacking and person.left_on is None:
        page = "admin:accounts_staffprofile_change"
        yield Problem(person.user.full_name, ", ".join(lacking), page, person.pk, "accounts.use_admin")


STAFF = declare(
    ReportForm(
        code="csdl-can-bo",
        title=gettext_lazy("Danh sách cán bộ, giáo viên, nhân viên trên cơ sở dữ liệu ngành"),
        receiver=gettext_lazy("Cơ sở dữ liệu ngành (csdl.moet.gov.vn)"),
        columns=COLUMNS,
        due={Period.START: Due(Anchor.YEAR_BEGINS, 13, "PH 1.1b"), Period.TERM2: Due(Anchor.TERM2_ENDS, 10)},
        clause="PH 1.1b, PH 1.1c, GT 6",
        source=gettext_lazy(
            "Biểu CSDL_GiaoVien của ngành có 72 cột; ở đây là những cột nhà trường đang quản lý. Chưa đối chiếu văn bản gốc: thứ tự"
            " cột và bảng mã vị trí việc làm."
        ),
        draw=draw,
        file_name="CSDL_CanBo",
    )
)
