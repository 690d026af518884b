"""School, year, classes, pupils, and the dated assignments from which teaching rights derive."""

from registry.models.access import ClassAccess
from registry.models.assignments import HomeroomAssignment, TeachingAssignment
from registry.models.classes import ClassSubject, CurriculumItem, GradeScheme, SchoolClass, Subject
from registry.models.consents import Consent, ConsentText, ConsentUse
from registry.models.data_requests import DataRequest, DataRequestTransition
from registry.models.families import Guardian, Guardianship
from registry.models.health import HealthCheck, HealthNote
from registry.models.identity import IdentityChange, IdentityChangeTransition
from registry.models.imports import ImportBatch, ImportTransition
from registry.models.invitations import Invitation
from registry.models.movements import Movement
from registry.models.records import PolicyStatus, RosterReview
from registry.models.register_book import RegisterEntry
from registry.models.reports import DataExport, Period, Submission, SubmissionQuerySet, SubmissionTransition
from registry.models.school import CalendarDay, GoverningBody, School, SchoolYear, Term
from registry.models.staff import StaffChange
from registry.models.students import Enrollment, Student
from registry.models.timetable import Timetable, TimetableEntry, TimetableTransition

__all__ = [
    "CalendarDay",
    "ClassAccess",
    "ClassSubject",
    "Consent",
    "ConsentText",
    "ConsentUse",
    "CurriculumItem",
    "DataExport",
    "DataRequest",
    "DataRequestTransition",
    "Enrollment",
    "GoverningBody",
    "GradeScheme",
    "Guardian",
    "Guardianship",
    "HealthCheck",
    "HealthNote",
    "HomeroomAssignment",
    "IdentityChange",
    "IdentityChangeTransition",
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
    "Timetable",
    "TimetableEntry",
    "TimetableTransition",
]
