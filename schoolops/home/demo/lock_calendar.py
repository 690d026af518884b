"""The lock calendar of the term: what is closed, what closes soon, one column opened again, one rule in draft."""

from accounts.models import Decision, User
from gradebook import permissions, services
from gradebook.models import LockException, LockRule, ScoreColumn
from schoolops.home.demo.plan import Plan
from schoolops.home.demo.progress import Stage
from schoolops.home.demo.school import Campus

Kind = ScoreColumn.Kind
REGULAR, MIDTERM, FINAL, REMARK = Kind.REGULAR, Kind.MIDTERM, Kind.FINAL, Kind.REMARK
# Days from today on which the mid-term column of a grade closes, always at 23:59.
MIDTERM_CLOSES = {6: -6, 7: 2, 8: -1, 9: -6}


def publish(plan: Plan, campus: Campus, decision: Decision, by: User) -> list[ScoreColumn]:
    """Put the calendar into force, and leave one rule in draft. Returns the columns that got a window."""
    rules = [
        LockRule(kind=REGULAR, ordinal=1, closes_at=plan.moment(-6, 23, 59)),
        LockRule(kind=REMARK, ordinal=2, opens_at=plan.moment(30, 0), closes_at=plan.moment(52, 23, 59)),
        LockRule(kind=FINAL, opens_at=plan.moment(30, 0), closes_at=plan.moment(50, 23, 59)),
        *(
            LockRule(grade=grade, kind=MIDTERM, closes_at=plan.moment(offset, 23, 59))
            for grade, offset in MIDTERM_CLOSES.items()
        ),
    ]
    draft = LockRule(kind=REGULAR, ordinal=2, closes_at=plan.moment(16, 23, 59))
    for rule in (*rules, draft):
        rule.term, rule.decision = campus.term, decision
        services.draft_rule(rule=rule, by=by)
    return services.publish_rules(rules=rules, by=by)


def open_again(plan: Plan, campus: Campus, stage: Stage, by: User) -> LockException:
    """One closed mid-term column, open for a day from this morning.

    Not by `services.open_exception`, which opens from the real moment on: the demo has its own day.
    """
    school_class = next(found for found in campus.classes if found.name == stage.excepted)
    column = ScoreColumn.objects.select_related("gradebook__class_subject__school_class").get(
        gradebook__class_subject=campus.subject(school_class, "TOAN"), gradebook__term=campus.term, kind=MIDTERM
    )
    exception = LockException(
        column=column,
        opens_at=plan.moment(0, 8),
        closes_at=plan.moment(1, 8),
        reason="Giáo viên nghỉ ốm đúng tuần vào điểm, có đơn; bài kiểm tra đã chấm xong.",
        created_by=by,
    )
    if reason := permissions.except_denial(by, exception):
        raise PermissionError(reason)
    exception.full_clean()
    services.act_as(by)
    exception.save()
    return exception
