"""The list of pupils for the sector's database (C1-HocSinh): who sits where, and who left during the year."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.models import Enrollment, Guardianship, Movement, Period, PolicyStatus, Student, Term
from registry.reporting import Anchor, Ask, Column, Drawing, Due, Problem, ReportForm, declare
from registry.selectors.movements import status_after
from schoolops.lib.moments import vn_date
from schoolops.lib.workbooks import Sheet, Value

COLUMNS = (
    Column("STT", 6),
    Column("Mã lớp", 10),
    Column("Mã học sinh"),
    Column("Họ tên", 28),
    Column("Ngày sinh", 12),
    Column("Giới tính", 10),
    Column("Trạng thái HS", 20),
    Column("Ngày nhập trạng thái", 14),
    Column("Dân tộc", 12),
    Column("Loại khuyết tật", 16),
    Column("Số định danh cá nhân", 18),
    Column("Địa chỉ thường trú", 40),
    Column("Cha, mẹ hoặc người giám hộ", 28),
    Column("Số điện thoại liên hệ", 16),
)
# What the sector's page refuses a line without.
_NEEDED = {
    "moet_id": gettext_lazy("mã học sinh"),
    "national_id": gettext_lazy("số định danh cá nhân"),
    "birth_date": gettext_lazy("ngày sinh"),
    "sex": gettext_lazy("giới tính"),
    "ethnicity": gettext_lazy("dân tộc"),
}


@dataclass
class _Facts:
    """What stands in other tables, by pupil."""

    terms: list[Term]
    latest: dict[int, Movement]
    contacts: dict[int, Guardianship] = field(default_factory=dict)
    disabled: frozenset[int] = frozenset()


def draw(ask: Ask) -> Drawing:
    """One line per pupil of the year, also of those who left; seven queries for any number of pupils."""
    places = list(_last_places(ask))
    facts = _facts_of(ask, [place.student_id for place in places])
    rows = [_line(number, place, facts) for number, place in enumerate(places, start=1)]
    sheet = Sheet(
        title="C1-HocSinh",
        headings=(PUPILS.headings,),
        rows=rows,
        widths=PUPILS.widths,
    )
    problems = [found for place in places for found in _problems(place, facts)]
    return Drawing([sheet], problems, people=len(places))


def _last_places(ask: Ask) -> Iterator[Enrollment]:
    """The place where each pupil of the year sits, or sat last, in the order of the class lists."""
    places = Enrollment.objects.filter(school_class__school_year=ask.year, enrolled_on__lte=ask.day)
    found: dict[int, Enrollment] = {}
    for place in places.select_related("student", "school_class").order_by("enrolled_on", "pk"):
        known = found.get(place.student_id)
        if known is None or known.left_on is not None or place.left_on is None:
            found[place.student_id] = place
    yield from sorted(found.values(), key=lambda place: (place.school_class.sort_key, place.roll_no, place.pk))


def _facts_of(ask: Ask, students: list[int]) -> _Facts:
    day = ask.day
    moves = Movement.objects.in_effect().filter(student__in=students, happened_on__gte=ask.year.starts_on)
    ties = Guardianship.objects.in_force(day).filter(student__in=students, is_contact=True).select_related("guardian")
    disabled = PolicyStatus.objects.in_force(day).filter(student__in=students, category=PolicyStatus.Category.DISABLED)
    return _Facts(
        terms=list(Term.objects.filter(school_year=ask.year)),
        latest={move.student_id: move for move in moves.order_by("pk")},
        contacts={tie.student_id: tie for tie in ties.order_by("pk")},
        disabled=frozenset(disabled.values_list("student_id", flat=True)),
    )


def _line(number: int, place: Enrollment, facts: _Facts) -> tuple[Value, ...]:
    pupil, latest = place.student, facts.latest.get(place.student_id)
    contact = facts.contacts.get(pupil.pk)
    return (
        number,
        place.school_class.name,
        pupil.moet_id or "",
        pupil.full_name,
        # Days as text, so that no Excel swaps day and month.
        vn_date(pupil.birth_date),
        sex_text(pupil),
        status_after(latest, facts.terms, is_present=place.left_on is None),
        vn_date(latest.happened_on if latest else place.enrolled_on),
        pupil.ethnicity,
        "",
        pupil.national_id or "",
        pupil.address,
        contact.guardian.full_name if contact else "",
        contact.guardian.phone if contact else "",
    )


def _problems(place: Enrollment, facts: _Facts) -> Iterator[Problem]:
    """What this pupil lacks; of those who left nothing is mended any more."""
    pupil = place.student
    lacking = [str(label) for name, label in _NEEDED.items() if not getattr(pupil, name)]
    if pupil.pk in facts.disabled:
        lacking.append(_("loại khuyết tật (hệ thống mới ghi diện, điền thêm vào tệp)"))
    if lacking and place.left_on is None:
        yield missing_of_pupil(place, ", ".join(lacking))


def missing_of_pupil(place: Enrollment, what: str) -> Problem:
    """A gap in a pupil's record, with the page of that pupil."""
    who = f"{place.student.full_name} ({place.school_class.name})"
    return Problem(who, what, "registry:student_detail", place.student_id, "registry.view_families")


def sex_text(pupil: Student) -> str:
    return str(Student.Sex(pupil.sex).label) if pupil.sex else ""


PUPILS = declare(
    ReportForm(
        code="csdl-hoc-sinh",
        title=gettext_lazy("Danh sách học sinh trên cơ sở dữ liệu ngành"),
        receiver=gettext_lazy("Cơ sở dữ liệu ngành (csdl.moet.gov.vn)"),
        columns=COLUMNS,
        due={
            Period.START: Due(Anchor.YEAR_BEGINS, 13, "PH 1.1b"),
            Period.TERM1: Due(Anchor.TERM1_ENDS, 10),
            Period.TERM2: Due(Anchor.TERM2_ENDS, 10),
        },
        clause="PH 1.1b, CG 1, GT 6",
        source=gettext_lazy(
            "Tên cột theo bảng C1-HocSinh mà các trường tải từ cơ sở dữ liệu ngành. Chưa đối chiếu văn bản gốc: thứ tự cột, cột bổ"
            " sung của phiên bản mới và các bảng mã đi kèm."
        ),
        draw=draw,
        file_name="CSDL_HocSinh",
    )
)
