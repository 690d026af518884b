"""Pupils of a file against the register: who is who, what changes, and which number each newcomer gets (A9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from registry.importing.cells import ClassName
from registry.importing.fields import STUDENTS
from registry.models import Enrollment, Guardianship, SchoolClass, SchoolYear, Student
from registry.models.identity import IDENTITY
from registry.permissions import fixed_students
from registry.selectors.imports.classes import ClassBook
from registry.selectors.imports.families import contact_changes
from registry.selectors.imports.people import changes_of
from registry.selectors.imports.plans import Change, Group, Plan, RowPlan, by_value, flag_duplicates, settle
from schoolops.lib import names

FIELDS = (
    "full_name",
    "birth_date",
    "sex",
    "moet_id",
    "national_id",
    "ethnicity",
    "address",
)
CONTACT_FIELDS = ("contact_name", "contact_phone")
# A list numbers its class itself when its last number is not far beyond its length (pupils leave, gaps stay).
_GAPS = 10


@dataclass
class StudentPlan(Plan):
    """Pupils; the rows that need a place in a class carry it in `values` with the number."""

    book: ClassBook


class Register:
    """The pupils whom the rows of a file may mean, found by number and by class."""

    def __init__(self, year: SchoolYear, rows: list[RowPlan], *, lock: bool) -> None:
        of_year = Enrollment.objects.filter(school_class__school_year=year)
        meant = Q(moet_id__in=_filled(rows, "moet_id")) | Q(national_id__in=_filled(rows, "national_id"))
        found = Student.objects.filter(meant | Q(pk__in=of_year.values("student"))).order_by("pk")
        students = {item.pk: item for item in (found.select_for_update(of=("self",)) if lock else found)}
        self.students = students
        self.by_moet_id = {item.moet_id: item for item in students.values() if item.moet_id}
        self.by_national_id = {item.national_id: item for item in students.values() if item.national_id}
        self.contacts = _contacts(students, lock=lock)
        self.in_open_books = fixed_students(students)
        self.places: dict[int, list[Enrollment]] = {}
        self.last_roll_no: dict[int, int] = {}
        self._by_class: dict[tuple[int, str], list[Student]] = {}
        for place in of_year.select_related("school_class").order_by("pk"):
            student = students[place.student_id]
            self.places.setdefault(student.pk, []).append(place)
            self._by_class.setdefault((place.school_class_id, names.identity_key(student.full_name)), []).append(
                student
            )
            last = self.last_roll_no.get(place.school_class_id, 0)
            self.last_roll_no[place.school_class_id] = max(last, place.roll_no)

    def fixed(self, student: Student, changes: list[Change]) -> list[Change]:
        """Those of the changes that only a petition may make: the old value stands in open books (QT 5.2)."""
        if student.pk not in self.in_open_books:
            return []
        return [change for change in changes if change.field in IDENTITY and change.old]

    def namesakes(self, school_class: SchoolClass, full_name: str) -> list[Student]:
        """Pupils of the class with this name, however it is spelled."""
        return self._by_class.get((school_class.pk, names.identity_key(full_name)), []) if school_class.pk else []


def by_petition() -> str:
    return _("đã nằm trong sổ điểm. Gửi đề nghị sửa thông tin ở trang của em; lãnh đạo duyệt thì hồ sơ đổi.")


def _contacts(students: Iterable[int], *, lock: bool) -> dict[int, Guardianship]:
    """Whom the school calls first, by pupil."""
    found = Guardianship.objects.not_ended().filter(student__in=students, is_contact=True).select_related("guardian")
    found = found.order_by("pk")
    return {row.student_id: row for row in (found.select_for_update(of=("self", "guardian")) if lock else found)}


def _filled(rows: Iterable[RowPlan], name: str) -> list[Any]:
    return [row.values[name] for row in rows if name in row.values]


def plan_students(year: SchoolYear, rows: list[RowPlan], *, lock: bool) -> StudentPlan:
    """Give every row its pupil, its class and its group."""
    register, book = Register(year, rows, lock=lock), ClassBook(year)
    for row in rows:
        if row.is_open and _find_class(row, book):
            row.target = _find_student(row, register)
    _flag_twins(rows)
    for row in rows:
        if row.is_open:
            _compare(row, register)
    settle(rows)
    _number(rows, register)
    return StudentPlan(rows, {"classes": book.created_names()}, book)


def _find_class(row: RowPlan, book: ClassBook) -> bool:
    wanted: ClassName | None = row.values.get("class_name")
    if wanted is None:
        row.refuse("class_name", _heading("class_name"), _("chưa có tên lớp. Nhập tên lớp, ví dụ 6A1."))
    elif reason := book.denial(wanted):
        row.refuse("class_name", _heading("class_name"), reason)
    else:
        row.values["school_class"] = book.find(wanted)
    return row.is_open


# --- who is who ---------------------------------------------------------------------------------
def _find_student(row: RowPlan, register: Register) -> Student | None:
    """By the code of the ministry, then the personal number, then name, birth date and class."""
    moet_id, national_id = row.values.get("moet_id"), row.values.get("national_id")
    by_code = register.by_moet_id.get(moet_id or "")
    by_number = register.by_national_id.get(national_id or "")
    if by_code and by_number and by_code.pk != by_number.pk:
        _refuse(row, "national_id", _("số này đã thuộc %(whom)s."), by_number)
    elif by_number and not by_code and moet_id and by_number.moet_id:
        _refuse(row, "moet_id", _("em này đã có mã định danh khác: %(whom)s."), by_number)
    found = by_code or by_number
    if found is None:
        return _find_by_name(row, register)
    if is_another_person(found, row.values):
        field = "moet_id" if by_code else "national_id"
        _refuse(row, field, _("mã này thuộc %(whom)s; tên và ngày sinh trong tệp đều khác."), found)
    return found


def _find_by_name(row: RowPlan, register: Register) -> Student | None:
    namesakes = register.namesakes(row.values["school_class"], row.values["full_name"])
    possible = [student for student in namesakes if may_be(student, row.values)]
    same_day = [student for student in possible if student.birth_date == row.values.get("birth_date")]
    if len(same_day) == 1 or len(possible) == 1:
        return (same_day or possible)[0]
    if possible:
        row.refuse(
            "full_name", _heading("full_name"), _("lớp có nhiều em cùng tên. Ghi thêm ngày sinh hoặc mã định danh.")
        )
    elif namesakes:
        row.notes.append(_("Trong lớp đã có %(whom)s.") % {"whom": _in_words(namesakes[0])})
    return None


def may_be(student: Student, values: dict[str, Any]) -> bool:
    """Nothing known of both sides speaks against it."""
    return all(
        not getattr(student, name) or name not in values or getattr(student, name) == values[name]
        for name in ("moet_id", "national_id", "birth_date")
    )


def is_another_person(student: Student, values: dict[str, Any]) -> bool:
    """Name and birth date both differ: codes and names have probably slipped against each other."""
    day: date | None = values.get("birth_date")
    is_other_day = bool(day and student.birth_date and day != student.birth_date)
    return is_other_day and names.identity_key(student.full_name) != names.identity_key(values["full_name"])


def _refuse(row: RowPlan, name: str, message: str, student: Student) -> None:
    row.refuse(name, _heading(name), message % {"whom": _in_words(student)})


def _in_words(student: Student) -> str:
    if student.birth_date is None:
        return _("em %(name)s") % {"name": student.full_name}
    return _("em %(name)s, sinh ngày %(day)s") % {"name": student.full_name, "day": f"{student.birth_date:%d/%m/%Y}"}


def _heading(name: str) -> str:
    return STUDENTS.field_named(name).heading


def _flag_twins(rows: list[RowPlan]) -> None:
    for name in ("moet_id", "national_id"):
        flag_duplicates(rows, by_value(name), name, _heading(name), _("“%(value)s” có cả ở %(other)s."))
    message = _("em này có cả ở %(other)s.")
    opened = [row for row in rows if row.is_open]
    flag_duplicates(opened, lambda row: row.target and row.target.pk, "full_name", _heading("full_name"), message)
    newcomers = [row for row in opened if row.is_open and row.target is None]
    # Namesakes born on one day are two pupils when each has a code of their own.
    without_code = {_person(row) for row in newcomers if not row.values.keys() & {"moet_id", "national_id"}}
    doubtful = [row for row in newcomers if _person(row) in without_code]
    flag_duplicates(doubtful, _person, "full_name", _heading("full_name"), message)


def _person(row: RowPlan) -> tuple[str, date | None, str]:
    values = row.values
    return names.identity_key(values["full_name"]), values.get("birth_date"), values["school_class"].sort_key


# --- what changes -------------------------------------------------------------------------------
def _compare(row: RowPlan, register: Register) -> None:
    student, school_class = row.target, row.values["school_class"]
    row.values["needs_place"] = student is None
    if student is None:
        return
    place, reason = _place_of(student, school_class, register)
    if reason:
        row.refuse("class_name", _heading("class_name"), reason)
        return
    row.values["needs_place"] = place is None
    row.changes = changes_of(student, row.values, FIELDS)
    for change in register.fixed(student, row.changes):
        row.refuse(change.field, _heading(change.field), by_petition())
    row.changes += contact_changes(register.contacts.get(student.pk), row.values)
    if place is None:
        row.changes.insert(0, Change(_("lớp"), "", school_class.name))
    row.group = Group.CHANGED if row.changes else Group.UNCHANGED


def _place_of(student: Student, wanted: SchoolClass, register: Register) -> tuple[Enrollment | None, str]:
    """The pupil's place in the class wanted, or the reason why this file cannot give one."""
    for place in register.places.get(student.pk, []):
        is_same = place.school_class_id == wanted.pk
        if is_same and place.left_on is None:
            return place, ""
        if is_same and place.left_on:
            return None, _("em đã rời lớp này từ %(day)s. Nhận lại học sinh không làm bằng tệp này.") % {
                "day": f"{place.left_on:%d/%m/%Y}"
            }
        if place.left_on is None:
            return None, _(
                "em đang học lớp %(name)s. Chuyển lớp không làm bằng tệp này: sửa tên lớp hoặc bỏ dòng này."
            ) % {"name": place.school_class.name}
    return None, ""


