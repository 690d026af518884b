"""The demo school from the empty database to a term half done, in one transaction."""

from dataclasses import dataclass

from django.db import transaction

from accounts import services as accounts
from accounts.models import Decision, Incident, User
from gradebook.models import Gradebook, ScoreColumn
from registry import services as registry
from registry.models import SchoolClass
from schoolops.home.demo import (
    books,
    data_rights,
    families,
    health,
    lessons,
    lock_calendar,
    moves,
    people,
    petitions,
    powers,
    progress,
    pupils,
    records,
    remarks,
    reports,
    school,
    sector,
    staff_changes,
    timetable,
)
from schoolops.home.demo.plan import Plan, PlanError
from schoolops.lib.clock import db_now, local_day

DEVICE = "Chrome 130, Windows 10, 1366 × 768"


@dataclass(frozen=True)
class Summary:
    """What was made."""

    students: int
    classes: int
    staff: int
    gradebooks: int
    scores: int
    confirmed: int
    locked: int


@transaction.atomic
def plant(plan: Plan) -> Summary:
    """Make the school, or nothing. Raises PlanError when the plan cannot be."""
    plan.check()
    if plan.today > local_day(db_now()):
        raise PlanError("--today lies in the future: no past can be claimed from there.")
    campus = school.build(plan)
    table = timetable.draw_up(plan.class_names())
    staff = people.hire(plan, table, campus.departments)
    powers.give_duties(plan, campus, staff)
    powers.set_up_second_steps(plan, staff)
    powers.decide_policies(plan, staff)
    powers.assign(plan, campus, staff, table)
    lists = pupils.enroll(plan, campus, home=table.home, by=staff["quantri"])
    home = next(item.pk for item in campus.classes if item.name == table.home)
    families.found(plan, lists, home=home, by=staff["quantri"])
    records.answer(plan, lists, by=staff["quantri"])
    records.review(plan, campus.year)
    health.examine(plan, lists, home=home, year=campus.year, by=staff["yte"])
    lessons.publish(plan, campus, staff, table)
    stage = progress.stage(plan.class_names(), table.home)
    scores = books.open_and_fill(plan=plan, campus=campus, staff=staff, timetable=table, pupils=lists, stage=stage)
    vice_principal = User.objects.get(username="phohieutruong")
    locked = lock_calendar.publish(plan, campus, powers.lock_decision(plan, staff), vice_principal)
    remarks.write(plan)
    lock_calendar.open_again(plan, campus, stage, vice_principal)
    petitions.ask(vice_principal)
    _enter_pupils(staff["vanthu"])
    moves.happen(plan, staff["quantri"])
    staff_changes.happen(plan, staff["vanthu"])
    data_rights.ask_families(Decision.objects.get(number__startswith="42/"), table.home)
    data_rights.ask_about_identity(table.home)
    sector.compare(plan, campus.year, by=staff["quantri"])
    reports.happen(plan, campus.year, clerk=staff["vanthu"], leader=vice_principal)
    _report_incidents()
    return _summary(students=plan.students, staff=len(people.posts(table)), scores=scores, locked=len(locked))


def _summary(*, students: int, staff: int, scores: int, locked: int) -> Summary:
    return Summary(
        students=students,
        classes=SchoolClass.objects.count(),
        staff=staff,
        gradebooks=Gradebook.objects.count(),
        scores=scores,
        confirmed=ScoreColumn.objects.filter(confirmed_at__isnull=False).count(),
        locked=locked,
    )


def _enter_pupils(by: User) -> None:
    """The register book begins with those who came in September; whoever comes later waits for a number."""
    registry.enter_pupils(by=by)


def _report_incidents() -> None:
    """One that nobody has seen, one being worked on, one done: each step by the person whose duty it is."""
    known = User.objects.in_bulk(["gvbm", "gvcn", "vanthu", "quantri"], field_name="username")
    _reported("Máy in phòng hội đồng in bảng điểm bị mất dấu chữ ơ, ư.", "/so-diem/", known["gvbm"])
    taken = _reported("Không tìm thấy học sinh có tên H'Hen khi gõ vào ô tìm kiếm.", "/hoc-sinh/", known["vanthu"])
    accounts.take_incident(incident=taken, by=known["quantri"])
    done = _reported("Wi-Fi phòng học 7A1 chập chờn, lưu điểm phải thử lại.", "/so-diem/", known["gvcn"])
    done = accounts.take_incident(incident=done, by=known["quantri"], comment="Sẽ kiểm tra bộ phát sau tiết 5.")
    accounts.resolve_incident(incident=done, by=known["quantri"], comment="Đã thay bộ phát và thử lại tại lớp.")


def _reported(text: str, page: str, by: User) -> Incident:
    return accounts.report_incident(text=text, page=page, device=DEVICE, by=by)
