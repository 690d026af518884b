"""The timetable of the demo school: one in force, a draft with a few changes, and a file that still has to be looked at.

Teachers and classes are the two sides of a graph, lessons its edges, periods its colours: such a graph never needs more
colours than its busiest class or teacher has lessons (Kőnig), and when a lesson finds no common free period, two periods are
exchanged along the chain of lessons that hang together. So the timetable has no clash, for a school of any size.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from accounts.models import StaffProfile, User
from registry import services
from registry.importing.timetable_template import TemplateContent, timetable_workbook
from registry.models import SchoolYear, Timetable
from registry.selectors.timetables import build_plan
from registry.selectors.timetables.sheets import template_of
from registry.services import Facts
from registry.timetabling import MORNING, PERIODS, WEEKDAYS, WEEKS_A_YEAR, Slot
from schoolops.home.demo.people import Staff
from schoolops.home.demo.plan import Plan
from schoolops.home.demo.school import OTHER_PERIODS, SUBJECTS, Campus
from schoolops.home.demo.timetable import Timetable as Seats

FLAG, MEETING = Slot(2, MORNING, 1), Slot(7, MORNING, 5)
SLOTS = [
    slot
    for day in WEEKDAYS
    for period in PERIODS
    for slot in [Slot(day, MORNING, period)]
    if slot not in {FLAG, MEETING}
]
# The flag ceremony and the class meeting are two of the weekly periods of this subject.
EXPERIENCE = "HDTNHN"
NEXT_MONDAY = 9
WRONG_TEXTS = ("Tón - HB001", "Toán - Hoàng Gia Bảo Khánh", "Bơi lội - HB002")


@dataclass(frozen=True)
class Lesson:
    """One period a week of a subject in a class, by names."""

    class_name: str
    code: str
    seat: str


@dataclass
class Board:
    """Which lesson each class and each teacher has in each period."""

    of_class: dict[tuple[str, Slot], Lesson] = field(default_factory=dict)
    of_seat: dict[tuple[str, Slot], Lesson] = field(default_factory=dict)

    def put(self, lesson: Lesson, slot: Slot) -> None:
        self.of_class[lesson.class_name, slot] = self.of_seat[lesson.seat, slot] = lesson

    def take(self, lesson: Lesson, slot: Slot) -> None:
        del self.of_class[lesson.class_name, slot], self.of_seat[lesson.seat, slot]

    def chain(self, class_name: str, first: Slot, second: Slot) -> list[tuple[Lesson, Slot]]:
        """The lessons of these two periods that hang together, beginning with what the class, free in the second, has."""
        found: list[tuple[Lesson, Slot]] = []
        lesson, slot, other, at_class = self.of_class.get((class_name, first)), first, second, True
        while lesson is not None and (lesson, slot) not in found:
            found.append((lesson, slot))
            slot, other, at_class = other, slot, not at_class
            lesson = self.of_class.get((lesson.class_name, slot)) if at_class else self.of_seat.get((lesson.seat, slot))
        return found

    def exchange(self, chain: list[tuple[Lesson, Slot]], first: Slot, second: Slot) -> None:
        """Every lesson of the chain goes to the other of the two periods."""
        for lesson, slot in chain:
            self.take(lesson, slot)
        for lesson, slot in chain:
            self.put(lesson, second if slot == first else first)


def arrange(seats: Seats, grades: dict[str, int], rng: random.Random) -> Board:
    """Every lesson in a period of its own class and teacher; a subject is spread over the days where it can be."""
    board = Board()
    lessons = list(_wanted(seats, grades))
    rng.shuffle(lessons)
    for lesson in lessons:
        slot = _best(board, lesson)
        if slot is None:
            at_class = next(found for found in SLOTS if (lesson.class_name, found) not in board.of_class)
            at_seat = next(found for found in SLOTS if (lesson.seat, found) not in board.of_seat)
            # Free the class in the period in which the teacher is free.
            board.exchange(board.chain(lesson.class_name, at_seat, at_class), at_seat, at_class)
            slot = at_seat
        board.put(lesson, slot)
    return board


def _wanted(seats: Seats, grades: dict[str, int]) -> Iterator[Lesson]:
    for (class_name, code), seat in sorted(seats.teaching.items()):
        yearly = OTHER_PERIODS.get((code, grades[class_name]), SUBJECTS[code][2])
        count = yearly // WEEKS_A_YEAR - (2 if code == EXPERIENCE else 0)
        yield from [Lesson(class_name, code, seat)] * count


def _best(board: Board, lesson: Lesson) -> Slot | None:
    """A period in which both are free, on the day that has least of this subject and is emptiest for the class."""
    held = Counter(
        slot.weekday for (name, slot), found in board.of_class.items() if (name, found) == (lesson.class_name, lesson)
    )
    load = Counter(slot.weekday for name, slot in board.of_class if name == lesson.class_name)
    free = [
        slot
        for slot in SLOTS
        if (lesson.class_name, slot) not in board.of_class and (lesson.seat, slot) not in board.of_seat
    ]
    return min(free, key=lambda slot: (held[slot.weekday], load[slot.weekday], slot), default=None)


# --- as files ---------------------------------------------------------------------------------------
def publish(plan: Plan, campus: Campus, staff: Staff, seats: Seats) -> None:
    """Three versions as the portal makes them: from files, read, saved and published by those whose duty it is."""
    loader = User.objects.get(username="quantri")
    leader = User.objects.get(username="phohieutruong")
    grades = {found.name: found.grade for found in campus.classes}
    board = arrange(seats, grades, plan.rng("lessons"))
    empty = template_of(campus.year, None)
    writer = _Writer(campus.year, empty, staff, loader)
    first = writer.saved(board, Facts(plan.starts_on, 1, "Thời khóa biểu đầu năm học."))
    services.publish_timetable(timetable=first, by=leader)
    _move(board, seats.home)
    _move(board, campus.classes[-1].name)
    ahead = plan.day(NEXT_MONDAY)
    writer.saved(board, Facts(_monday(ahead), 2, "Đổi giờ một số tiết theo đề nghị của các tổ chuyên môn."))
    _move(board, campus.classes[0].name)
    writer.sent(board, Facts(_monday(ahead + timedelta(days=14)), 3), WRONG_TEXTS)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _move(board: Board, class_name: str) -> None:
    """The class has one lesson in a period in which it is free now, with the fewest others that have to move for it."""
    free = [slot for slot in SLOTS if (class_name, slot) not in board.of_class]
    chains = [
        (board.chain(class_name, first, second), first, second)
        for second in free
        for first in SLOTS
        if (class_name, first) in board.of_class
    ]
    chain, first, second = min(chains, key=lambda found: (len(found[0]) < 2, len(found[0]), found[1:]))
    board.exchange(chain, first, second)


@dataclass(frozen=True)
class _Writer:
    """Writes a board as a file and sends it."""

    year: SchoolYear
    empty: TemplateContent
    staff: Staff
    by: User

    def saved(self, board: Board, facts: Facts) -> Timetable:
        sent = self.sent(board, facts)
        return services.save_timetable(timetable=sent, fingerprint=build_plan(sent).fingerprint, by=self.by)

    def sent(self, board: Board, facts: Facts, wrong: Iterable[str] = ()) -> Timetable:
        """The file in its preview; `wrong` texts stand in the first lessons of the first class."""
        lessons = self._texts(board)
        places = sorted(place for place in lessons if place[1] == self.empty.classes[0] and place[0] in SLOTS)
        lessons |= dict(zip(places, wrong, strict=False))
        return services.upload_timetable(
            school_year=self.year,
            content=timetable_workbook(replace(self.empty, lessons=lessons)),
            name=f"TKB-so-{facts.number}.xlsx",
            facts=facts,
            by=self.by,
        )

    def _texts(self, board: Board) -> dict[tuple[Slot, str], str]:
        codes = dict(StaffProfile.objects.values_list("user_id", "staff_code"))
        texts = {
            (slot, name): f"{SUBJECTS[lesson.code][1]} - {codes[self.staff[lesson.seat].pk]}"
            for (name, slot), lesson in board.of_class.items()
        }
        for name in self.empty.classes:
            texts[FLAG, name], texts[MEETING, name] = "Chào cờ", "Sinh hoạt lớp"
        return texts
