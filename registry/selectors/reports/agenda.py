"""Which reports the school owes, until when, and how far each is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import User
from registry.models import DataExport, Period, School, SchoolYear, Submission, SubmissionQuerySet, Term
from registry.reporting import FORMS, Anchor, Due, ReportForm, forms_of
from schoolops.lib.clock import end_of, local_day


@dataclass(frozen=True)
class Line:
    """A report as the list tells it; it is late when its last day is over and nothing was sent."""

    submission: Submission
    form: ReportForm
    due_at: datetime
    is_late: bool


def line_of(submission: Submission, at: datetime) -> Line:
    due_at = end_of(submission.due_on)
    is_late = not submission.is_sent and due_at <= at
    return Line(submission, FORMS[submission.form], due_at, is_late)


def open_lines(submissions: SubmissionQuerySet, at: datetime) -> list[Line]:
    """What is still to be sent, the most overdue first; one query."""
    rows = submissions.open().select_related("school_year").order_by("due_on", "form", "pk")
    return [line_of(row, at) for row in rows]


def lacking(year: SchoolYear, listed: Iterable[Submission]) -> list[Submission]:
    """The reports of this year that are not among those listed, unsaved; two queries."""
    school = School.objects.first()
    known = {(row.form, row.period) for row in listed if row.school_year_id == year.pk}
    ends = dict(Term.objects.filter(school_year=year).order_by().values_list("number", "ends_on"))
    return [
        Submission(form=form.code, school_year=year, period=period, due_on=day, receiver=str(form.receiver))
        for form in (forms_of(school.level) if school else ())
        for period, due in form.due.items()
        if (form.code, period) not in known and (day := usual_day(due, year, ends))
    ]


def usual_day(due: Due, year: SchoolYear, ends: Mapping[int, date]) -> date | None:
    """The last day unless the school set another; None while the term it follows has no dates."""
    anchor = {
        Anchor.YEAR_BEGINS: year.starts_on,
        Anchor.TERM1_ENDS: ends.get(Term.Number.FIRST),
        Anchor.TERM2_ENDS: ends.get(Term.Number.SECOND),
    }[due.anchor]
    return anchor + timedelta(days=due.days) if anchor else None


def period_label(period: str) -> str:
    return str(Period(period).label)


def taken_today(by: User, at: datetime) -> int:
    """How many files with personal data this person has taken out on the day of `at` at school."""
    return DataExport.objects.filter(by=by, at__date=local_day(at)).count()
