"""Asking families, and writing down what they answer: every answer is a row of its own (P1-22)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import Consent, ConsentText, Guardian, HomeroomAssignment, Student
from registry.selectors import consents
from schoolops.lib import outbox
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workflow import TransitionDenied


@dataclass(frozen=True)
class Said:
    """An answer to a text, of the guardian or, without one, of the child."""

    text: int
    is_given: bool
    guardian: Guardian | None = None


@transaction.atomic
def publish_text(*, use: str, text: str, by: User) -> ConsentText:
    """New words for this use: from now on families are asked in them, and older answers no longer count.

    Raises PermissionDenied.
    """
    if reason := permissions.publish_consent_text_denial(by):
        raise PermissionDenied(reason)
    take_turn(Turn.CONSENT_TEXTS)
    last = ConsentText.objects.filter(use=use).order_by("-version").first()
    if last is not None and last.text == text:
        raise TransitionDenied(_("Nội dung này đang được dùng rồi."))
    made = ConsentText(use=use, version=last.version + 1 if last else 1, text=text, published_by=by)
    made.full_clean(exclude=["published_at"])
    made.save()
    return made


@transaction.atomic
def answer_consents(*, student: Student, said: Iterable[Said], by: User, paper: str = "") -> int:
    """Write down what is new among these answers; returns how many. With `paper` somebody at the school copies a paper.

    Raises PermissionDenied, or TransitionDenied when a text has been replaced since it was read.
    """
    wanted = list(said)
    _require_voice(student, wanted, by, paper)
    Student.objects.select_for_update().get(pk=student.pk)
    standings = consents.standings_of(student, local_day(db_now()))
    standing = {found.text.pk: found for found in standings if found.text is not None}
    if any(answer.text not in standing for answer in wanted):
        raise TransitionDenied(_("Nội dung hỏi vừa được sửa. Xin đọc lại rồi trả lời."))
    fresh = [answer for answer in wanted if _is_news(answer, standing[answer.text])]
    for answer in fresh:
        Consent.objects.create(
            student=student,
            text_id=answer.text,
            giver=Consent.Giver.GUARDIAN if answer.guardian else Consent.Giver.CHILD,
            guardian=answer.guardian,
            is_given=answer.is_given,
            channel=Consent.Channel.PAPER if paper else Consent.Channel.ONLINE,
            paper=paper,
            recorded_by=by,
        )
    withdrawn = [standing[answer.text] for answer in fresh if not answer.is_given and standing[answer.text].holds]
    if withdrawn:
        _tell_of_withdrawal(student, withdrawn, by)
    return len(fresh)


def _require_voice(student: Student, said: list[Said], by: User, paper: str) -> None:
    """A family speaks for itself; who copies a paper may name any legal representative of today."""
    reason = permissions.record_consent_denial(by, student) if paper else permissions.represent_denial(by, student)
    if reason:
        raise PermissionDenied(reason)
    ties = student.guardianships.representing(local_day(db_now()))
    if not paper:
        ties = ties.filter(guardian__user=by)
    voices = set(ties.values_list("guardian", flat=True))
    if any(answer.guardian is not None and answer.guardian.pk not in voices for answer in said):
        raise PermissionDenied(_("Việc này do người đại diện theo pháp luật của em làm."))


def _is_news(answer: Said, standing: consents.Standing) -> bool:
    if answer.guardian is None:
        last = standing.child
        if not standing.needs_child:
            return False
    else:
        last = standing.guardians.get(answer.guardian.pk)
    return last is None or last.is_given != answer.is_given


def _tell_of_withdrawal(student: Student, withdrawn: list[consents.Standing], by: User) -> None:
    """Those who show pictures of the class hear of it at once."""
    seats = student.enrollments.present().values("school_class")
    keepers = HomeroomAssignment.objects.in_force(local_day(db_now())).filter(school_class__in=seats)
    people = User.objects.filter(pk__in=keepers.values("teacher")) | permissions.keepers_of_data()
    outbox.notify(
        people.exclude(pk=by.pk),
        "consent.withdrawn",
        {"who": student.full_name, "uses": "; ".join(str(item.use.label) for item in withdrawn)},
        url=reverse("registry:consent_paper", args=[student.pk]),
    )
