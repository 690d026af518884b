"""The contact person of each row of a file, as a guardian of the pupil; siblings share one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from registry.models import Guardian, Guardianship
from registry.selectors.imports import Change, RowPlan
from registry.selectors.imports.people import same_name
from registry.selectors.imports.students import CONTACT_FIELDS
from registry.services.pen import Pen
from schoolops.lib import names

Person = tuple[str, str]


@dataclass
class _Families:
    """The guardians that a file may mean, and what becomes of them."""

    day: date
    known: dict[Person, Guardian]
    of_pupil: dict[int, list[Guardianship]]
    new_people: list[Guardian] = field(default_factory=list)
    new_ties: list[Guardianship] = field(default_factory=list)
    people: dict[Guardian, list[Change]] = field(default_factory=dict)
    ties: dict[Guardianship, list[Change]] = field(default_factory=dict)

    def take_in(self, row: RowPlan) -> None:
        """Make this person the one whom the school calls first: a known one is corrected, another is added."""
        ties = self.of_pupil.get(row.target.pk, [])
        first = next((tie for tie in ties if tie.is_contact), None)
        meant = next((tie for tie in _first_of(first, ties) if _is_meant(tie, row)), None)
        if meant is not first and first is not None:
            self.ties[first] = [Change("", "", "", "is_contact", value=False)]
        if meant is None:
            self._add(row)
            return
        if meant is not first:
            self.ties[meant] = [Change("", "", "", "is_contact", value=True)]
        self.people.setdefault(meant.guardian, []).extend(_corrections(meant.guardian, row))

    def _add(self, row: RowPlan) -> None:
        name, phone = (row.values.get(column, "") for column in CONTACT_FIELDS)
        person = _person(name, phone)
        guardian = self.known.get(person) if all(person) else None
        if guardian is None:
            guardian = Guardian(full_name=name, phone=phone)
            self.new_people.append(guardian)
            self.known[person] = guardian
        self.new_ties.append(
            Guardianship(
                student=row.target,
                guardian=guardian,
                relation=Guardianship.Relation.OTHER,
                # The column of the file is for "cha, mẹ hoặc người giám hộ": who represents the pupil by law.
                is_legal_representative=bool(name),
                is_contact=True,
                valid_from=self.day,
            )
        )


def write_contacts(rows: Iterable[RowPlan], *, day: date, pen: Pen) -> None:
    """Keep the contact person of every row that names one; what each row holds already is left alone."""
    meant = [row for row in rows if any(name in row.values for name in CONTACT_FIELDS)]
    families = _read(meant, day)
    for row in meant:
        families.take_in(row)
    pen.create(Guardian, families.new_people)
    pen.update(Guardian, families.people)
    # First the old contact steps back: at no moment may a pupil have two.
    stepping_back = {tie: changes for tie, changes in families.ties.items() if not changes[0].value}
    pen.update(Guardianship, stepping_back)
    pen.update(Guardianship, {tie: found for tie, found in families.ties.items() if tie not in stepping_back})
    pen.create(Guardianship, families.new_ties)


def _read(rows: list[RowPlan], day: date) -> _Families:
    phones = {row.values["contact_phone"] for row in rows if "contact_phone" in row.values}
    people = {guardian.pk: guardian for guardian in Guardian.objects.filter(phone__in=phones)}
    of_pupil: dict[int, list[Guardianship]] = {}
    ties = Guardianship.objects.not_ended().filter(student__in=[row.target.pk for row in rows])
    for tie in ties.select_related("guardian").order_by("pk"):
        # Siblings' rows must change one and the same object.
        tie.guardian = people.setdefault(tie.guardian_id, tie.guardian)
        of_pupil.setdefault(tie.student_id, []).append(tie)
    known = {_person(guardian.full_name, guardian.phone): guardian for guardian in people.values()}
    return _Families(day, known, of_pupil)


def _first_of(first: Guardianship | None, ties: list[Guardianship]) -> list[Guardianship]:
    return sorted(ties, key=lambda tie: tie is not first)


def _is_meant(tie: Guardianship, row: RowPlan) -> bool:
    """The row speaks of this person: the same name but for its diacritics, or no name on one of the two sides."""
    name = row.values.get("contact_name", "")
    if not name or not tie.guardian.full_name:
        return tie.is_contact or tie.guardian.phone == row.values.get("contact_phone")
    return names.fold(tie.guardian.full_name) == names.fold(name)


def _corrections(guardian: Guardian, row: RowPlan) -> list[Change]:
    name, phone = (row.values.get(column, "") for column in CONTACT_FIELDS)
    found = []
    if name and not same_name(guardian.full_name, name):
        found.append(Change("", "", "", "full_name", name))
    if phone and guardian.phone != phone:
        found.append(Change("", "", "", "phone", phone))
    return found


def _person(name: str, phone: str) -> Person:
    return names.identity_key(name) if name else "", phone
