"""Decisions, the duties that rest on them, and the assignments of teachers."""

from base64 import b32encode
from datetime import date

from allauth.mfa.totp.internal.auth import TOTP
from simple_history.utils import bulk_create_with_history

from accounts import services
from accounts.models import Decision, Grant, ScopeKind, User
from accounts.roles import Role
from accounts.selectors.policies import newest_version
from gradebook.policies import CORRECTION_ANSWER_DAYS
from registry.models import HomeroomAssignment, TeachingAssignment
from schoolops.home.demo.people import OFFICER, SYSTEM, Staff
from schoolops.home.demo.plan import Plan
from schoolops.home.demo.school import ENGLISH, MATHS, OFFICE, TWO_LEVELS_FROM, Campus
from schoolops.home.demo.timetable import Timetable

OFFICE_ROLES = {"vanthu": Role.CLERK, "yte": Role.MEDICAL, "bbt": Role.EDITOR, "thuvien": Role.LIBRARIAN}


def give_duties(plan: Plan, campus: Campus, staff: Staff) -> None:
    """Every duty by a decision: the first two before anybody is there to give them, the others as the portal does."""
    appointed = date(plan.first_year - 1, 8, 20)
    signer = "Chủ tịch UBND xã" if appointed >= TWO_LEVELS_FROM else "Chủ tịch UBND huyện"
    council = _decision(staff, "1187/QĐ-UBND", appointed, "Điều động, bổ nhiệm Hiệu trưởng", signer=signer)
    deputy = _decision(staff, "1188/QĐ-UBND", appointed, "Bổ nhiệm Phó Hiệu trưởng", signer=signer)
    network = _school_decision(plan, staff, 41, "Giao nhiệm vụ quản trị hệ thống công nghệ thông tin")
    duties = _school_decision(plan, staff, 42, "Phân công nhiệm vụ tổ trưởng và nhân viên năm học")
    _first_grants(staff, council, network)
    by = _as_known(staff["quantri"])
    vice = services.give_grant(grant=_grant(staff["phohieutruong"], Role.VICE_PRINCIPAL, deputy), by=by)
    services.confirm_grant(grant=vice, by=_as_known(staff["hieutruong"]))
    for username, role in OFFICE_ROLES.items():
        services.give_grant(grant=_grant(staff[username], role, duties), by=by)
    for name, department in campus.departments.items():
        members = staff.members(name)
        head = staff["totruong"] if name == MATHS else members[0] if members else None
        if name != OFFICE and head is not None:
            services.give_grant(grant=_head_of(head, department.pk, duties), by=by)


def assign(plan: Plan, campus: Campus, staff: Staff, timetable: Timetable) -> None:
    """Phân công giảng dạy and chủ nhiệm of the whole year."""
    decision = _school_decision(plan, staff, 43, "Phân công giảng dạy năm học")
    teaching = [
        TeachingAssignment(
            teacher=staff[timetable.teaching[found.school_class.name, found.item.subject.code]],
            class_subject=found,
            decision=decision,
            valid_from=plan.starts_on,
        )
        for found in campus.class_subjects
    ]
    decision = _school_decision(plan, staff, 44, "Phân công giáo viên chủ nhiệm năm học")
    keeping = [
        HomeroomAssignment(
            teacher=staff[timetable.keeping[kept.name]], school_class=kept, decision=decision, valid_from=plan.starts_on
        )
        for kept in campus.classes
    ]
    bulk_create_with_history(teaching, TeachingAssignment, default_user=staff["quantri"])
    bulk_create_with_history(keeping, HomeroomAssignment, default_user=staff["quantri"])


def set_up_second_steps(plan: Plan, staff: Staff) -> None:
    """The teachers of English have an app for codes; the demo accounts have none, so that everybody can look."""
    rng = plan.rng("second steps")
    for user in staff.members(ENGLISH):
        TOTP.activate(user, b32encode(rng.randbytes(20)).decode())


def decide_policies(plan: Plan, staff: Staff) -> None:
    """A longer term to answer petitions was tried and taken back."""
    by, key = _as_known(staff["hieutruong"]), CORRECTION_ANSWER_DAYS.key
    for number, days in ((45, 3), (46, CORRECTION_ANSWER_DAYS.default)):
        decision = _school_decision(plan, staff, number, "Thời hạn trả lời đề nghị điều chỉnh điểm")
        services.set_policies(values={key: days}, seen=newest_version([key]), decision=decision, by=by)


def lock_decision(plan: Plan, staff: Staff) -> Decision:
    """The plan on which the lock calendar rests."""
    return _school_decision(plan, staff, 47, "Ban hành kế hoạch kiểm tra, nhập điểm và khóa sổ học kỳ")


def _first_grants(staff: Staff, council: Decision, network: Decision) -> None:
    """The principal, confirmed by the governing body, and the IT staff who give the other duties."""
    principal = _grant(staff["hieutruong"], Role.PRINCIPAL, council)
    principal.confirmed_by, principal.confirmed_at = staff[OFFICER], staff[OFFICER].date_joined
    for grant in (principal, _grant(staff["quantri"], Role.IT_STAFF, network)):
        grant.granted_by = staff[SYSTEM]
        grant._history_user = staff[SYSTEM]  # type: ignore[attr-defined]  # read by simple-history
        grant.full_clean()
        grant.save()


def _grant(person: User, role: Role, decision: Decision) -> Grant:
    return Grant(person=person, role=role, decision=decision, valid_from=decision.issued_on)


def _head_of(person: User, department_id: int, decision: Decision) -> Grant:
    grant = _grant(person, Role.DEPARTMENT_HEAD, decision)
    grant.scope_kind, grant.scope_id = ScopeKind.DEPARTMENT, department_id
    return grant


def _decision(staff: Staff, number: str, issued_on: date, summary: str, *, signer: str) -> Decision:
    decision = Decision(number=number, issued_on=issued_on, summary=summary, signer=signer)
    decision._history_user = staff[SYSTEM]  # type: ignore[attr-defined]  # read by simple-history
    decision.full_clean()
    decision.save()
    return decision


def _school_decision(plan: Plan, staff: Staff, number: int, summary: str) -> Decision:
    """A decision of the principal, at the end of August."""
    signer = staff["hieutruong"].full_name
    text = f"{summary} {plan.year_code}" if summary.endswith("năm học") else summary
    return _decision(staff, f"{number}/QĐ-THCSHB", date(plan.first_year, 8, 28), text, signer=signer)


def _as_known(user: User) -> User:
    """The same person as the next request would see them: rights are read once per user object."""
    return User.objects.get(pk=user.pk)
