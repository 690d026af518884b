"""What families agree to, derived from their answers: asked at this moment, every time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from registry.models import Consent, ConsentText, ConsentUse, Guardianship, SchoolClass, Student
from registry.models.consents import SHORT

OWN_VOICE_FROM = 7


def has_own_voice(student: Student, day: date) -> bool:
    """From 7 years on the child is asked, too (Law 91/2025 art. 24). An unknown birth date counts as old enough."""
    born = student.birth_date
    if born is None:
        return True
    return (day.year - OWN_VOICE_FROM, day.month, day.day) >= (born.year, born.month, born.day)


@dataclass
class Standing:
    """One use for one pupil: the newest text, and the latest answer of each who has a say to just that text."""

    use: ConsentUse
    text: ConsentText | None
    needs_child: bool
    guardians: dict[int, Consent] = field(default_factory=dict)
    child: Consent | None = None

    @property
    def answers(self) -> list[Consent]:
        """Of all who have a say."""
        return [*self.guardians.values(), *([self.child] if self.needs_child and self.child else [])]

    @property
    def holds(self) -> bool:
        """A representative and, from 7 on, the child have agreed, and nobody who has a say has refused."""
        heard = bool(self.guardians) and (not self.needs_child or self.child is not None)
        return self.text is not None and heard and not self.is_refused

    @property
    def is_refused(self) -> bool:
        """Somebody has said no."""
        return any(not answer.is_given for answer in self.answers)

    @property
    def short(self) -> str:
        """The use in two or three words."""
        return str(SHORT[self.use])

    @property
    def words(self) -> str:
        """How it stands, for a list."""
        if self.is_refused:
            return _("không đồng ý")
        if self.holds:
            return _("đồng ý")
        if not self.guardians:
            return _("chưa trả lời")
        return _("chờ ý kiến của em")


def current_texts() -> dict[str, ConsentText]:
    """The newest text of each use that the school asks about; one query."""
    found = ConsentText.objects.order_by("use", "-version").distinct("use")
    return {text.use: text for text in found}


def standings(students: Collection[Student], day: date) -> dict[int, list[Standing]]:
    """Every use for each of these pupils, in the order of ConsentUse; three queries."""
    texts = current_texts()
    found = {
        student.pk: {
            use: Standing(use, texts.get(use), has_own_voice(student, day))
            for use in ConsentUse  # the order in which families are asked
        }
        for student in students
    }
    for answer, is_heard in _heard(found, texts, day):
        standing = found[answer.student_id][ConsentUse(answer.text.use)]
        if answer.giver == Consent.Giver.CHILD:
            standing.child = answer
        elif is_heard and answer.guardian_id is not None:
            standing.guardians[answer.guardian_id] = answer
    return {pk: list(by_use.values()) for pk, by_use in found.items()}


def standings_of(student: Student, day: date) -> list[Standing]:
    """Every use for one pupil."""
    return standings([student], day)[student.pk]


def _heard(students: Iterable[int], texts: dict[str, ConsentText], day: date) -> list[tuple[Consent, bool]]:
    """The answers to the newest texts, oldest first, and whether the guardian has a say on this day."""
    ties = Guardianship.objects.representing(day).filter(student__in=students)
    voices = set(ties.values_list("student_id", "guardian_id"))
    answers = Consent.objects.filter(student__in=students, text__in=[text.pk for text in texts.values()])
    ordered = answers.select_related("text", "guardian", "recorded_by").order_by("at", "pk")
    return [(answer, (answer.student_id, answer.guardian_id) in voices) for answer in ordered]


def agreed(use: ConsentUse, students: Collection[Student], day: date) -> set[int]:
    """The ids of those of these pupils about whom this may be shown; whoever shows something asks here each time."""
    position = list(ConsentUse).index(use)
    return {pk for pk, found in standings(students, day).items() if found[position].holds}


@dataclass(frozen=True)
class Line:
    """A pupil of a class list with how every use stands."""

    number: int
    student: Student
    standings: list[Standing]


def class_lines(school_class: SchoolClass, day: date) -> list[Line]:
    """The pupils who sit in this class, with the uses that the school asks about; four queries, however many pupils."""
    seats = list(school_class.enrollments.present().select_related("student").order_by("roll_no"))
    found = standings([seat.student for seat in seats], day)
    return [
        Line(seat.roll_no, seat.student, [item for item in found[seat.student_id] if item.text is not None])
        for seat in seats
    ]


def answers_of(student: Student) -> list[Consent]:
    """The whole ledger of this pupil, latest first."""
    return list(student.consents.select_related("text", "guardian", "recorded_by"))
