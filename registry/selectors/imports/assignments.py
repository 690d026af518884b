"""Who teaches what and keeps which class, from a file: teachers, classes, subjects and the decision found (A9, A3)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Decision, StaffProfile, User
from registry.importing.cells import ClassName
from registry.importing.fields import ASSIGNMENTS
from registry.models import (
    ClassSubject,
    CurriculumItem,
    HomeroomAssignment,
    SchoolClass,
    SchoolYear,
    TeachingAssignment,
)
from registry.selectors.imports.classes import ClassBook
from registry.selectors.imports.plans import Ending, Group, Options, Plan, RowPlan, settle
from schoolops.lib import names

_DECISION = ("decision_number", "decision_date", "decision_signer")


@dataclass
class AssignmentPlan(Plan):
    """New assignments, unsaved; each knows its teacher, its class or class-subject, and its decision."""

    book: ClassBook
    new_decisions: list[Decision]
    teaching: list[TeachingAssignment]
    homeroom: list[HomeroomAssignment]
    ended: list[Ending]
    # Not named any more either, but they only begin on that day or later: they have no day before to end on.
    later: list[Ending]

    @property
    def endings(self) -> list[Ending]:
        return self.ended

    @property
    def does_something(self) -> bool:
        return super().does_something or bool(self.ended)


class _Teachers:
    """Staff at work, by code and by name."""

    def __init__(self) -> None:
        self.by_code: dict[str, User] = {}
        self._by_name: dict[str, list[User]] = {}
        working = StaffProfile.objects.filter(left_on=None, user__is_active=True).select_related("user")
        for profile in working.order_by("pk"):
            self.by_code[profile.staff_code.casefold()] = profile.user
            self._by_name.setdefault(names.identity_key(profile.user.full_name), []).append(profile.user)

    def named(self, full_name: str) -> list[User]:
        return self._by_name.get(names.identity_key(full_name), [])


class _Decisions:
    """Decisions by number and day of signing; unsaved ones are new."""

    def __init__(self, options: Options) -> None:
        self._known = {(item.number.casefold(), item.issued_on): item for item in Decision.objects.all()}
        self.new: list[Decision] = []
        self.chosen = next((item for item in self._known.values() if item.pk == options.decision), None)
        if self.chosen is None and options.decision_number and options.decision_date:
            self.chosen = self.find(options.decision_number, options.decision_date, options.decision_signer)

    def find(self, number: str, issued_on: date, signer: str) -> Decision:
        key = (number.casefold(), issued_on)
        if key not in self._known:
            self._known[key] = Decision(number=number, issued_on=issued_on, signer=signer)
            self.new.append(self._known[key])
        return self._known[key]


Held = TeachingAssignment | HomeroomAssignment


class _InForce:
    """Assignments of the year that have not ended before the day from which the new ones hold; `kept` are those named again."""

    def __init__(self, year: SchoolYear, options: Options) -> None:
        lasting = Q(valid_until__isnull=True) | Q(valid_until__gte=options.valid_from)
        teaching = TeachingAssignment.objects.filter(lasting, class_subject__school_class__school_year=year)
        homeroom = HomeroomAssignment.objects.filter(lasting, school_class__school_year=year)
        named = teaching.select_related(
            "teacher", "decision", "class_subject__school_class", "class_subject__item__subject"
        )
        self._options = options
        self._teaching = list(named.order_by("class_subject__school_class__sort_key", "pk"))
        self._homeroom = list(
            homeroom.select_related("teacher", "decision", "school_class").order_by("school_class__sort_key", "pk")
        )
        self.teaching: dict[int, list[Held]] = {}
        for item in self._teaching:
            self.teaching.setdefault(item.class_subject_id, []).append(item)
        self.keeping: dict[int, list[Held]] = {}
        for kept in self._homeroom:
            self.keeping.setdefault(kept.school_class_id, []).append(kept)
        self.kept: set[tuple[str, int, int]] = set()

    def staying(self, held: list[Held]) -> list[Held]:
        """Those that loading would not end: all of them, or with a whole annex those that begin on its day or later."""
        return [item for item in held if not self._options.replaces or item.valid_from >= self._options.valid_from]

    def gone(self) -> list[Ending]:
        """What the annex no longer names, when it stands for the whole year."""
        if not self._options.replaces:
            return []
        last_day = self._options.valid_from - timedelta(days=1)
        return [
            *(
                Ending(item, str(item.class_subject), last_day)
                for item in self._teaching
                if ("teaching", item.teacher_id, item.class_subject_id) not in self.kept
            ),
            *(
                Ending(kept, _("Chủ nhiệm lớp %(class)s") % {"class": kept.school_class.name}, last_day)
                for kept in self._homeroom
                if ("homeroom", kept.teacher_id, kept.school_class_id) not in self.kept
            ),
        ]


@dataclass
class _Desk:
    """Everything that a row is compared with, and what the rows before it have brought."""

    options: Options
    teachers: _Teachers
    decisions: _Decisions
    in_force: _InForce
    book: ClassBook
    taken: dict[tuple[str, Any], RowPlan]
    teaching: list[TeachingAssignment]
    homeroom: list[HomeroomAssignment]


def plan_assignments(year: SchoolYear, rows: list[RowPlan], options: Options) -> AssignmentPlan:
    """Give every row its teacher, classes, subject and decision, and its group."""
    book = ClassBook(year)
    book.load_class_subjects()
    in_force = _InForce(year, options)
    desk = _Desk(options, _Teachers(), _Decisions(options), in_force, book, {}, [], [])
    for row in rows:
        if row.is_open:
            row.target = _find_teacher(row, desk.teachers)
            row.values["decision"] = _find_decision(row, desk.decisions)
        if row.is_open:
            _assign(row, desk)
    settle(rows)
    created = {
        "classes": book.created_names(),
        "decisions": [f"{item.number} ({item.issued_on:%d/%m/%Y})" for item in desk.decisions.new],
    }
    gone = in_force.gone()
    ended = [ending for ending in gone if ending.assignment.valid_from <= ending.last_day]
    later = [ending for ending in gone if ending.assignment.valid_from > ending.last_day]
    return AssignmentPlan(rows, created, book, desk.decisions.new, desk.teaching, desk.homeroom, ended, later)


# --- what a row names ---------------------------------------------------------------------------
def _find_teacher(row: RowPlan, teachers: _Teachers) -> User | None:
    code, full_name = row.values.get("staff_code"), row.values.get("full_name", "")
    named = teachers.named(full_name) if full_name else []
    if code:
        teacher = teachers.by_code.get(code.casefold())
        if teacher is None:
            _refuse(row, "staff_code", _("chưa có cán bộ nào mang mã này. Nhập danh sách cán bộ trước."))
        elif full_name and teacher not in named:
            _refuse(row, "staff_code", _("mã này là của %(whom)s.") % {"whom": teacher.full_name})
        return teacher
    if len(named) == 1:
        return named[0]
    if named:
        _refuse(row, "staff_code", _("có %(n)s người cùng tên. Ghi thêm mã cán bộ.") % {"n": len(named)})
    else:
        _refuse(
            row, "full_name", _("chưa có giáo viên nào mang tên này. Nhập danh sách cán bộ trước, hoặc ghi mã cán bộ.")
        )
    return None


def _find_decision(row: RowPlan, decisions: _Decisions) -> Decision | None:
    """The row's own decision when its three cells are filled, otherwise the one chosen for the file."""
    written = [row.values.get(name) for name in _DECISION]
    if not any(written):
        if decisions.chosen is None:
            _refuse(row, "decision_number", _("chưa có quyết định phân công. Chọn một quyết định chung ở đầu trang."))
        return decisions.chosen
    if not all(written):
        missing = next(name for name, value in zip(_DECISION, written, strict=True) if not value)
        _refuse(row, missing, _("quyết định cần đủ số, ngày ký và người ký."))
        return None
    number, issued_on, signer = (row.values[name] for name in _DECISION)
    decision = decisions.find(number, issued_on, signer)
    if names.identity_key(decision.signer) != names.identity_key(signer):
        _refuse(row, "decision_signer", _("quyết định này do %(whom)s ký.") % {"whom": decision.signer})
    return decision


