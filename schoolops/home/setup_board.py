"""The school year being set up as one page: its steps with their states, and the check list before the books are opened."""

from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Count, F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from gradebook import permissions as of_books
from gradebook.models import Gradebook
from registry.models import ClassSubject, ImportBatch, School, SchoolYear, Term
from registry.models.school import ALL_GRADES
from registry.selectors.setup import state
from registry.selectors.setup.calendar import WEEKS, dates_of
from registry.selectors.setup.checks import Finding, Lack, Named, findings
from schoolops.home.navigation import known_school
from schoolops.lib.clock import local_day
from schoolops.lib.moments import vn_date
from schoolops.lib.texts import grouped

Progress = Literal["done", "begun", "todo"]
Kind = ImportBatch.Kind


@dataclass(frozen=True)
class Step:
    """One step: how far, in words, and where it is done. `upload` is the kind of file that it takes."""

    title: Any
    progress: Progress
    note: str
    url: str
    label: Any
    upload: str = ""
    file: ImportBatch | None = None


@dataclass(frozen=True)
class Board:
    """The year with its steps; the first that is not done is where to go on."""

    year: SchoolYear
    steps: list[Step]

    @property
    def current(self) -> Step | None:
        return next((step for step in self.steps if step.progress != "done"), None)


def grades() -> range:
    school: School | None = known_school()
    return school.grades if school else ALL_GRADES


def board(year: SchoolYear, at: Any) -> Board:
    """Six queries."""
    before = SchoolYear.objects.before(year)
    found = state.counts(year, before, top_grade=grades()[-1], day=state.day_of(year, local_day(at)))
    files = state.latest_files(year)
    books = Gradebook.objects.filter(class_subject__school_class__school_year=year).count()
    steps = [
        _dates(year, found),
        _programme(year, found),
        _classes(year, found),
        _pupils(year, before, found),
        _staff(year, found, files.get(Kind.STAFF), is_open=bool(books)),
        _students(year, found, files.get(Kind.STUDENTS), is_open=bool(books)),
        _assignments(year, found, files.get(Kind.ASSIGNMENTS)),
        _opening(year, found, books),
    ]
    return Board(year, steps)


def _to(name: str, year: SchoolYear) -> str:
    return reverse(name, args=[year.code])


def _dates(year: SchoolYear, found: state.Counts) -> Step:
    first, second = dates_of(year).weeks
    note = _("%(first)s – %(last)s · %(one)s + %(two)s tuần dạy · %(free)s ngày nghỉ") % {
        "first": vn_date(year.starts_on),
        "last": vn_date(year.ends_on),
        "one": first,
        "two": second,
        "free": found.free_days,
    }
    if first + second != sum(WEEKS.values()):
        note += _(" · khung của Bộ là %(n)s tuần") % {"n": sum(WEEKS.values())}
    done = found.terms == len(WEEKS)
    return Step(
        _("Năm học, học kỳ, ngày nghỉ"),
        "done" if done else "begun",
        note,
        _to("registry:setup_dates", year),
        _("Sửa ngày"),
    )


def _programme(year: SchoolYear, found: state.Counts) -> Step:
    every = len(grades())
    done = found.schemes >= every and found.grades_taught >= every
    note = _("%(grades)s/%(all)s khối có chương trình · %(items)s môn theo khối") % {
        "grades": min(found.schemes, found.grades_taught),
        "all": every,
        "items": grouped(found.items),
    }
    return Step(
        _("Quy định đánh giá và chương trình"),
        "done" if done else "begun" if found.items else "todo",
        note,
        _to("registry:setup_programme", year),
        _("Chương trình"),
    )


def _classes(year: SchoolYear, found: state.Counts) -> Step:
    done = found.grades_with_classes >= len(grades())
    note = _("%(classes)s lớp · %(pairs)s lớp – môn") % {
        "classes": found.classes,
        "pairs": grouped(found.class_subjects),
    }
    return Step(
        _("Lớp"),
        "done" if done else "begun" if found.classes else "todo",
        note,
        _to("registry:setup_classes", year),
        _("Lập lớp"),
    )


