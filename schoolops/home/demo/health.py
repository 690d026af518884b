"""The first check-up of the year: most classes done in October, a few pupils absent that day, some classes still to come."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from simple_history.utils import bulk_create_with_history

from accounts.models import User
from registry.growth import months_between
from registry.models import HealthCheck, HealthNote, SchoolClass, SchoolYear, Student
from schoolops.home.demo.plan import Plan

# One class in so many has not been examined, and so many days after the first school day the others were.
UNDONE_EVERY = 6
FIRST_DAY = 24
SUNDAY = 6
ABSENT, NO_VISION = 0.04, 0.02
# Mean height in millimetres at 11 years and its growth a month; mean index in tenths and its growth a year.
HEIGHT_AT_11, GROWTH = {"male": 1435, "female": 1450}, 4.6
INDEX_AT_11, THICKENING = 176, 5
SHORT_SIGHTED = 0.22
# From here down a pupil is seated in front; above this index the family was spoken with.
WEAK_EYE, HIGH_INDEX = 6, 235
# One pupil in so many has a note; which ones, and whether the homeroom teacher must know.
NOTED = 0.03
NOTES = (
    (HealthNote.Category.ALLERGY, "Dị ứng tôm, cua: nổi mề đay.", True),
    (HealthNote.Category.CHRONIC, "Hen phế quản, mang thuốc xịt theo người.", True),
    (HealthNote.Category.MEDICINE, "Uống thuốc sau bữa trưa theo đơn, gia đình gửi phòng y tế.", False),
    (HealthNote.Category.ILLNESS, "Sốt, đã nghỉ tại phòng y tế và báo gia đình.", False),
    (HealthNote.Category.ACCIDENT, "Trầy gối giờ thể dục, đã rửa và băng.", False),
)
# Pupils without a birth date are measured as of this age.
USUAL_MONTHS = 12 * 13
PRIVATE, SHARED = "Đã tư vấn gia đình về khẩu phần và vận động.", "Nên ngồi bàn đầu, đeo kính khi học."


def examine(plan: Plan, lists: dict[int, list[Student]], *, home: int, year: SchoolYear, by: User) -> None:
    """Write the figures of the first round as the medical staff did; the home class of the demo is among the done."""
    rng = plan.rng("health")
    order = {
        pk: number for number, pk in enumerate(SchoolClass.objects.order_by("sort_key").values_list("pk", flat=True))
    }
    checks = []
    for pk, pupils in sorted(lists.items(), key=lambda item: order[item[0]]):
        day = _school_day(plan, FIRST_DAY + order[pk])
        if pk == home or order[pk] % UNDONE_EVERY != UNDONE_EVERY - 2:
            checks += [_check(rng, pupil, year, day, by) for pupil in pupils if rng.random() >= ABSENT]
    bulk_create_with_history(checks, HealthCheck, default_user=by)
    notes = [
        note
        for _pk, pupils in sorted(lists.items(), key=lambda item: order[item[0]])
        for note in _notes(plan, rng, pupils, by)
    ]
    bulk_create_with_history(notes, HealthNote, default_user=by)


def _notes(plan: Plan, rng: random.Random, pupils: list[Student], by: User) -> Iterator[HealthNote]:
    """The first pupil of every class has the first kind, so that each homeroom teacher has something to read."""
    for number, pupil in enumerate(pupils):
        chance, kind, days = rng.random(), rng.randrange(len(NOTES)), rng.randrange(10, 40)
        if number and chance >= NOTED:
            continue
        category, text, is_for_homeroom = NOTES[kind if number else 0]
        yield HealthNote(
            student=pupil,
            noted_on=plan.day(-days),
            category=category,
            text=text,
            is_for_homeroom=is_for_homeroom,
            recorded_by=by,
        )


def _school_day(plan: Plan, days: int) -> date:
    """So many days after the first school day, never a Sunday and never later than yesterday."""
    day = plan.starts_on + timedelta(days=days)
    return min(plan.day(-1), day + timedelta(days=day.weekday() == SUNDAY))


def _check(rng: random.Random, pupil: Student, year: SchoolYear, day: date, by: User) -> HealthCheck:
    months = months_between(pupil.birth_date, day) if pupil.birth_date else USUAL_MONTHS
    height = round(HEIGHT_AT_11.get(pupil.sex, 1440) + (months - 132) * GROWTH + rng.gauss(0, 60))
    index = (INDEX_AT_11 + (months - 132) * THICKENING / 12) * max(0.72, rng.lognormvariate(0, 0.13))
    eyes: list[int | None] = [rng.randrange(2, 8) if rng.random() < SHORT_SIGHTED else 10 for _eye in range(2)]
    if rng.random() < NO_VISION:
        eyes = [None, None]
    weak = [eye for eye in eyes if eye is not None and eye < WEAK_EYE]
    is_shared = bool(weak)
    return HealthCheck(
        student=pupil,
        school_year=year,
        round=HealthCheck.Round.FIRST,
        checked_on=day,
        height_mm=height,
        weight_hg=round(index * height**2 / 10**6),
        vision_left=eyes[0],
        vision_right=eyes[1],
        conclusion=SHARED if is_shared else PRIVATE if index > HIGH_INDEX else "",
        is_for_homeroom=is_shared,
        recorded_by=by,
    )
