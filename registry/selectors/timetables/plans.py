"""What the file of a timetable would become: lessons, what stands in the way of single cells, what should be looked at."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import StaffProfile, User
from registry.importing.timetable_files import CellText, Line, Table, activity_of, cell_name, squeeze_cell, take_apart
from registry.models import (
    ClassSubject,
    HomeroomAssignment,
    SchoolClass,
    TeachingAssignment,
    Timetable,
    TimetableEntry,
)
from registry.selectors.timetables import checks
from registry.selectors.timetables.matching import SubjectBook, TeacherBook
from registry.timetabling import Slot

_SHOWN_NAMES = 4


@dataclass(frozen=True)
class Problem:
    """One cell, row or column that is left out. `key` names the cell to be mended, "" where only the file can be."""

    place: str
    text: str
    message: str
    key: str = ""
    suggestion: str = ""


@dataclass(frozen=True)
class Mended:
    """A cell that was changed in the preview."""

    place: str
    key: str
    old: str
    new: str


@dataclass(frozen=True)
class Place:
    """A cell of the file: of which table, in which row and column."""

    table: int
    sheet: str
    row: int
    column: int
    heading: str

    @property
    def key(self) -> str:
        return f"{self.table}-{self.row}-{self.column}"

    @property
    def words(self) -> str:
        values = {"cell": cell_name(self.column, self.row), "row": self.row, "column": self.heading}
        return _on_sheet(self.sheet, _("ô %(cell)s (dòng %(row)s, cột %(column)s)") % values)


class CellRefused(ValueError):
    """Why a cell gives no lesson, and what would probably mend it."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