def _pupils(year: SchoolYear, before: SchoolYear | None, found: state.Counts) -> Step:
    if before is None:
        note = _("Trường chưa có năm học trước: nhập danh sách học sinh bằng tệp.")
    elif found.waiting and not found.untouched and found.pupils:
        note = _("%(n)s em của năm học %(year)s chờ quyết định") % {"n": grouped(found.waiting), "year": before.code}
    elif found.waiting:
        note = _("%(n)s em của năm học %(year)s chưa có lớp mới") % {"n": grouped(found.waiting), "year": before.code}
    else:
        note = _("Mọi em còn học của năm học %(year)s đã có lớp") % {"year": before.code}
    done = not found.untouched and bool(found.classes)
    return Step(
        _("Học sinh lên lớp"),
        "done" if done else "begun" if found.pupils else "todo",
        note,
        _to("registry:setup_pupils", year),
        _("Xếp lớp"),
    )


def _import_step(
    title: Any, kind: str, year: SchoolYear, progress: Progress, note: str, file: ImportBatch | None
) -> Step:
    return Step(title, progress, note, import_address(kind, year), _("Tải tệp"), kind, file)


def _staff(year: SchoolYear, found: state.Counts, file: ImportBatch | None, *, is_open: bool) -> Step:
    note = _("%(n)s cán bộ, giáo viên đang làm việc") % {"n": grouped(found.staff)}
    return _import_step(_("Cán bộ, giáo viên"), Kind.STAFF, year, _of_file(file, is_open=is_open), note, file)


def _students(year: SchoolYear, found: state.Counts, file: ImportBatch | None, *, is_open: bool) -> Step:
    note = _("%(n)s học sinh đã có lớp") % {"n": grouped(found.pupils)}
    return _import_step(_("Học sinh mới"), Kind.STUDENTS, year, _of_file(file, is_open=is_open), note, file)


def _of_file(file: ImportBatch | None, *, is_open: bool) -> Progress:
    """Nobody asks for a list any more once the books are open."""
    if file is None:
        return "done" if is_open else "todo"
    return "done" if file.state == ImportBatch.State.APPLIED else "begun"


def _assignments(year: SchoolYear, found: state.Counts, file: ImportBatch | None) -> Step:
    taught = found.class_subjects - found.untaught
    kept = found.classes - found.without_keeper
    note = _("%(taught)s/%(pairs)s lớp – môn có giáo viên · %(kept)s/%(classes)s lớp có chủ nhiệm") % {
        "taught": grouped(taught),
        "pairs": grouped(found.class_subjects),
        "kept": kept,
        "classes": found.classes,
    }
    done = bool(found.classes) and not found.untaught and not found.without_keeper
    progress: Progress = "done" if done else "begun" if taught or kept else "todo"
    if progress == "done" and file is not None and file.state == ImportBatch.State.PREVIEW:
        progress = "begun"
    return _import_step(_("Phân công theo quyết định"), Kind.ASSIGNMENTS, year, progress, note, file)


def _opening(year: SchoolYear, found: state.Counts, books: int) -> Step:
    done = bool(books) and books >= found.class_subjects
    note = _("%(n)s sổ điểm đã mở") % {"n": grouped(books)} if books else _("Chưa mở sổ điểm nào")
    return Step(
        _("Kiểm tra và mở sổ"),
        "done" if done else "begun" if books else "todo",
        note,
        _to("setup_check", year),
        _("Kiểm tra"),
    )


# --- the check list -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Line:
    """One finding in words, with where it is mended and the first of those it means. `sorts` lists can be put in order here."""

    finding: Finding
    title: Any
    url: str
    label: Any
    links: list[Link] = field(default_factory=list)

    @property
    def sorts(self) -> bool:
        return self.finding.lack == Lack.ORDER


