"""School, year, classes, pupils, and the dated assignments from which teaching rights derive."""

from registry.models.access import ClassAccess
from registry.models.assignments import HomeroomAssignment, TeachingAssignment
from registry.models.classes import ClassSubject, CurriculumItem, GradeScheme, SchoolClass, Subject
from registry.models.families import Guardian, Guardianship
from registry.models.health import HealthCheck, HealthNote
from registry.models.imports import ImportBatch, ImportTransition
from registry.models.invitations import Invitation
from registry.models.movements import Movement
from registry.models.records import PolicyStatus, RosterReview
from registry.models.register_book import RegisterEntry
from registry.models.reports import DataExport, Period, Submission, SubmissionQuerySet, SubmissionTransition
from registry.models.school import CalendarDay, GoverningBody, School, SchoolYear, Term
from registry.models.staff import StaffChange
from registry.models.students import Enrollment, Student

__all__ = [
    "CalendarDay",
    "ClassAccess",
    "ClassSubject",
    "CurriculumItem",
    "DataExport",
    "Enrollment",
    "GoverningBody",
    "GradeScheme",
    "Guardian",
    "Guardianship",
    "HealthCheck",
    "HealthNote",
    "HomeroomAssignment",
    "ImportBatch",
    "ImportTransition",
    "Invitation",
    "Movement",
    "Period",
    "PolicyStatus",
    "RegisterEntry",
    "RosterReview",
    "School",
    "SchoolClass",
    "SchoolYear",
    "StaffChange",
    "Student",
    "Subject",
    "Submission",
    "SubmissionQuerySet",
    "SubmissionTransition",
    "TeachingAssignment",
    "Term",
]