def _find_classes(row: RowPlan, wanted: tuple[ClassName, ...], name: str, book: ClassBook) -> list[SchoolClass]:
    for one in wanted:
        if reason := book.denial(one):
            _refuse(row, name, reason)
            return []
    return list({found.sort_key: found for found in map(book.find, wanted)}.values())


def _find_item(row: RowPlan, text: str, school_class: SchoolClass, book: ClassBook) -> CurriculumItem | None:
    """The subject of this name, short name or code in the curriculum of the class's grade."""
    key = _subject_key(text)
    found = [
        item
        for item in book.curriculum(school_class.grade)
        if key in {_subject_key(name) for name in (item.subject.name, item.subject.short_name, item.subject.code)}
    ]
    if len(found) == 1:
        return found[0]
    message = _("“%(subject)s” chưa có trong chương trình khối %(grade)s.")
    if found:
        message = _("có nhiều môn tên “%(subject)s” trong chương trình khối %(grade)s. Ghi mã môn.")
    _refuse(row, "subject", message % {"subject": text, "grade": school_class.grade})
    return None


def _subject_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", names.fold(text))


def _refuse(row: RowPlan, name: str, message: str) -> None:
    row.refuse(name, ASSIGNMENTS.field_named(name).heading, message)


# --- what a row does ----------------------------------------------------------------------------
def _assign(row: RowPlan, desk: _Desk) -> None:
    classes = _find_classes(row, row.values.get("classes", ()), "classes", desk.book)
    homeroom, subject = row.values.get("homeroom"), row.values.get("subject", "")
    kept: list[SchoolClass] = []
    if homeroom is not None:
        kept = _find_classes(row, homeroom.classes, "homeroom", desk.book) if homeroom.classes else classes
        if len(kept) != 1 and row.is_open:
            _refuse(row, "homeroom", _("một dòng ghi chủ nhiệm của đúng một lớp."))
    if row.is_open and not subject and homeroom is None:
        _refuse(row, "subject", _("dòng này chưa có môn và cũng không ghi chủ nhiệm."))
    if row.is_open and subject and not classes:
        _refuse(row, "classes", _("chưa có tên lớp. Nhập tên lớp, ví dụ 6A1."))
    if not row.is_open:
        return
    news = [_teach(row, school_class, subject, desk) for school_class in classes if subject]
    news += [_keep(row, school_class, desk) for school_class in kept]
    row.group = Group.NEW if any(news) else Group.UNCHANGED
    row.facts = _facts(row, classes if subject else [], subject, kept)


