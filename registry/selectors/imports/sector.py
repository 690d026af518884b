"""A list of the sector's database beside the register: only here, only there, and what differs, pupil by pupil (R8).

Nothing is guessed: a code decides, then the personal number, then name, birth date and class together; whatever is less
than that is asked. Each difference has a token of what stood on both sides, so that a choice made on one picture is refused
when the picture has changed.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from registry.importing.cells import ClassName
from registry.models import Enrollment, ImportBatch, SchoolClass, Student
from registry.selectors.imports.people import changes_of, in_words
from registry.selectors.imports.plans import RowPlan
from registry.selectors.imports.preview import rows_of
from registry.selectors.imports.students import FIELDS, Register, by_petition, is_another_person, may_be
from schoolops.lib import names

# Empty there and known here is worth telling of these alone.
_TOLD_WHEN_EMPTY = ("moet_id", "national_id", "birth_date", "sex", "ethnicity")
_LEFT = ("chuyen di", "thoi hoc", "bo hoc", "da ra truong", "tot nghiep", "da tot nghiep")
NEW = "new"


@dataclass(frozen=True)
class Difference:
    """One value on both sides; without a token it is mended elsewhere, and `how` says where."""

    field: str
    label: str
    here: str
    there: str
    value: Any = None
    token: str = ""
    how: str = ""

    @property
    def fills_a_gap(self) -> bool:
        return bool(self.token) and not self.here


@dataclass
class Pair:
    """A pupil who stands on both sides, with what differs."""

    row: RowPlan
    student: Student
    place: Enrollment | None
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Newcomer:
    """A pupil who stands only there. Without a token the pupil cannot be taken in from here, and `how` says why."""

    row: RowPlan
    school_class: SchoolClass | None
    token: str = ""
    how: str = ""


@dataclass(frozen=True)
class Question:
    """A row that may be one of these pupils, or somebody else."""

    row: RowPlan
    why: str
    candidates: tuple[tuple[Student, str], ...]


@dataclass
class Comparison:
    """The whole picture."""

    pairs: list[Pair] = field(default_factory=list)
    newcomers: list[Newcomer] = field(default_factory=list)
    only_here: list[Enrollment] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unread: list[RowPlan] = field(default_factory=list)
    # Who left is in the sector's list and not in ours: both sides agree.
    gone: int = 0
    # Classes of the school of which the file says nothing: who sits there is not missed.
    uncovered: list[str] = field(default_factory=list)
    last_roll_no: dict[int, int] = field(default_factory=dict)

    @property
    def differing(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.differences]

    @property
    def same(self) -> int:
        return len(self.pairs) - len(self.differing) + self.gone

    @property
    def tokens(self) -> set[str]:
        """Everything that can be chosen on this picture."""
        taken = {found.token for pair in self.pairs for found in pair.differences}
        return (taken | {found.token for found in self.newcomers}) - {""}


class _Matching:
    """The pupils of a year, and how a row finds its own."""

    def __init__(self, batch: ImportBatch, rows: list[RowPlan], *, lock: bool) -> None:
        self.register = Register(batch.school_year, rows, lock=lock)
        self.answers: dict[str, str] = batch.edits.get("who", {})
        found = SchoolClass.objects.filter(school_year=batch.school_year)
        self.classes = {item.sort_key: item for item in found}
        self.by_name: dict[str, list[Student]] = {}
        for pk in self.register.places:
            student = self.register.students[pk]
            self.by_name.setdefault(names.identity_key(student.full_name), []).append(student)

    def school_class(self, row: RowPlan) -> SchoolClass | None:
        """The class of the row in this school: by its name, or by what the sector calls its code."""
        wanted: Iterable[ClassName] = filter(None, (row.values.get("class_name"), row.values.get("class_code")))
        keys = (names.class_sort_key(found.name) for found in wanted)
        return next((self.classes[key] for key in keys if key in self.classes), None)

    def place(self, student: Student) -> Enrollment | None:
        places = self.register.places.get(student.pk, [])
        return next((place for place in places if place.left_on is None), places[-1] if places else None)

    def find(self, row: RowPlan) -> Student | Question | None:
        """The pupil of the row, what has to be asked, or None: nobody here."""
        found = self._by_codes(row) or self._by_name(row)
        if not isinstance(found, Question):
            return found
        answer = self.answers.get(str(row.number))
        if answer == NEW:
            return None
        return next((student for student, _about in found.candidates if str(student.pk) == answer), found)

    def _by_codes(self, row: RowPlan) -> Student | Question | None:
        by_code = self.register.by_moet_id.get(row.values.get("moet_id", ""))
        by_number = self.register.by_national_id.get(row.values.get("national_id", ""))
        if by_code and by_number and by_code.pk != by_number.pk:
            return self._ask(row, _("mã học sinh và số định danh cá nhân chỉ hai em khác nhau"), [by_code, by_number])
        found = by_code or by_number
        if found and is_another_person(found, row.values):
            return self._ask(row, _("mã giống nhau nhưng họ tên và ngày sinh đều khác"), [found])
        return found

    def _by_name(self, row: RowPlan) -> Student | Question | None:
        namesakes = self.by_name.get(names.identity_key(row.values["full_name"]), [])
        day, school_class = row.values.get("birth_date"), self.school_class(row)
        here = [student for student in namesakes if school_class and self._sits_in(student, school_class)]
        possible = [student for student in namesakes if may_be(student, row.values)]
        certain = [student for student in possible if day and student.birth_date == day and student in here]
        if len(certain) == 1 and not [other for other in possible if other.birth_date == day and other not in certain]:
            return certain[0]
        if len(possible) > 1:
            return self._ask(row, _("nhiều em cùng tên, chưa đủ căn cứ để chọn"), possible)
        if doubtful := possible or here:
            return self._ask(row, _("cùng tên nhưng ngày sinh, lớp hoặc mã chưa khớp"), doubtful)
        return None

    def _sits_in(self, student: Student, school_class: SchoolClass) -> bool:
        return any(place.school_class_id == school_class.pk for place in self.register.places.get(student.pk, []))

    def _ask(self, row: RowPlan, why: str, students: list[Student]) -> Question:
        """The question, with those of the row's own class first."""
        school_class = self.school_class(row)
        ordered = sorted(students, key=lambda item: (not (school_class and self._sits_in(item, school_class)), item.pk))
        return Question(row, why, tuple((student, self._about(student)) for student in ordered))

    def _about(self, student: Student) -> str:
        """Class and birth date, enough to tell namesakes apart."""
        place = self.place(student)
        day = f"{student.birth_date:%d/%m/%Y}" if student.birth_date else _("chưa có ngày sinh")
        return f"{place.school_class.name}, {day}" if place else day