# Kind of finding: in words, the page that mends it, and the page of the admin that mends one of them.
_WORDS: dict[Lack, tuple[Any, str, Any, str]] = {
    Lack.TERMS: (gettext_lazy("học kỳ chưa có ngày"), "registry:setup_dates", gettext_lazy("Ghi ngày"), ""),
    Lack.PROGRAMME: (
        gettext_lazy("khối chưa có quy định đánh giá hoặc chương trình"),
        "registry:setup_programme",
        gettext_lazy("Lập chương trình"),
        "grade",
    ),
    Lack.CLASSES: (gettext_lazy("khối chưa có lớp"), "registry:setup_classes", gettext_lazy("Lập lớp"), ""),
    Lack.SUBJECTS: (
        gettext_lazy("lớp chưa có môn nào"),
        "registry:setup_programme",
        gettext_lazy("Xem chương trình"),
        "classsubject/add/?school_class=",
    ),
    Lack.KEEPERS: (
        gettext_lazy("lớp chưa có giáo viên chủ nhiệm"),
        "assignments",
        gettext_lazy("Nhập phân công"),
        "homeroomassignment/add/?school_class=",
    ),
    Lack.TEACHERS: (
        gettext_lazy("lớp – môn chưa có giáo viên"),
        "assignments",
        gettext_lazy("Nhập phân công"),
        "teachingassignment/add/?class_subject=",
    ),
    Lack.IDLE: (
        gettext_lazy("giáo viên chưa được phân công dạy"),
        "assignments",
        gettext_lazy("Nhập phân công"),
        "teachingassignment/add/?teacher=",
    ),
    Lack.WAITING: (
        gettext_lazy("em của năm học trước chưa có lớp, chờ quyết định"),
        "registry:setup_pupils",
        gettext_lazy("Xếp lớp"),
        "movers",
    ),
    Lack.EMPTY: (gettext_lazy("lớp chưa có học sinh"), "students", gettext_lazy("Nhập học sinh"), ""),
    Lack.TWICE: (gettext_lazy("em đang có tên ở hai lớp"), "students", gettext_lazy("Nhập học sinh"), "student"),
    Lack.TWINS: (
        gettext_lazy("cặp hồ sơ trùng họ tên và ngày sinh, có em chưa có mã"),
        "students",
        gettext_lazy("Nhập học sinh"),
        "student",
    ),
    Lack.ORDER: (
        gettext_lazy("danh sách lớp có số thứ tự trống hoặc chưa theo tên"),
        "registry:setup_pupils",
        gettext_lazy("Xem các lớp"),
        "",
    ),
    Lack.RECORDS: (
        gettext_lazy("hồ sơ học sinh thiếu thông tin tối thiểu"),
        "students",
        gettext_lazy("Nhập bổ sung"),
        "student",
    ),
}


@dataclass(frozen=True)
class Opening:
    """A term with its books: how many are open, how many there would be."""

    term: Term
    books: int
    total: int

    @property
    def missing(self) -> int:
        return self.total - self.books


@dataclass(frozen=True)
class CheckList:
    """What is missing, the terms whose books can be opened, and why this person cannot, or ""."""

    year: SchoolYear
    lines: list[Line]
    openings: list[Opening]
    denial: str

    @property
    def blocking(self) -> list[Line]:
        return [line for line in self.lines if line.finding.is_blocking]

    @property
    def warnings(self) -> list[Line]:
        return [line for line in self.lines if not line.finding.is_blocking]


def check_list(year: SchoolYear, user: User, at: Any) -> CheckList:
    """Eight queries."""
    before, terms = SchoolYear.objects.before(year), openings(year)
    day = state.day_of(year, local_day(at))
    found = findings(year, before, grades=grades(), day=day, terms=len(terms))
    edits = user.has_perm("accounts.use_admin")
    return CheckList(
        year=year,
        lines=[_line(item, year, can_edit=edits) for item in found],
        openings=terms,
        denial=of_books.open_books_denial(user) or "",
    )


def openings(year: SchoolYear) -> list[Opening]:
    """The terms of the year with their books. One query."""
    taught = ClassSubject.objects.filter(school_class__school_year=year)
    terms = year.terms.annotate(books=Count(F("gradebooks")), total=state.count_of(taught)).order_by("number")
    return [Opening(term, term.books, term.total) for term in terms]


def _line(finding: Finding, year: SchoolYear, *, can_edit: bool) -> Line:
    words, page, label, each = _WORDS[finding.lack]
    links = [Link(item.label, _address(item, each, year, can_edit=can_edit)) for item in finding.named]
    return Line(finding, words, _page(page, year), label, links)


def _page(page: str, year: SchoolYear) -> str:
    if page in Kind.values:
        return import_address(page, year)
    return _to(page, year)


def import_address(kind: str, year: SchoolYear) -> str:
    """The page that takes a file of this kind for this year, and leads back here."""
    return f"{reverse('registry:import_list')}?kind={kind}&year={year.code}&next={_to('setup_year', year)}"


def _address(item: Named, each: str, year: SchoolYear, *, can_edit: bool) -> str:
    """Where exactly this one is mended, "" when this person cannot or there is no such page."""
    if each == "grade":
        return f"{_to('registry:setup_programme', year)}?grade={item.pk}"
    if each == "movers":
        return reverse("registry:setup_movers", args=[year.code, item.pk])
    if each == "student":
        return reverse("registry:student_detail", args=[item.pk])
    if not each or not can_edit:
        return ""
    return f"{reverse('admin:index')}registry/{each}{item.pk}"
