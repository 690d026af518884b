"""Tables of figures as EMIS asks for them: classes and pupils by grade, policy categories, staff. No names."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import StaffProfile
from registry.models import Enrollment, Period, PolicyStatus, SchoolClass, Student
from registry.reporting import Anchor, Ask, Column, Drawing, Due, Problem, ReportForm, declare
from schoolops.lib.workbooks import Sheet, Value

MAJORITY = "Kinh"
Category = PolicyStatus.Category
COLUMNS = (
    Column("Khối", 12),
    Column("Số lớp", 10),
    Column("Tổng số học sinh", 12),
    Column("Nữ", 10),
    Column("Dân tộc thiểu số", 12),
    Column("Nữ dân tộc thiểu số", 12),
    Column("Khuyết tật", 12),
    Column("Hộ nghèo", 12),
    Column("Hộ cận nghèo", 12),
    Column("Diện chính sách khác", 14),
)
_OF_THEIR_OWN = {Category.NONE, Category.DISABLED, Category.POOR, Category.NEAR_POOR}


class _Pupil(NamedTuple):
    """What is counted of one pupil."""

    grade: int
    sex: str
    ethnicity: str
    categories: frozenset[str]

    @property
    def is_girl(self) -> bool:
        return self.sex == Student.Sex.FEMALE

    @property
    def is_minority(self) -> bool:
        return self.ethnicity not in {"", MAJORITY}


_COUNTED: tuple[Callable[[_Pupil], bool], ...] = (
    lambda _pupil: True,
    lambda pupil: pupil.is_girl,
    lambda pupil: pupil.is_minority,
    lambda pupil: pupil.is_girl and pupil.is_minority,
    lambda pupil: Category.DISABLED in pupil.categories,
    lambda pupil: Category.POOR in pupil.categories,
    lambda pupil: Category.NEAR_POOR in pupil.categories,
    lambda pupil: bool(pupil.categories - _OF_THEIR_OWN),
)


def draw(ask: Ask) -> Drawing:
    """Three tables as of the day; four queries."""
    classes = Counter(SchoolClass.objects.filter(school_year=ask.year).order_by().values_list("grade", flat=True))
    places = list(_places(ask))
    pupils = _pupils(ask, places)
    staff = list(_staff(ask))
    sheets = [
        Sheet("Lớp, học sinh", (COUNTS.headings,), _by_grade(classes, pupils), widths=COUNTS.widths),
        Sheet("Diện chính sách", (("Diện", "Số học sinh"),), _by_category(pupils), widths=(48, 14)),
        Sheet("Đội ngũ", (("Vị trí việc làm", "Số người"),), _by_position(staff), widths=(36, 14)),
    ]
    notes = [_("Trình độ đào tạo và giới tính của cán bộ chưa có trong hệ thống: điền thêm vào tệp sau khi tải.")]
    return Drawing(sheets, list(_problems(pupils)), notes)


def _places(ask: Ask) -> Iterable[tuple[int, int, str, str]]:
    """(pupil, grade, sex, ethnic group) of who sat in a class on the day."""
    present = Q(left_on=None) | Q(left_on__gt=ask.day)
    found = Enrollment.objects.filter(present, school_class__school_year=ask.year, enrolled_on__lte=ask.day)
    return (
        found.order_by("student_id", "-pk")
        .distinct("student_id")
        .values_list("student_id", "school_class__grade", "student__sex", "student__ethnicity")
    )


def _pupils(ask: Ask, places: Iterable[tuple[int, int, str, str]]) -> list[_Pupil]:
    held: dict[int, set[str]] = {}
    for student, category in PolicyStatus.objects.in_force(ask.day).order_by().values_list("student_id", "category"):
        held.setdefault(student, set()).add(category)
    return [_Pupil(grade, sex, ethnicity, frozenset(held.get(pk, ()))) for pk, grade, sex, ethnicity in places]


def _by_grade(classes: Counter[int], pupils: list[_Pupil]) -> list[tuple[Value, ...]]:
    grades = sorted(classes.keys() | {pupil.grade for pupil in pupils})
    lines: list[tuple[Value, ...]] = [
        (str(grade), classes[grade], *_counts([pupil for pupil in pupils if pupil.grade == grade])) for grade in grades
    ]
    return [*lines, ("Toàn trường", classes.total(), *_counts(pupils))]


def _counts(pupils: list[_Pupil]) -> list[int]:
    return [sum(map(counts, pupils)) for counts in _COUNTED]


def _by_category(pupils: list[_Pupil]) -> list[tuple[Value, ...]]:
    counted = Counter(category for pupil in pupils for category in pupil.categories)
    return [(str(category.label), counted[category.value]) for category in Category if category is not Category.NONE]


def _staff(ask: Ask) -> Iterable[str]:
    here = Q(left_on=None) | Q(left_on__gt=ask.day)
    found = StaffProfile.objects.filter(here, user__is_active=True).order_by("pk")
    return found.values_list("position", flat=True)


def _by_position(positions: list[str]) -> list[tuple[Value, ...]]:
    counted = Counter(position or "Chưa ghi vị trí việc làm" for position in positions)
    return [*sorted(counted.items()), ("Tổng số", len(positions))]


def _problems(pupils: list[_Pupil]) -> Iterable[Problem]:
    """What is not known of some is not counted anywhere: how many, and the page of the class lists."""
    gaps = {
        _("chưa ghi giới tính"): sum(not pupil.sex for pupil in pupils),
        _("chưa ghi dân tộc"): sum(not pupil.ethnicity for pupil in pupils),
        _("chưa hỏi diện chính sách"): sum(not pupil.categories for pupil in pupils),
    }
    for what, count in gaps.items():
        if count:
            who = ngettext("%(count)s em", "%(count)s em", count) % {"count": count}
            yield Problem(who, what, "registry:roster_list", 0, "registry.view_families")


COUNTS = declare(
    ReportForm(
        code="emis",
        title=gettext_lazy("Số liệu lớp, học sinh và đội ngũ (EMIS)"),
        receiver=gettext_lazy("Cơ quan quản lý giáo dục cấp trên"),
        columns=COLUMNS,
        due={Period.START: Due(Anchor.YEAR_BEGINS, 13, "PH 1.1b"), Period.YEAR: Due(Anchor.TERM2_ENDS, 10)},
        clause="PH 1.1b, GT 6, GT 8",
        source=gettext_lazy(
            "Nhóm số liệu EMIS thường hỏi, lấy từ danh sách của trường. Chưa đối chiếu văn bản gốc: biểu EMIS hiện hành có thể thêm"
            " dòng, thêm cột."
        ),
        draw=draw,
        file_name="EMIS",
        names_people=False,
        holds_identifiers=False,
    )
)
