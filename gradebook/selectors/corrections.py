"""Petitions as people read them: what they change, what follows from it, and what stands around them."""

import hashlib
import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gradebook import permissions, policies
from gradebook.models import CorrectionItem, CorrectionLook, CorrectionRequest, CorrectionTransition
from gradebook.selectors.effects import Effect, effects_of
from gradebook.selectors.remarks import words
from registry.models import Enrollment, TeachingAssignment
from schoolops.lib.scores import format_score, tenths_of

State = CorrectionRequest.State
CLAIM_LASTS = timedelta(minutes=15)
WORDS = {
    "submit": _("Gửi đề nghị"),
    "edit": _("Lấy về sửa lại"),
    "withdraw": _("Rút đề nghị"),
    "approve": _("Duyệt"),
    "return": _("Trả lại để bổ sung"),
    "reject": _("Không duyệt"),
    "apply": _("Ghi vào sổ"),
}
DONE = (State.APPLIED, State.REJECTED, State.WITHDRAWN)


# --- lists ------------------------------------------------------------------------------------------
def with_names(petitions: QuerySet[CorrectionRequest]) -> QuerySet[CorrectionRequest]:
    """With what a list or page says of them, in one query."""
    return petitions.select_related(
        "gradebook__class_subject__school_class",
        "gradebook__class_subject__item__subject",
        "gradebook__term__school_year",
        "requested_by",
        "addressed_to",
        "decided_by",
        "decided_for",
        "confirmed_by",
        "claimed_by",
    ).annotate(size=Count("items", distinct=True))


def mine(user: User) -> QuerySet[CorrectionRequest]:
    """What this person asks for, drafts included, the newest first."""
    return CorrectionRequest.objects.filter(requested_by=user).order_by("-changed_at")


def to_decide(user: User) -> QuerySet[CorrectionRequest]:
    """The queue of a leader: sent by others, the earliest due first."""
    if not user.has_perm("gradebook.decide_correction"):
        return CorrectionRequest.objects.none()
    waiting = permissions.visible_corrections(user).filter(state=State.SUBMITTED)
    return waiting.exclude(requested_by=user).order_by("due_at", "id")


def to_confirm(user: User) -> QuerySet[CorrectionRequest]:
    """Approved and waiting for the administrator's hand, where the policy asks for it."""
    if not user.has_perm("gradebook.confirm_correction"):
        return CorrectionRequest.objects.none()
    return CorrectionRequest.objects.filter(state=State.APPROVED).order_by("decided_at", "id")


@dataclass(frozen=True)
class Desk:
    """What waits for this person: petitions that came back to them, to decide on, to confirm by hand."""

    returned: list[CorrectionRequest]
    to_decide: list[CorrectionRequest]
    to_confirm: list[CorrectionRequest]


def desk(user: User) -> Desk:
    """One query for all three."""
    alive = permissions.visible_corrections(user).filter(state__in=[State.RETURNED, State.SUBMITTED, State.APPROVED])
    found = list(
        alive.select_related(
            "gradebook__class_subject__school_class", "gradebook__class_subject__item__subject"
        ).order_by("due_at", "id")
    )
    decides = user.has_perm("gradebook.decide_correction")
    confirms = user.has_perm("gradebook.confirm_correction")
    return Desk(
        returned=[p for p in found if p.state == State.RETURNED and p.requested_by_id == user.pk],
        to_decide=[p for p in found if decides and p.state == State.SUBMITTED and p.requested_by_id != user.pk],
        to_confirm=[p for p in found if confirms and p.state == State.APPROVED],
    )


def ended(user: User, year: str = "") -> QuerySet[CorrectionRequest]:
    """Applied, refused or withdrawn, among those that this person may see; of one school year by its code (G10)."""
    found = permissions.visible_corrections(user).filter(state__in=DONE)
    return (found.filter(school_year__code=year) if year else found).order_by("-changed_at")


def about_cell(user: User, column_id: int, student_id: int) -> QuerySet[CorrectionRequest]:
    """The petitions about one cell that this person may see, the newest first; drafts only one's own."""
    found = permissions.visible_corrections(user).filter(items__column=column_id, items__student=student_id)
    return found.exclude(state=State.WITHDRAWN).order_by("-changed_at")


def years() -> list[str]:
    """The school years in which a petition was sent, the newest first."""
    numbered = CorrectionRequest.objects.filter(number__isnull=False)
    return sorted(set(numbered.values_list("school_year__code", flat=True)), reverse=True)


def neighbours(queue: QuerySet[CorrectionRequest], pk: int) -> tuple[int, int, int | None, int | None]:
    """Place of a petition in the queue, its length, the one before and the one after; place 0 when it is not in it."""
    order = list(queue.values_list("pk", flat=True))
    if pk not in order:
        return 0, len(order), None, next(iter(order), None)
    place = order.index(pk)
    before = order[place - 1] if place else None
    after = order[place + 1] if place + 1 < len(order) else None
    return place + 1, len(order), before, after


# --- one petition -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """A cell of the petition with the pupil's name as the class list has it."""

    item: CorrectionItem
    roll_no: int
    name: str
    old: str
    new: str
    difference: str
    effect: Effect
    is_drawn: bool
    is_opened: bool


def items_of(correction: CorrectionRequest, reviewer: User | None = None) -> QuerySet[CorrectionItem]:
    """The cells in the order of the columns and of the class list.

    With `roll_no` (0 for a pupil who is not in the list), `is_opened`, whether the reviewer opened this version of it, and the
    words of remarks.
    """
    place = Enrollment.objects.filter(
        school_class=correction.gradebook.class_subject.school_class_id, student=OuterRef("student")
    )
    looks = CorrectionLook.objects.filter(item=OuterRef("pk"), by=reviewer, revision=correction.revision)
    items = correction.items.select_related("column", "student").order_by("column__position", F("roll_no"), "pk")
    return items.annotate(  # type: ignore[no-redef]
        roll_no=Coalesce(Subquery(place.values("roll_no")), 0),
        is_opened=Exists(looks),
        old_words=words("old_code"),
        new_words=words("new_code"),
    )


