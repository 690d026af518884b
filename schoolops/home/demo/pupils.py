"""The pupils, class by class, in the order of the class list."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from simple_history.utils import bulk_create_with_history

from accounts.models import User
from registry.models import Enrollment, SchoolClass, Student
from schoolops.home.demo import invented
from schoolops.home.demo.plan import Plan
from schoolops.home.demo.school import Campus
from schoolops.lib import names

# Age at the start of grade 1 in the year of the calendar, less one.
AGE_BEFORE_GRADE = 5
TWINS_SHARE = 0.3
LATE_SHARE = 0.04
# How often a detail is not known: the portal must live with gaps.
GAPS = {
    "moet_id": 0.02,
    "national_id": 0.06,
    "birth_date": 0.004,
    "ethnicity": 0.02,
    "address": 0.03,
}
EMPTY: dict[str, str | None] = {"moet_id": None, "national_id": None, "birth_date": None}


@dataclass
class Serials:
    """Running numbers, so that no identifier comes twice."""

    pupils: int = 0


def enroll(plan: Plan, campus: Campus, *, home: str, by: User) -> dict[int, list[Student]]:
    """The pupils of each class (by id), in the order of their numbers."""
    rng, serials = plan.rng("pupils"), Serials()
    lists = [
        _class_list(rng, serials, plan, school_class, size, is_home=school_class.name == home)
        for school_class, size in zip(campus.classes, plan.class_sizes(), strict=True)
    ]
    bulk_create_with_history([pupil for pupils in lists for pupil in pupils], Student, default_user=by)
    enrollments = [
        Enrollment(student=pupil, school_class=school_class, roll_no=roll_no, enrolled_on=plan.starts_on)
        for school_class, pupils in zip(campus.classes, lists, strict=True)
        for roll_no, pupil in enumerate(pupils, start=1)
    ]
    bulk_create_with_history(enrollments, Enrollment, default_user=by)
    return {school_class.pk: pupils for school_class, pupils in zip(campus.classes, lists, strict=True)}


def _class_list(
    rng: random.Random, serials: Serials, plan: Plan, school_class: SchoolClass, size: int, *, is_home: bool
) -> list[Student]:
    people = _people(rng, size, is_home=is_home)
    pupils = [
        _pupil(rng, serials, someone, plan.first_year - school_class.grade - AGE_BEFORE_GRADE) for someone in people
    ]
    return sorted(pupils, key=lambda pupil: (names.sort_key(pupil.full_name), pupil.birth_date or date.max))


def _people(rng: random.Random, size: int, *, is_home: bool) -> list[invented.Invented]:
    """Everybody's names; the home class of the demo has all the hard ones, the others two of them."""
    people = list(invented.HARD_NAMES) if is_home else rng.sample(invented.HARD_NAMES, 2)
    if is_home or rng.random() < TWINS_SHARE:
        twin = invented.TWINS if is_home else invented.person(rng)
        people += [twin, twin]
    people = people[:size]
    return people + [invented.person(rng) for _ in range(size - len(people))]


def _pupil(rng: random.Random, serials: Serials, someone: invented.Invented, birth_year: int) -> Student:
    serials.pupils += 1
    number = serials.pupils
    birth_date = date(birth_year - (rng.random() < LATE_SHARE), 1, 1) + timedelta(days=rng.randrange(365))
    # Half of the ministry's numbers begin with zeros, as do all personal numbers of this province.
    moet_id = rng.choice((17_000_000, 9_917_000_000)) + number * 37 + rng.randrange(37)
    pupil = Student(
        full_name=someone.name,
        sex=someone.sex,
        ethnicity=someone.ethnicity,
        birth_date=birth_date,
        moet_id=f"{moet_id:010d}",
        national_id=invented.personal_number(someone.sex, birth_date.year, 200_000 + number),
        address=invented.address(rng),
    )
    for detail, share in GAPS.items():
        if rng.random() < share:
            setattr(pupil, detail, EMPTY.get(detail, ""))
    return pupil
