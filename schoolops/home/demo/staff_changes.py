"""Changes of staff: one in the records in time, one that waits, one overdue."""

from datetime import date, timedelta

from accounts.models import Decision, StaffProfile, User
from registry import services
from registry.models import StaffChange
from registry.services import News
from schoolops.home.demo.plan import Plan

Kind = StaffChange.Kind
SIGNER = "Chủ tịch UBND xã"


def happen(plan: Plan, by: User) -> None:
    """Decisions of the weeks before the day, about people who keep their places in the other stories."""
    people = StaffProfile.objects.filter(user__username__in=["bbt", "thuvien", "yte"]).order_by("staff_code")
    stories = (
        (Kind.SALARY, "Nâng bậc lương thường xuyên", "341/QĐ-UBND", -3),
        (Kind.TITLE, "Bổ nhiệm vào hạng chức danh nghề nghiệp", "325/QĐ-UBND", -12),
        (Kind.SALARY, "Nâng phụ cấp thâm niên", "344/QĐ-UBND", -2),
    )
    changes = []
    for profile, (kind, what, number, offset) in zip(people, stories, strict=True):
        signed = plan.day(offset)
        news = News(kind, what, _first_of_next_month(signed))
        decision = Decision(number=number, issued_on=signed, signer=SIGNER, summary=what)
        changes.append(services.note_staff_change(staff=profile, news=news, decision=decision, by=by))
    services.record_staff_change(change=changes[0], by=by)


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