@dataclass
class TimetablePlan:
    """Everything that saving the file now would write, and why the rest is left out."""

    lessons: list[TimetableEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mended: list[Mended] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def suggestions(self) -> int:
        """Cells for which there is one likely answer."""
        return sum(bool(problem.suggestion) for problem in self.problems)

    @property
    def fingerprint(self) -> str:
        """Changes with anything that would be written or left out."""
        written = [
            [
                *(*lesson.slot, lesson.school_class_id, lesson.class_subject_id, lesson.activity),
                *(lesson.teacher_id, lesson.room, lesson.is_joint),
            ]
            for lesson in self.lessons
        ]
        left_out = [[problem.place, problem.message] for problem in self.problems]
        return hashlib.sha256(json.dumps([written, left_out], ensure_ascii=False).encode()).hexdigest()


def build_plan(timetable: Timetable) -> TimetablePlan:
    """The cells as mended, compared with the classes, subjects, staff and assignments of this moment. Five queries."""
    return _Builder(timetable).build()


class _Builder:
    """Walks through the cells of one file."""

    def __init__(self, timetable: Timetable) -> None:
        year, day = timetable.school_year_id, timetable.applies_from
        self.timetable, self.plan = timetable, TimetablePlan()
        self.tables = [Table.of_json(stored) for stored in timetable.reading["tables"]]
        self.classes = {item.name.casefold(): item for item in SchoolClass.objects.filter(school_year=year)}
        subjects = ClassSubject.objects.filter(school_class__school_year=year)
        self.class_subjects = list(subjects.select_related("item__subject", "school_class"))
        self.subjects = SubjectBook(self.class_subjects)
        here = Q(left_on__isnull=True) | Q(left_on__gt=day)
        self.teachers = TeacherBook(
            list(StaffProfile.objects.filter(here, user__is_active=True).select_related("user").order_by("staff_code"))
        )
        assigned = TeachingAssignment.objects.in_force(day).filter(class_subject__school_class__school_year=year)
        self.assigned: dict[int, dict[int, User]] = defaultdict(dict)
        for found in assigned.select_related("teacher").order_by("pk"):
            self.assigned[found.class_subject_id][found.teacher_id] = found.teacher
        keeping = HomeroomAssignment.objects.in_force(day).filter(school_class__school_year=year)
        self.keepers = {
            kept.school_class_id: kept.teacher
            for kept in keeping.select_related("teacher").order_by("-valid_from", "pk")
        }
        self.places: dict[int, Place] = {}
        self.texts: dict[int, str] = {}

    def build(self) -> TimetablePlan:
        for number, table in enumerate(self.tables):
            columns = self._columns(table)
            for line in table.lines:
                self._take_line(number, table, line, columns)
        self._refuse_clashes()
        named = {name.casefold() for table in self.tables for name in table.columns.values()}
        missing = [item for name, item in self.classes.items() if name not in named]
        where = {number: place.words for number, place in self.places.items()}
        self.plan.warnings += [
            *checks.missing_classes(missing),
            *checks.strange_teachers(self.plan.lessons, self.assigned, where),
            *checks.weekly_counts(self.plan.lessons, self.class_subjects),
        ]
        return self.plan

    # --- columns, rows, cells -------------------------------------------------------------------
    def _columns(self, table: Table) -> dict[int, SchoolClass]:
        """The columns that are classes of the year; a class that the year does not have is said once, not per cell."""
        known = {}
        for place, name in table.columns.items():
            if found := self.classes.get(name.casefold()):
                known[place] = found
                continue
            count = sum(place in line.cells for line in table.lines)
            self._add_problem(
                _on_sheet(table.sheet, _("cột %(column)s") % {"column": name}),
                name,
                _("Năm học %(year)s chưa có lớp này; %(n)s tiết của cột chưa đọc.")
                % {"year": self.timetable.school_year.code, "n": count},
            )
        return known

    def _take_line(self, number: int, table: Table, line: Line, columns: dict[int, SchoolClass]) -> None:
        if not line.weekday or not line.period:
            if line.cells:
                what = _("thứ") if not line.weekday else _("tiết")
                self._add_problem(
                    _on_sheet(table.sheet, _("dòng %(row)s") % {"row": line.row}),
                    "",
                    _("Chưa đọc được %(what)s của dòng này. Ghi thứ từ Hai đến Bảy và tiết từ 1 đến 5 của mỗi buổi.")
                    % {"what": what},
                )
            return
        slot = Slot(line.weekday, line.session, line.period)
        for column, text in line.cells.items():
            if column in columns:
                place = Place(number, table.sheet, line.row, column, table.columns[column])
                self._take_cell(place, self._as_mended(place, text), slot, columns[column])

    def _as_mended(self, place: Place, text: str) -> str:
        new = squeeze_cell(self.timetable.edits.get(place.key, text))
        if new != text:
            self.plan.mended.append(Mended(_sentence(place.words), place.key, text, new))
        return new

    def _take_cell(self, place: Place, text: str, slot: Slot, school_class: SchoolClass) -> None:
        """Add the lesson of this cell, or say why there is none; a cell that was emptied in the preview is left out."""
        if not text:
            return
        try:
            lesson = self._lesson(take_apart(text), school_class)
        except CellRefused as refused:
            self._add_problem(place.words, text, refused.message, place.key, refused.suggestion)
            return
        lesson.weekday, lesson.session, lesson.period = slot
        self.plan.lessons.append(lesson)
        self.places[id(lesson)], self.texts[id(lesson)] = place, text

    def _lesson(self, cell: CellText, school_class: SchoolClass) -> TimetableEntry:
        """Raises CellRefused: unknown subject, unknown or ambiguous teacher."""
        made = TimetableEntry(
            timetable=self.timetable, school_class=school_class, room=cell.room, is_joint=cell.is_joint
        )
        for what, who in cell.readings:
            if activity := activity_of(what):
                made.activity = activity
                made.teacher = self._teacher(who, {}, what) if who else self._keeper(activity, school_class)
                return made
            if subject := self.subjects.find(what, school_class.pk):
                made.class_subject = subject
                made.teacher = self._teacher(who, self.assigned[subject.pk], what)
                return made
        raise self._unknown_subject(cell.readings[0], school_class)

    def _keeper(self, activity: str, school_class: SchoolClass) -> User | None:
        """At the flag ceremony and the class meeting a class is with its homeroom teacher."""
        return self.keepers.get(school_class.pk) if activity in checks.COUNTED_AS_EXPERIENCE else None

    def _unknown_subject(self, reading: tuple[str, str], school_class: SchoolClass) -> CellRefused:
        what, who = reading
        values = {"what": what, "class": school_class.name}
        if self.subjects.taught_elsewhere(what):
            return CellRefused(_("Lớp %(class)s không học môn “%(what)s” theo chương trình năm học.") % values)
        if like := self.subjects.like(what, school_class.pk):
            message = _("Không có môn “%(what)s”. Có thể là “%(like)s”.") % {**values, "like": like}
            return CellRefused(message, f"{like} - {who}" if who else like)
        return CellRefused(_("Không có môn hay hoạt động “%(what)s”. Ghi mã môn hoặc tên môn của trường.") % values)

    def _teacher(self, who: str, assigned: dict[int, User], what: str) -> User:
        """Whom the cell names; without a name whoever is assigned, when it is one person."""
        found = self.teachers.find(who, assigned) if who else list(assigned.values())
        if len(found) == 1:
            return found[0]
        if not who:
            raise _nobody_named(found, what)
        codes = self.teachers.codes
        likely = next(iter(assigned.values())) if len(assigned) == 1 else None
        suggestion = f"{what} - {codes[likely.pk]}" if likely and likely.pk in codes else ""
        if found:
            shown = ", ".join(f"{user.full_name} ({codes[user.pk]})" for user in found[:_SHOWN_NAMES])
            values = {"who": who, "n": len(found), "shown": shown}
            raise CellRefused(_("“%(who)s” có thể là %(n)s người: %(shown)s. Ghi mã cán bộ.") % values, suggestion)
        message = _("Không có giáo viên “%(who)s”.") % {"who": who}
        if likely:
            message += " " + _("Phân công hiện nay: %(name)s.") % {"name": likely.full_name}
        raise CellRefused(message, suggestion)

    def _add_problem(self, place: str, text: str, message: str, key: str = "", suggestion: str = "") -> None:
        self.plan.problems.append(Problem(_sentence(place), text, message, key, suggestion))

    # --- two at once ----------------------------------------------------------------------------
    def _refuse_clashes(self) -> None:
        """A class has one lesson in a period, a teacher one place: those that clash are all left out, none is guessed."""
        out: dict[int, str] = {}
        for same in _together(self.plan.lessons, "school_class_id"):
            if len(same) > 1:
                where = ", ".join(self.places[id(lesson)].words for lesson in same)
                message = _("Lớp có hai tiết trong cùng giờ: %(where)s.") % {"where": where}
                out |= {id(lesson): message for lesson in same}
        left = [lesson for lesson in self.plan.lessons if lesson.teacher_id and id(lesson) not in out]
        for same in _together(left, "teacher_id"):
            out |= self._settle(same)
        for lesson in self.plan.lessons:
            if message := out.get(id(lesson), ""):
                place = self.places[id(lesson)]
                self._add_problem(place.words, self.texts[id(lesson)], message, place.key)
        self.plan.lessons = [lesson for lesson in self.plan.lessons if id(lesson) not in out]

    def _settle(self, same: list[TimetableEntry]) -> dict[int, str]:
        """Lessons of one teacher in one period: one alone, a joint lesson that says so, or a clash with its words."""
        is_joint = len(same) > 1 and len({lesson.title for lesson in same}) == 1 and all(x.is_joint for x in same)
        for number, lesson in enumerate(same):
            lesson.is_joint = is_joint and number > 0
        if len(same) == 1 or is_joint:
            return {}
        teacher = same[0].teacher
        where = ", ".join(f"{lesson.school_class} ({self.places[id(lesson)].words})" for lesson in same)
        message = _(
            "%(who)s có %(n)s lớp trong cùng giờ: %(where)s. Nếu là tiết học ghép, ghi thêm (ghép) ở cuối mỗi ô."
        ) % {"who": teacher.full_name if teacher else "", "n": len(same), "where": where}
        return {id(lesson): message for lesson in same}


def _on_sheet(sheet: str, place: str) -> str:
    """The place with its sheet, where the file has names for its sheets."""
    return _("trang tính %(sheet)s, %(place)s") % {"sheet": sheet, "place": place} if sheet else place


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _together(lessons: Iterable[TimetableEntry], key: str) -> Iterator[list[TimetableEntry]]:
    """The lessons of one class, or of one teacher, in one period."""
    found: dict[tuple[int, Slot], list[TimetableEntry]] = defaultdict(list)
    for lesson in lessons:
        found[getattr(lesson, key), lesson.slot].append(lesson)
    yield from found.values()


def _nobody_named(assigned: list[User], what: str) -> CellRefused:
    if assigned:
        shown = ", ".join(user.full_name for user in assigned)
        return CellRefused(_("Ô chưa ghi giáo viên, mà môn này phân công cho %(shown)s.") % {"shown": shown})
    return CellRefused(
        _("Ô chưa ghi giáo viên và môn này chưa phân công cho ai. Ghi như “%(what)s - Hoa”.") % {"what": what}
    )


def notes_in_words(timetable: Timetable) -> Iterator[str]:
    """What the reader noticed in the file."""
    for note in timetable.reading.get("notes", []):
        text = _note_in_words(note)
        sheet = _("Trang tính %(sheet)s: ") % {"sheet": note["sheet"]} if note["sheet"] else ""
        yield f"{sheet}{text}" if sheet else _sentence(text)


def _note_in_words(note: dict[str, Any]) -> str:
    values = {
        "n": note["count"],
        "rows": ", ".join(map(str, note["rows"])),
        "words": ", ".join(f"“{word}”" for word in note["words"]),
    }
    if note["kind"] == "tcvn3":
        return _("đã đổi %(n)s ô từ phông chữ cũ (TCVN3) sang Unicode.") % values
    if note["kind"] == "hidden_sheet":
        return _("trang tính này bị ẩn nên không đọc.")
    if note["kind"] == "spread":
        return _("%(n)s dòng chỉ ghi ở lớp đầu tiên được hiểu là ô gộp cho mọi lớp.") % values
    if note["kind"] == "odd_columns":
        return _("%(n)s cột không phải tên lớp nên không đọc: %(words)s.") % values
    return _("%(n)s dòng không ghi tiết nên không đọc: dòng %(rows)s.") % values