# --- numbers of the class list ------------------------------------------------------------------
def _number(rows: list[RowPlan], register: Register) -> None:
    """Newcomers get their numbers: the list's own in a new class, otherwise Vietnamese order after the last."""
    by_class: dict[str, list[RowPlan]] = {}
    for row in rows:
        if row.is_open and row.values.get("needs_place"):
            by_class.setdefault(row.values["school_class"].sort_key, []).append(row)
    for newcomers in by_class.values():
        last = register.last_roll_no.get(newcomers[0].values["school_class"].pk, 0)
        own = [row.values.get("roll_no") for row in newcomers]
        if last or not _is_own_numbering(own):
            for number, row in enumerate(sorted(newcomers, key=_in_order), start=last + 1):
                row.values["roll_no"] = number
    for row in rows:
        row.facts = _facts(row) if row.is_open else ()


def _is_own_numbering(numbers: list[int | None]) -> bool:
    written = [number for number in numbers if number is not None]
    return len(set(written)) == len(numbers) and max(written) <= len(numbers) + _GAPS


def _in_order(row: RowPlan) -> tuple[Any, ...]:
    return names.sort_key(row.values["full_name"]), row.values.get("birth_date") or date.min, row.number


def _facts(row: RowPlan) -> tuple[str, ...]:
    """What the preview shows of a newcomer."""
    values, day = row.values, row.values.get("birth_date")
    sex = Student.Sex(values["sex"]).label if "sex" in values else ""
    number = str(values.get("roll_no") or "")
    codes = values.get("moet_id") or values.get("national_id") or ""
    return (f"{values['school_class'].name}", number, f"{day:%d/%m/%Y}" if day else "", str(sex), codes)
