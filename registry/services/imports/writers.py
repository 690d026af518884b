"""A plan that has been agreed to becomes rows, in bulk and with history; the caller is in a transaction."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Decision, Department, StaffProfile, User
from registry.models import ClassSubject, Enrollment, HomeroomAssignment, SchoolClass, Student, TeachingAssignment
from registry.selectors.imports import (
    AssignmentPlan,
    Change,
    Ending,
    Group,
    Options,
    Plan,
    RowPlan,
    StaffPlan,
    StudentPlan,
)
from registry.selectors.imports.classes import ClassBook
from registry.selectors.imports.staff import PROFILE_FIELDS, USER_FIELDS
from registry.selectors.imports.students import FIELDS
from registry.services.imports.families import write_contacts
from registry.services.pen import BATCH, Pen

Counts = dict[str, int]


def write(plan: Plan, options: Options, *, by: User, reason: str) -> Counts:
    """Write everything the plan says; returns what was done, counted."""
    pen = Pen(by, reason)
    counts = {group.value: plan.count(group) for group in Group}
    if isinstance(plan, StudentPlan):
        _write_students(plan, options, pen)
    elif isinstance(plan, StaffPlan):
        _write_staff(plan, pen)
    elif isinstance(plan, AssignmentPlan):
        _write_assignments(plan, pen)
        counts |= {"teaching": len(plan.teaching), "homeroom": len(plan.homeroom), "ended": len(plan.ended)}
    return counts


def _write_classes(book: ClassBook) -> None:
    SchoolClass.objects.bulk_create(book.new_classes, batch_size=BATCH)
    ClassSubject.objects.bulk_create(book.new_class_subjects, batch_size=BATCH)


def _present(row: RowPlan, fields: Iterable[str]) -> dict[str, Any]:
    return {name: row.values[name] for name in fields if name in row.values}


def _changes_of(row: RowPlan, fields: Iterable[str]) -> list[Change]:
    return [change for change in row.changes if change.field in fields]


# --- pupils -------------------------------------------------------------------------------------
def _write_students(plan: StudentPlan, options: Options, pen: Pen) -> None:
    _write_classes(plan.book)
    newcomers = plan.of_group(Group.NEW)
    for row in newcomers:
        row.target = Student(**_present(row, FIELDS))
    pen.create(Student, [row.target for row in newcomers])
    pen.update(Student, {row.target: _changes_of(row, FIELDS) for row in plan.of_group(Group.CHANGED)})
    pen.create(
        Enrollment,
        [
            Enrollment(
                student=row.target,
                school_class=row.values["school_class"],
                roll_no=row.values["roll_no"],
                enrolled_on=options.valid_from,
            )
            for row in plan.rows
            if row.is_open and row.values["needs_place"]
        ],
    )
    write_contacts([row for row in plan.rows if row.is_open], day=options.valid_from, pen=pen)


# --- staff --------------------------------------------------------------------------------------
def _write_staff(plan: StaffPlan, pen: Pen) -> None:
    Department.objects.bulk_create(plan.new_departments)
    newcomers, known = plan.of_group(Group.NEW), plan.of_group(Group.CHANGED)
    without_account = [row for row in newcomers if row.values["account"] is None]
    with_account = [row for row in newcomers if row.values["account"] is not None]
    for row in without_account:
        # No password: the person sets one by the slip that IT staff hand out.
        row.values["account"] = User(
            username=row.values["username"], password=make_password(None), **_present(row, USER_FIELDS)
        )
    pen.create(User, [row.values["account"] for row in without_account])
    pen.create(StaffProfile, [_profile(row) for row in newcomers])
    pen.update(
        User,
        {row.values["account"]: _changes_of(row, USER_FIELDS) for row in with_account}
        | {row.target.user: _changes_of(row, USER_FIELDS) for row in known},
    )
    pen.update(StaffProfile, {row.target: _changes_of(row, (*PROFILE_FIELDS, "department")) for row in known})


def _profile(row: RowPlan) -> StaffProfile:
    return StaffProfile(
        user=row.values["account"],
        staff_code=row.values["staff_code"],
        department=row.values.get("department"),
        **_present(row, PROFILE_FIELDS),
    )


# --- assignments --------------------------------------------------------------------------------
def _write_assignments(plan: AssignmentPlan, pen: Pen) -> None:
    _write_classes(plan.book)
    pen.create(Decision, plan.new_decisions)
    pen.create(TeachingAssignment, plan.teaching)
    pen.create(HomeroomAssignment, plan.homeroom)
    for model in (TeachingAssignment, HomeroomAssignment):
        ended = [ending for ending in plan.ended if isinstance(ending.assignment, model)]
        pen.update(model, {ending.assignment: [_last_day(ending)] for ending in ended})


def _last_day(ending: Ending) -> Change:
    return Change(ending.what, "", f"{ending.last_day:%d/%m/%Y}", "valid_until", ending.last_day)
