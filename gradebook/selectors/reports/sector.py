"""Results of a term or year for the sector's database: one sheet per grade."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gradebook.selectors.reports.results import ClassResults, Results, results_of
from registry.models import Period, School, Subject
from registry.reporting import Anchor, Ask, Column, Drawing, Due, Problem, ReportForm, declare
from registry.selectors.reports.pupils import missing_of_pupil
from schoolops.lib.moments import vn_date
from schoolops.lib.workbooks import Sheet, Value

COLUMNS = (
    Column("STT", 6),
    Column("Mã lớp", 10),
    Column("Mã học sinh"),
    Column("Họ tên", 28),
    Column("Ngày sinh", 12),
)
AFTER = (Column("Kết quả học tập", 12), Column("Kết quả rèn luyện", 12))
_SUBJECT_WIDTH = 10


def draw(ask: Ask) -> Drawing:
    """One sheet per grade with the subjects of that grade, in the order of the ministry's forms."""
    results = results_of(ask)
    grades = sorted({found.school_class.grade for found in results.classes})
    sheets = [
        _sheet(grade, [found for found in results.classes if found.school_class.grade == grade]) for grade in grades
    ]
    return Drawing(
        sheets, [*results.problems, *without(results, "moet_id", _("mã học sinh"))], notes_of(), people=results.people
    )


def without(results: Results, field: str, what: str) -> list[Problem]:
    """Pupils whom the sector cannot recognise: they lack this number."""
    places = [place for found in results.classes for place in found.places]
    return [missing_of_pupil(place, what) for place in places if not getattr(place.student, field)]


def notes_of() -> list[str]:
    """What the system does not hold yet."""
    return [_("Kết quả rèn luyện và số buổi nghỉ chưa có trong hệ thống nên các cột này để trống.")]


def _sheet(grade: int, classes: list[ClassResults]) -> Sheet:
    subjects: dict[int, Subject] = {
        taught.item.subject_id: taught.item.subject for found in classes for taught in found.subjects
    }
    ordered = sorted(subjects.values(), key=lambda subject: (subject.position, subject.name))
    headings = (*RESULTS.headings, *(subject.name for subject in ordered), *(column.heading for column in AFTER))
    widths = (*RESULTS.widths, *(_SUBJECT_WIDTH for _subject in ordered), *(column.width for column in AFTER))
    rows: list[tuple[Value, ...]] = []
    for found in classes:
        taught = {item.item.subject_id: item for item in found.subjects}
        for place in found.places:
            pupil = place.student
            values = [
                found.value(pupil.pk, taught[subject.pk]) if subject.pk in taught else None for subject in ordered
            ]
            about = (found.school_class.name, pupil.moet_id or "", pupil.full_name, vn_date(pupil.birth_date))
            rows.append((len(rows) + 1, *about, *values, found.level(pupil.pk), ""))
    return Sheet(f"Khối {grade}", (headings,), rows, widths=widths)


RESULTS = declare(
    ReportForm(
        code="csdl-ket-qua",
        title=gettext_lazy("Kết quả học tập trên cơ sở dữ liệu ngành"),
        receiver=gettext_lazy("Cơ sở dữ liệu ngành (csdl.moet.gov.vn)"),
        columns=COLUMNS,
        due={
            Period.TERM1: Due(Anchor.TERM1_ENDS, 10),
            Period.TERM2: Due(Anchor.TERM2_ENDS, 10),
            Period.YEAR: Due(Anchor.TERM2_ENDS, 10),
        },
        clause="GT 5.4, GT 6, PH 1.3",
        source=gettext_lazy(
            "Cột của từng môn theo chương trình của khối. Chưa đối chiếu văn bản gốc: tệp mẫu nhập kết quả của cấp trung học"
            " và mã kỳ (HK1 = 1, HK2 = 2, cả năm = 3)."
        ),
        draw=draw,
        file_name="CSDL_KetQua",
        levels=frozenset({School.Level.LOWER_SECONDARY, School.Level.UPPER_SECONDARY}),
    )
)