def old_value(item: CorrectionItem) -> str:
    """What the cell held, as people read it; the words of a remark. `item` comes from `items_of`."""
    return item.old_words or format_score(item.old_code)


def new_value(item: CorrectionItem) -> str:
    """What it shall hold, as people read it."""
    return item.new_words or format_score(item.new_code)


def rows_of(correction: CorrectionRequest, reviewer: User | None = None) -> list[Row]:
    """Every cell with what it does to the pupil's results. Four queries for any number."""
    items = list(items_of(correction, reviewer))
    effects = effects_of(correction.gradebook, items)
    drawn = {item.pk for item in sample_of(correction, items, reviewer)} if reviewer else set()
    return [_row(item, effects[item.student_id], is_drawn=item.pk in drawn) for item in items]


def opened_row(correction: CorrectionRequest, item: CorrectionItem) -> Row:
    """One cell, from `items_of`, as a reviewer opens it: the effect is that of all cells of this pupil."""
    effects = effects_of(correction.gradebook, items_of(correction).filter(student=item.student_id))
    return _row(item, effects[item.student_id], is_drawn=True)


def _row(item: CorrectionItem, effect: Effect, *, is_drawn: bool) -> Row:
    return Row(
        item=item,
        roll_no=item.roll_no,
        name=item.student.full_name,
        old=old_value(item),
        new=new_value(item),
        difference=_difference(item),
        effect=effect,
        is_drawn=is_drawn,
        is_opened=item.is_opened,
    )


def _difference(item: CorrectionItem) -> str:
    """ "+1,8", between two scores."""
    old, new = tenths_of(item.old_code), tenths_of(item.new_code)
    if old is None or new is None:
        return ""
    whole, rest = divmod(abs(new - old), 10)
    return f"{'+' if new > old else '−'}{whole}{f',{rest}' if rest else ''}"


def sample_of(correction: CorrectionRequest, items: list[CorrectionItem], reviewer: User) -> list[CorrectionItem]:
    """The rows of a batch that this reviewer opens before deciding.

    Drawn anew for each version and person, the same at each look. A petition with no more rows than the sample is read whole.
    """
    size = policies.correction_sample() if len(items) > 1 else 1
    if len(items) <= size:
        return []

    def lot(item: CorrectionItem) -> bytes:
        return hashlib.sha256(f"{correction.pk}/{correction.revision}/{reviewer.pk}/{item.pk}".encode()).digest()

    drawn = {item.pk for item in sorted(items, key=lot)[:size]}
    return [item for item in items if item.pk in drawn]


def unopened_sample(correction: CorrectionRequest, reviewer: User) -> list[CorrectionItem]:
    """Rows of the sample that this reviewer has not opened yet."""
    drawn = sample_of(correction, list(items_of(correction, reviewer)), reviewer)
    return [item for item in drawn if not item.is_opened]


@dataclass(frozen=True)
class Context:
    """How often this happens, in the same term: drafts do not count."""

    teacher: int
    department_median: float | None
    pupils: int
    school_class: int


def context_of(correction: CorrectionRequest) -> Context:
    """Petitions of this teacher, of these pupils and of this class in the term, and what is usual in the department."""
    sent = CorrectionRequest.objects.filter(gradebook__term=correction.gradebook.term_id, number__isnull=False)
    place = correction.gradebook.class_subject
    same_pupils = Q(items__student__in=correction.items.order_by().values("student")) & ~Q(pk=correction.pk)
    counted = sent.annotate(numbers=_numbers(sent, place.item.subject_id)).aggregate(
        teacher=Count("pk", distinct=True, filter=Q(requested_by=correction.requested_by_id)),
        pupils=Count("pk", distinct=True, filter=same_pupils),
        school_class=Count("pk", distinct=True, filter=Q(gradebook__class_subject__school_class=place.school_class_id)),
        # The same on every row.
        usual=Max("numbers"),
    )
    usual = counted.pop("usual")
    return Context(department_median=statistics.median(usual) if usual else None, **counted)


def _numbers(sent: QuerySet[CorrectionRequest], subject: int) -> ArraySubquery:
    """How many petitions each teacher of this subject has sent."""
    own = sent.filter(requested_by=OuterRef("pk")).order_by().values("requested_by")
    number = Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)
    teachers = TeachingAssignment.objects.filter(class_subject__item__subject=subject).values("teacher")
    return ArraySubquery(User.objects.filter(pk__in=teachers).annotate(number=number).values("number"))


def history_of(correction: CorrectionRequest) -> list[dict[str, Any]]:
    """The steps taken, oldest first, in words for `history_list`."""
    steps = CorrectionTransition.objects.filter(request=correction).select_related("by", "on_behalf_of")
    return [
        {
            "at": step.at,
            "text": f"{WORDS[step.step]} · {step.device}" if step.device else str(WORDS[step.step]),
            "by": str(step.by),
            "on_behalf_of": str(step.on_behalf_of) if step.on_behalf_of else "",
            "comment": step.comment,
        }
        for step in steps
    ]


def claimed_by_another(correction: CorrectionRequest, user: User, at: datetime) -> User | None:
    """Who has it open just now, if it is somebody else."""
    claimed = correction.claimed_by
    if claimed is None or correction.claimed_at is None or claimed.pk == user.pk:
        return None
    return claimed if at - correction.claimed_at < CLAIM_LASTS else None