def _teach(row: RowPlan, school_class: SchoolClass, subject: str, desk: _Desk) -> bool:
    """Plan the lessons in this class; False when the teacher has them already, or something is in the way."""
    item = _find_item(row, subject, school_class, desk.book)
    if item is None:
        return False
    taught: ClassSubject = desk.book.subject_of(school_class, item)
    key = (f"{row.target.pk}", (school_class.sort_key, item.pk))
    if _is_twin(row, key, "subject", desk):
        return False
    held = desk.in_force.teaching.get(taught.pk, []) if taught.pk else []
    if any(item.teacher == row.target for item in held):
        desk.in_force.kept.add(("teaching", row.target.pk, taught.pk))
        return False
    if others := [item.teacher for item in desk.in_force.staying(held)]:
        row.notes.append(
            _("%(what)s lớp %(class)s đang do %(whom)s dạy; sẽ cùng dạy.")
            % {"what": item.subject.name, "class": school_class.name, "whom": ", ".join(map(str, others))}
        )
    desk.teaching.append(TeachingAssignment(class_subject=taught, **_terms(row, desk)))
    return True


def _keep(row: RowPlan, school_class: SchoolClass, desk: _Desk) -> bool:
    """Plan homeroom duty; a class has one homeroom teacher at a time."""
    if _is_twin(row, ("homeroom", school_class.sort_key), "homeroom", desk):
        return False
    held = desk.in_force.keeping.get(school_class.pk, []) if school_class.pk else []
    if any(item.teacher == row.target for item in held):
        desk.in_force.kept.add(("homeroom", row.target.pk, school_class.pk))
        return False
    if others := [item.teacher for item in desk.in_force.staying(held)]:
        _refuse(
            row,
            "homeroom",
            _("lớp %(class)s đang do %(whom)s chủ nhiệm. Ghi ngày kết thúc phân công cũ trước.")
            % {"class": school_class.name, "whom": others[0]},
        )
        return False
    desk.homeroom.append(HomeroomAssignment(school_class=school_class, **_terms(row, desk)))
    return True


def _terms(row: RowPlan, desk: _Desk) -> dict[str, Any]:
    return {"teacher": row.target, "decision": row.values["decision"], "valid_from": desk.options.valid_from}


def _is_twin(row: RowPlan, key: tuple[str, Any], name: str, desk: _Desk) -> bool:
    """The same duty twice in one file is a problem of both rows."""
    first = desk.taken.setdefault(key, row)
    if first is row:
        return False
    message = _("phân công này có cả ở %(other)s.")
    _refuse(row, name, message % {"other": first.place})
    _refuse(first, name, message % {"other": row.place})
    return True


def _facts(row: RowPlan, classes: list[SchoolClass], subject: str, kept: list[SchoolClass]) -> tuple[str, ...]:
    taught = ", ".join(item.name for item in classes)
    decision: Decision = row.values["decision"]
    return (
        str(row.target),
        subject,
        taught,
        ", ".join(item.name for item in kept),
        f"{decision.number} ({decision.issued_on:%d/%m/%Y})",
    )
