"""What a file would do to the register: the one calculation behind the preview, and behind the loading itself."""

from registry.selectors.imports.assignments import AssignmentPlan
from registry.selectors.imports.plans import Change, Ending, Group, Options, Plan, Problem, RowPlan
from registry.selectors.imports.preview import build_plan, notes_in_words
from registry.selectors.imports.staff import StaffPlan
from registry.selectors.imports.students import StudentPlan

__all__ = [
    "AssignmentPlan",
    "Change",
    "Ending",
    "Group",
    "Options",
    "Plan",
    "Problem",
    "RowPlan",
    "StaffPlan",
    "StudentPlan",
    "build_plan",
    "notes_in_words",
]
