"""Bảng tổng hợp kết quả giáo dục, as vnEdu prints and reads it: one sheet per class of a lower secondary school."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gradebook.selectors.reports.results import ClassResults, results_of
from gradebook.selectors.reports.sector import notes_of, without
from registry.models import ClassSubject, Enrollment, Period, School
from registry.reporting import Anchor, Ask, Column, Drawing, Due, Problem, ReportForm, declare
from schoolops.lib.moments import vn_date
from schoolops.lib.workbooks import Sheet, Value

TITLE = "BẢNG TỔNG HỢP KẾT QUẢ GIÁO DỤC"
# Codes of subjects under the headings of the sheet.
SCORED = {
    "TOAN": "Toán",
    "LSDL": "LS&ĐL",
    "KHTN": "KHTN",
    "TIN": "Tin",
    "NV": "Văn",
    "NN1": "Ng.ngữ",
    "GDCD": "GDCD",
    "CN": "C.nghệ",
}
COMMENTED = {"GDTC": "GDTC", "NT": "Nghệ thuật", "GDDP": "NDGDCĐP", "HDTNHN": "HĐTN&HN"}
SUBJECTS = SCORED | COMMENTED
BEFORE = (
    Column("STT", 6),
    Column("Mã học sinh"),
    Column("Số định danh cá nhân", 18),
    Column("Họ và tên", 28),
    Column("Ngày sinh", 12),
)
AFTER = (
    Column("Kết quả học tập", 12),
    Column("Kết quả rèn luyện", 12),
    Column("Buổi nghỉ", 6),
    Column("", 6),
    Column("", 6),
    Column("Ghi chú", 20),
)
COLUMNS = (*BEFORE, *(Column(heading, 10) for heading in SUBJECTS.values()), *AFTER)
BELOW = (
    *("" for _column in BEFORE),
    *("(HS 1)" for _subject in SCORED),
    *("(N.xét)" for _subject in COMMENTED),
    *("", "", "P", "K", "Tổng", ""),
)
TERM_NAMES = {Period.TERM1: "Học kỳ 1", Period.TERM2: "Học kỳ 2", Period.YEAR: "Cả năm"}
NOTHING = "-"


def draw(ask: Ask) -> Drawing:
    """A sheet per class; a result that does not hold yet is "-", as the sheet writes it."""
    results = results_of(ask)
    sheets = [_sheet(found, ask) for found in results.classes]
    strays = [problem for found in results.classes for problem in _strays(found)]
    problems = [
        *results.problems,
        *strays,
        *without(results, "moet_id", _("mã học sinh")),
        *without(results, "national_id", _("số định danh cá nhân")),
    ]
    return Drawing(sheets, problems, notes_of(), people=results.people)


def _sheet(found: ClassResults, ask: Ask) -> Sheet:
    name = found.school_class.name
    year = ask.year.code.replace("-", " - ")
    taught = {subject.item.subject.code: subject for subject in found.subjects}
    return Sheet(
        title=name.replace("/", "-"),
        above=(
            f"{TITLE} Khối {found.school_class.grade} - Lớp {name} - ({TERM_NAMES[ask.period]})",
            f"NĂM HỌC {year}",
        ),
        headings=(SUMMARY.headings, BELOW),
        rows=[_line(number, place, found, taught) for number, place in enumerate(found.places, start=1)],
        widths=SUMMARY.widths,
    )


def _line(number: int, place: Enrollment, found: ClassResults, taught: dict[str, ClassSubject]) -> tuple[Value, ...]:
    pupil = place.student
    results = [_written(found, pupil.pk, taught.get(code)) for code in SUBJECTS]
    about = (pupil.moet_id or "", pupil.national_id or "", pupil.full_name, vn_date(pupil.birth_date))
    return (number, *about, *results, found.level(pupil.pk) or NOTHING, NOTHING, *(NOTHING,) * 3, "")


def _written(found: ClassResults, student: int, subject: ClassSubject | None) -> Value:
    value = found.value(student, subject) if subject else ""
    return NOTHING if value == "" else value


def _strays(found: ClassResults) -> list[Problem]:
    """Subjects of the class that the sheet has no column for."""
    return [
        Problem(str(subject), _("biểu không có cột cho môn này"))
        for subject in found.subjects
        if subject.item.subject.code not in SUBJECTS
    ]


SUMMARY = declare(
    ReportForm(
        code="vnedu-tong-hop",
        title=gettext_lazy("Bảng tổng hợp kết quả giáo dục (vnEdu)"),
        receiver=gettext_lazy("Hệ thống vnEdu của trường"),
        columns=COLUMNS,
        due={
            Period.TERM1: Due(Anchor.TERM1_ENDS, 10),
            Period.TERM2: Due(Anchor.TERM2_ENDS, 10),
            Period.YEAR: Due(Anchor.TERM2_ENDS, 10),
        },
        clause="PH 1.3, GT 6",
        source=gettext_lazy(
            "Tên cột, hai dòng tiêu đề và dòng (HS 1)/(N.xét) theo tệp mà các trường trung học cơ sở tải từ vnEdu."
            " Chưa đối chiếu văn bản gốc."
        ),
        draw=draw,
        file_name="TongHopKetQua",
        levels=frozenset({School.Level.LOWER_SECONDARY}),
    )
)
