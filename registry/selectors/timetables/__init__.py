"""Timetables: what a file means, how versions differ, and the week of a class or a teacher."""

from registry.selectors.timetables.differences import Difference, difference, entries_of
from registry.selectors.timetables.plans import Problem, TimetablePlan, build_plan, notes_in_words
from registry.selectors.timetables.weeks import (
    Day,
    Week,
    classes_with_timetable,
    coming,
    lessons_on,
    pattern_of,
    teaches,
    week_of,
)

__all__ = [
    "Day",
    "Difference",
    "Problem",
    "TimetablePlan",
    "Week",
    "build_plan",
    "classes_with_timetable",
    "coming",
    "difference",
    "entries_of",
    "lessons_on",
    "notes_in_words",
    "pattern_of",
    "teaches",
    "week_of",
]