def compare(batch: ImportBatch, *, lock: bool = False) -> Comparison:
    """The list beside the register of this moment; with `lock` the pupils that it may change stay as they are."""
    rows = rows_of(batch)
    matching, picture = _Matching(batch, rows, lock=lock), Comparison()
    for row, found in _who_is_who(rows, matching, picture):
        if isinstance(found, Question):
            picture.questions.append(found)
        elif found is None:
            _take_newcomer(row, matching, picture)
        else:
            picture.pairs.append(_pair(row, found, matching))
    covered = {named.pk for row in rows if (named := matching.school_class(row))}
    picture.only_here = _only_here(matching, picture, covered)
    picture.uncovered = [
        named.name for _key, named in sorted(matching.classes.items()) if covered and named.pk not in covered
    ]
    picture.last_roll_no = matching.register.last_roll_no
    return picture


def _who_is_who(
    rows: list[RowPlan], matching: _Matching, picture: Comparison
) -> Iterator[tuple[RowPlan, Student | Question | None]]:
    """Each readable row with its pupil; rows without a name, and two rows of one pupil, are set aside."""
    found = []
    for row in rows:
        if "full_name" in row.values:
            found.append((row, matching.find(row)))
        else:
            picture.unread.append(row)
    pupils = Counter(student.pk for _row, student in found if isinstance(student, Student))
    for row, student in found:
        if isinstance(student, Student) and pupils[student.pk] > 1:
            row.refuse("full_name", _("Họ tên"), _("em này có ở nhiều dòng của tệp. Giữ một dòng rồi tải lại."))
            picture.unread.append(row)
        else:
            yield row, student


