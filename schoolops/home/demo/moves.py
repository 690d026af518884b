"""Movements of a term: who left, who came back, who changed class, and one that was recorded by mistake."""

from accounts.models import User
from registry import services
from registry.models import Movement, SchoolClass, Student
from registry.services import Event
from schoolops.home.demo.plan import Plan

Kind = Movement.Kind
# The classes of this grade carry the stories; the others stay whole.
GRADE = 8
SCHOOL = "Trường THCS Suối Trong"
ENOUGH_PUPILS = 12


def happen(plan: Plan, by: User) -> None:
    """Every kind of event once, in a class large enough; a smaller school has none."""
    classes = list(SchoolClass.objects.filter(grade=GRADE).order_by("sort_key"))
    if not classes or classes[0].enrollments.count() < ENOUGH_PUPILS:
        return
    first, *others = classes
    pupils = [place.student for place in first.enrollments.select_related("student").order_by("roll_no")]
    left = Event(
        plan.day(-18), "Theo gia đình chuyển nơi ở", "21/GGT", plan.day(-19), SCHOOL, "Học bạ, bảng điểm giữa kỳ I"
    )
    services.leave_school(student=pupils[3], kind=Kind.TRANSFER_OUT, event=left, by=by)
    services.leave_school(student=pupils[5], kind=Kind.DROP_OUT, event=_event(plan, -25, "Gia đình khó khăn"), by=by)
    back = _event(plan, -11, "Giáo viên chủ nhiệm đã vận động em trở lại lớp")
    services.re_enter(student=pupils[5], to=first, event=back, by=by)
    mistake = services.leave_school(
        student=pupils[7], kind=Kind.DROP_OUT, event=_event(plan, -9, "Nghỉ học dài ngày"), by=by
    )
    services.cancel_movement(movement=mistake, reason="Em chỉ nghỉ ốm, đã có đơn", by=by)
    came = Event(plan.day(-12), "Theo bố mẹ về quê", "8/GGT", plan.day(-14), SCHOOL, "Học bạ, bảng điểm giữa kỳ I")
    services.transfer_in(pupil=_newcomer(), to=first, event=came, by=by)
    if others:
        wish = _event(plan, -8, "Theo nguyện vọng của gia đình")
        services.change_class(student=pupils[9], to=others[0], event=wish, by=by)


def _event(plan: Plan, offset: int, reason: str) -> Event:
    return Event(plan.day(offset), reason)


def _newcomer() -> Student:
    return Student(full_name="Quàng Văn Chiến", sex="male", ethnicity="Thái", moet_id="0099999001")
