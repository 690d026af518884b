"""Requests of families about data: received, answered within 2 working days, settled within 15 days (P1-21)."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.models import DataRequest, Guardian, Student
from registry.selectors.calendar import working_day_after
from registry.workflow import DATA_REQUEST_STEPS
from schoolops.lib import jobs, outbox
from schoolops.lib.clock import db_now, end_of, local_day
from schoolops.lib.models import JobItem
from schoolops.lib.workflow import TransitionDenied, perform

# Law 91/2025/QH15, Decree 356/2025.
WORKING_DAYS_TO_ANSWER = 2
TO_SETTLE = timedelta(days=15)
KIND = "registry.data_request_due"
AHEAD = timedelta(days=3)


@transaction.atomic
def receive_data_request(
    *, student: Student, guardian: Guardian, kind: str, text: str, by: User, paper: str = ""
) -> DataRequest:
    """Write it down with its two terms, and tell those who answer. `by` is the guardian, or the office with a paper.

    The same words sent again while they wait are the same request: a bad line asks for nothing twice.
    Raises PermissionDenied, or TransitionDenied when the guardian does not represent the child.
    """
    reason = permissions.take_data_request_denial(by) if paper else permissions.represent_denial(by, student)
    if reason or (not paper and guardian.user_id != by.pk):
        raise PermissionDenied(reason)
    now = db_now()
    today = local_day(now)
    if not student.guardianships.representing(today).filter(guardian=guardian).exists():
        raise TransitionDenied(_("Người này không phải là người đại diện theo pháp luật của em."))
    Guardian.objects.select_for_update(no_key=True).get(pk=guardian.pk)
    waiting = student.data_requests.filter(guardian=guardian, state=DataRequest.State.RECEIVED, paper=paper)
    if again := waiting.filter(kind=kind, text=text).first():
        return again
    made = DataRequest(
        student=student,
        guardian=guardian,
        kind=kind,
        text=text,
        received_by=by,
        received_at=now,
        paper=paper,
        answer_by=end_of(working_day_after(today, WORKING_DAYS_TO_ANSWER)),
        settle_by=end_of(today + TO_SETTLE),
    )
    made.full_clean()
    made.save()
    _tell(permissions.keepers_of_data().exclude(pk=by.pk), "data_request.received", made)
    return made


def answer_data_request(*, request: DataRequest, by: User, comment: str) -> DataRequest:
    """The family hears that it was received and what happens next. Raises TransitionDenied with the reason."""
    with perform(DATA_REQUEST_STEPS, "answer", request, by=by, comment=comment) as taken:
        taken.handler, taken.answered_at = by, db_now()
        _tell_family(taken, "data_request.answered", comment)
    return taken


def prolong_data_request(*, request: DataRequest, by: User, comment: str) -> DataRequest:
    """15 days more, once, with the reason. Raises TransitionDenied with the reason."""
    with perform(DATA_REQUEST_STEPS, "prolong", request, by=by, comment=comment) as prolonged:
        prolonged.settle_by += TO_SETTLE
        prolonged.is_prolonged = True
        _tell_family(prolonged, "data_request.prolonged", comment)
    return prolonged


def close_data_request(*, request: DataRequest, step: str, by: User, comment: str) -> DataRequest:
    """Settled or refused ("settle", "refuse"), with what was done or why not. Raises TransitionDenied with the reason."""
    with perform(DATA_REQUEST_STEPS, step, request, by=by, comment=comment) as closed:
        closed.settled_at, closed.outcome, closed.handler = db_now(), comment, by
        _tell_family(closed, "data_request.settled", comment)
    return closed


def _tell_family(request: DataRequest, kind: str, comment: str) -> None:
    if request.guardian.user is not None:
        _tell([request.guardian.user], kind, request, comment=comment[:300])


def _tell(people: object, kind: str, request: DataRequest, **words: str) -> None:
    context = {"number": request.pk, "answer_by": request.answer_by.isoformat(), **words}
    outbox.notify(people, kind, context, url=reverse("registry:data_request_detail", args=[request.pk]))  # type: ignore[arg-type]


def start_data_request_reminders(*, at: datetime) -> int:
    """A job a day for each request that is not answered, or whose term is near or over. Returns how many."""
    today = local_day(at)
    unanswered = DataRequest.objects.filter(state=DataRequest.State.RECEIVED)
    unsettled = DataRequest.objects.filter(state=DataRequest.State.IN_PROGRESS, settle_by__lte=at + AHEAD)
    started = [
        jobs.start(KIND, [(str(pk), {"request": pk})], period=f"{pk} on {today:%Y-%m-%d}")
        for pk in (unanswered | unsettled).order_by("pk").values_list("pk", flat=True)
    ]
    return sum(job is not None for job in started)


@jobs.handler(KIND)
@transaction.atomic
def remind_of_request(item: JobItem) -> None:
    """Nothing when it was closed meanwhile."""
    open_ones = DataRequest.objects.exclude(state__in=[DataRequest.State.DONE, DataRequest.State.REFUSED])
    request = open_ones.filter(pk=item.payload["request"]).first()
    if request is None:
        return
    due = request.answer_by if request.state == DataRequest.State.RECEIVED else request.settle_by
    outbox.notify(
        permissions.keepers_of_data(),
        "data_request.due",
        {"number": request.pk, "due_at": due.isoformat()},
        url=reverse("registry:data_request_detail", args=[request.pk]),
    )
