"""What was chosen of a sector's list becomes the register's: all of it or nothing, under the name of who chose (R8)."""

from collections.abc import Collection

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry.models import Enrollment, ImportBatch, Student
from registry.selectors.imports import Change, Options
from registry.selectors.imports.sector import NEW, Comparison, Newcomer, compare
from registry.selectors.imports.students import FIELDS
from registry.services.pen import Pen
from registry.workflow import IMPORT_STEPS
from schoolops.lib import names
from schoolops.lib.clock import db_now
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workflow import TransitionDenied, denial, perform


@transaction.atomic
def answer_questions(*, batch: ImportBatch, answers: dict[int, str], by: User) -> ImportBatch:
    """Say who a doubtful row is: a pupil's id, "new", or "" to leave it open. Raises TransitionDenied."""
    locked = ImportBatch.objects.select_for_update(of=("self",)).select_related("school_year").get(pk=batch.pk)
    if reason := denial(IMPORT_STEPS, "apply", by, locked):
        raise TransitionDenied(reason)
    known = {**locked.edits.get("who", {})}
    for number, answer in answers.items():
        known.pop(str(number), None)
        if answer == NEW or answer.isdecimal():
            known[str(number)] = answer
    locked.edits["who"] = known
    locked.save(update_fields=["edits"])
    return locked


def apply_choices(*, batch: ImportBatch, chosen: Collection[str], by: User) -> ImportBatch:
    """Write every difference that was chosen, or none.

    Raises TransitionDenied: nothing was chosen, or one of the chosen is no longer what it was when it was shown.
    """
    if not chosen:
        raise TransitionDenied(_("Chọn ít nhất một chỗ để cập nhật."))
    try:
        with perform(IMPORT_STEPS, "apply", batch, by=by) as locked:
            take_turn(Turn.REGISTER)
            picture = compare(locked, lock=True)
            if not set(chosen) <= picture.tokens:
                raise TransitionDenied(_changed_meanwhile())
            counts = _write(picture, frozenset(chosen), locked, Pen(by, f"{locked}"))
            locked.applied_at = db_now()
            locked.result = {**locked.result, "counts": counts}
    except (IntegrityError, OperationalError) as error:
        raise TransitionDenied(_changed_meanwhile()) from error
    return locked


def _changed_meanwhile() -> str:
    return _("Có chỗ đã chọn không còn như lúc xem nên chưa cập nhật gì. Xem lại bảng so sánh dưới đây rồi chọn lại.")


def _write(picture: Comparison, chosen: frozenset[str], batch: ImportBatch, pen: Pen) -> dict[str, int]:
    changed = {
        pair.student: [
            Change(found.label, found.here, found.there, found.field, found.value)
            for found in pair.differences
            if found.token in chosen
        ]
        for pair in picture.pairs
    }
    changed = {student: changes for student, changes in changed.items() if changes}
    pen.update(Student, changed)
    newcomers = [found for found in picture.newcomers if found.token in chosen]
    _take_in(newcomers, picture, batch, pen)
    return {"changed": len(changed), "values": sum(map(len, changed.values())), "new": len(newcomers)}


def _take_in(newcomers: list[Newcomer], picture: Comparison, batch: ImportBatch, pen: Pen) -> None:
    """New pupils at the end of their class lists, in Vietnamese order."""
    ordered = sorted(newcomers, key=lambda found: names.sort_key(found.row.values["full_name"]))
    students = [
        Student(**{name: found.row.values[name] for name in FIELDS if name in found.row.values}) for found in ordered
    ]
    pen.create(Student, students)
    last, places = dict(picture.last_roll_no), []
    for student, found in zip(students, ordered, strict=True):
        assert found.school_class is not None
        number = last[found.school_class.pk] = last.get(found.school_class.pk, 0) + 1
        places.append(
            Enrollment(
                student=student,
                school_class=found.school_class,
                roll_no=number,
                enrolled_on=Options.of(batch).valid_from,
            )
        )
    pen.create(Enrollment, places)
