"""The families of the pupils: one or two who answer for each, brothers and sisters under the same ones."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from simple_history.utils import bulk_create_with_history

from accounts.models import User
from registry.models import Guardian, Guardianship, Student
from schoolops.home.demo import invented
from schoolops.home.demo.plan import Plan

Relation = Guardianship.Relation
# How often a family differs from father and mother with a number each: the portal must live with gaps.
NONE_KNOWN = 0.03
ONE_PARENT = 0.18
APPOINTED = 0.02
NO_PHONE = 0.06
ONE_PHONE_FOR_BOTH = 0.05
YEAR_UNKNOWN = 0.15
SIBLINGS = 0.1
MOTHER_FIRST = 0.6
OCCUPATIONS = ("Nông dân", "Công nhân", "Buôn bán", "Thợ xây", "Giáo viên", "Lái xe", "Cán bộ xã", "Thợ may", "", "")
PARENT = "phuhuynh"


@dataclass
class _Family:
    """The people, each with the relation they have to every child."""

    members: list[tuple[Guardian, Relation]]
    paper: str = ""


@dataclass
class _Founder:
    """Makes families, and remembers those that may have another child in a later class."""

    rng: random.Random
    serial: int = 0
    of_this_class: dict[str, _Family] = field(default_factory=dict)
    of_earlier_classes: dict[str, _Family] = field(default_factory=dict)

    def families_of(self, pupils: list[Student]) -> dict[Student, _Family]:
        """The families of one class."""
        families = {pupil: self._family_of(pupil) for pupil in pupils}
        self.of_earlier_classes |= self.of_this_class
        self.of_this_class = {}
        return families

    def _family_of(self, pupil: Student) -> _Family:
        chance, surname = self.rng.random(), pupil.full_name.split(" ", 1)[0]
        if chance < NONE_KNOWN:
            return _Family([])
        if chance < NONE_KNOWN + APPOINTED:
            return self._appointed(pupil)
        if self.rng.random() < SIBLINGS and surname in self.of_earlier_classes:
            return self.of_earlier_classes.pop(surname)
        family = self._parents(pupil)
        if surname in invented.FAMILIES:
            self.of_this_class[surname] = family
        return family

    def _parents(self, pupil: Student) -> _Family:
        both = [
            (self._guardian(pupil, sex), relation)
            for sex, relation in (("female", Relation.MOTHER), ("male", Relation.FATHER))
        ]
        if self.rng.random() >= MOTHER_FIRST:
            both.reverse()
        if self.rng.random() < ONE_PHONE_FOR_BOTH:
            both[1][0].phone = both[0][0].phone
        return _Family(both[:1] if self.rng.random() < ONE_PARENT else both)

    def _appointed(self, pupil: Student) -> _Family:
        number = 10 + self.serial % 80
        guardian = self._guardian(pupil, "female", years_older=55)
        return _Family([(guardian, Relation.GUARDIAN)], f"Quyết định số {number}/QĐ-UBND của UBND {invented.COMMUNE}")

    def _guardian(self, pupil: Student, sex: str, years_older: int = 24) -> Guardian:
        self.serial += 1
        born = pupil.birth_date.year if pupil.birth_date else None
        year = born - years_older - self.rng.randrange(14) if born else None
        return Guardian(
            full_name=invented.relative(self.rng, pupil.full_name, pupil.ethnicity, sex),
            phone="" if self.rng.random() < NO_PHONE else invented.phone(10_000 + self.serial),
            birth_year=None if self.rng.random() < YEAR_UNKNOWN else year,
            occupation=self.rng.choice(OCCUPATIONS),
        )


def found(plan: Plan, lists: dict[int, list[Student]], *, home: int, by: User) -> None:
    """Give every pupil a family; the parent of the demo accounts has two children in different classes."""
    founder = _Founder(plan.rng("families"))
    families = {pupil: family for pupils in lists.values() for pupil, family in founder.families_of(pupils).items()}
    parent = User.objects.get(username=PARENT)
    of_account = _Family([(Guardian(full_name=parent.full_name, phone=parent.phone, user=parent), Relation.FATHER)])
    families |= dict.fromkeys(_children_of_account(lists, home), of_account)
    people = {id(guardian): guardian for family in families.values() for guardian, _ in family.members}
    bulk_create_with_history(list(people.values()), Guardian, default_user=by)
    ties = [tie for pupil, family in families.items() for tie in _ties(plan, pupil, family)]
    bulk_create_with_history(ties, Guardianship, default_user=by)


def _children_of_account(lists: dict[int, list[Student]], home: int) -> list[Student]:
    """Two pupils of the parent's family name: one in the home class of the demo, one in another class if there is one."""
    classes = [lists[home], *(pupils for pk, pupils in lists.items() if pk != home)][:2]
    return [
        next((pupil for pupil in pupils if pupil.full_name.startswith("Nguyễn ") and pupil.birth_date), pupils[0])
        for pupils in classes
    ]


def _ties(plan: Plan, pupil: Student, family: _Family) -> Iterator[Guardianship]:
    for position, (guardian, relation) in enumerate(family.members):
        yield Guardianship(
            student=pupil,
            guardian=guardian,
            relation=relation,
            is_legal_representative=True,
            is_contact=position == 0,
            valid_from=plan.starts_on,
            paper=family.paper,
        )