def _take_newcomer(row: RowPlan, matching: _Matching, picture: Comparison) -> None:
    if _has_left(row):
        picture.gone += 1
        return
    school_class = matching.school_class(row)
    how = "" if school_class else _("Lớp của em chưa có ở trường trong năm học này.")
    token = "" if how else _token(row, NEW, "", *(str(row.values.get(name, "")) for name in FIELDS))
    picture.newcomers.append(Newcomer(row, school_class, token, how))


def _has_left(row: RowPlan) -> bool:
    return names.fold(row.values.get("status", "")).startswith(_LEFT)


def _pair(row: RowPlan, student: Student, matching: _Matching) -> Pair:
    place = matching.place(student)
    pair = Pair(row, student, place)
    changes = changes_of(student, row.values, FIELDS)
    fixed = matching.register.fixed(student, changes)
    pair.differences = [
        Difference(
            change.field,
            change.label,
            change.old,
            change.new,
            change.value,
            "" if change in fixed else _token(row, change.field, str(student.pk), change.old, change.new),
            by_petition() if change in fixed else "",
        )
        for change in changes
    ]
    pair.differences += [*_empty_there(row, student), *_unreadable(row), *_elsewhere(row, place, matching)]
    return pair


def _token(row: RowPlan, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]
    return f"{row.number}-{parts[0]}-{digest}"


def _empty_there(row: RowPlan, student: Student) -> Iterator[Difference]:
    """Known here, and the sector has the column but not the value: mended there, by the pupil list that we send."""
    for name in _TOLD_WHEN_EMPTY:
        value = getattr(student, name)
        if value and name in row.headings and not row.cells.get(name, "").strip(" -–—."):
            known: Any = Student._meta.get_field(name)
            label, how = str(known.verbose_name), _("Bổ sung trên cơ sở dữ liệu ngành.")
            yield Difference(name, label, in_words(known, value), "", how=how)


def _unreadable(row: RowPlan) -> Iterator[Difference]:
    for problem in row.problems:
        if problem.field in FIELDS:
            yield Difference(problem.field, problem.heading, "", problem.value, how=problem.message)


def _elsewhere(row: RowPlan, place: Enrollment | None, matching: _Matching) -> Iterator[Difference]:
    """Class and state follow from movements with their papers, never from a file."""
    how = _("Ghi bằng biến động ở hồ sơ của em, hoặc sửa trên cơ sở dữ liệu ngành.")
    wanted = row.values.get("class_name") or row.values.get("class_code")
    ours = place.school_class.name if place else ""
    if wanted and place and names.class_sort_key(wanted.name) != place.school_class.sort_key:
        yield Difference("class_name", _("lớp"), ours, wanted.name, how=how)
    if "status" not in row.values:
        return
    is_here = place is not None and place.left_on is None
    if is_here == _has_left(row):
        state = _("Đang học") if is_here else _("Không còn học ở trường")
        yield Difference("status", _("trạng thái"), state, row.values["status"], how=how)


def _only_here(matching: _Matching, picture: Comparison, covered: set[int]) -> list[Enrollment]:
    """Who sits in a class that the file speaks of (in any, when it names no class), and no row means."""
    meant = {pair.student.pk for pair in picture.pairs}
    meant |= {student.pk for question in picture.questions for student, _about in question.candidates}
    missing = [
        place
        for pk, places in matching.register.places.items()
        for place in places
        if pk not in meant and place.left_on is None and (not covered or place.school_class_id in covered)
    ]
    for place in missing:
        place.student = matching.register.students[place.student_id]
    return sorted(missing, key=lambda place: (place.school_class.sort_key, place.roll_no))
