"""Regular remarks of two teachers, half a class each: written in the school's phrases on past evenings."""

import uuid

from accounts.models import User
from gradebook import services
from gradebook.models import Remark, RemarkPhrase, Score, ScoreColumn
from gradebook.selectors.remarks import remark_page
from schoolops.home.demo.plan import Plan
from schoolops.lib.remarks import remark_code

WRITERS = ("gvbm", "gvcn")
SHARE = 0.6


def write(plan: Plan) -> int:
    """Returns how many remarks."""
    phrases: dict[str, list[str]] = {}
    for phrase in RemarkPhrase.objects.filter(owner=None):
        phrases.setdefault(phrase.band, []).append(phrase.text)
    return sum(_write_book(plan, column, phrases) for column in _columns())


def _columns() -> list[ScoreColumn]:
    teachers = User.objects.filter(username__in=WRITERS)
    found = ScoreColumn.objects.filter(
        kind=ScoreColumn.Kind.REMARK, ordinal=1, gradebook__class_subject__assignments__teacher__in=teachers
    )
    return list(found.select_related("gradebook__class_subject", "gradebook__term").order_by("pk"))


def _write_book(plan: Plan, column: ScoreColumn, phrases: dict[str, list[str]]) -> int:
    page = remark_page(column.gradebook, column.code)
    teacher = User.objects.get(teaching__class_subject=column.gradebook.class_subject_id)
    if page is None:
        return 0
    rng = plan.rng(f"remarks {column.gradebook.class_subject}")
    at = plan.past_evening(rng.randint(-9, -3), rng)
    remarks = []
    for line in page.lines:
        if rng.random() > SHARE:
            continue
        text = " ".join([rng.choice(phrases[line.band]), *([rng.choice(phrases[""])] if rng.random() < SHARE else [])])
        salt = uuid.UUID(int=rng.getrandbits(128))
        remarks.append(
            Remark(
                code=remark_code(salt, text),
                salt=salt,
                text=text,
                column=column,
                student_id=line.student_id,
                written_by=teacher,
            )
        )
    Remark.objects.bulk_create(remarks)
    services.act_as(teacher, claimed_at=at)
    Score.objects.bulk_create(
        [
            Score(column=column, student_id=remark.student_id, code=remark.code, entered_by=teacher, entered_at=at)
            for remark in remarks
        ]
    )
    return len(remarks)
