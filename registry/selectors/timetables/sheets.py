"""A timetable as the file that people fill in: with the classes, teachers and subjects of the year, and lessons."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import StaffProfile
from registry.importing.timetable_template import TemplateContent
from registry.models import SchoolClass, SchoolYear, Subject, Timetable, TimetableEntry
from registry.selectors.timetables.differences import entries_of
from registry.timetabling import Slot

_MARK = {True: " (ghép)", False: ""}


def template_of(school_year: SchoolYear, version: Timetable | None) -> TemplateContent:
    """Empty, or with the lessons of this version: loaded again unchanged, the file changes nothing. Four queries."""
    staff = StaffProfile.objects.filter(left_on=None, user__is_active=True).select_related("user", "department")
    teachers = [
        (found.staff_code, found.user.full_name, found.department.name if found.department else "")
        for found in staff.order_by("user__sort_key", "staff_code")
    ]
    codes = {found.user_id: found.staff_code for found in staff}
    taught = Q(curriculum__school_year=school_year)
    subjects = Subject.objects.filter(taught).distinct().values_list("code", "short_name", "name", "position")
    title = _("Thời khóa biểu năm học %(year)s") % {"year": school_year.code}
    return TemplateContent(
        title=f"{title} – {version}" if version else title,
        classes=list(SchoolClass.objects.filter(school_year=school_year).values_list("name", flat=True)),
        teachers=teachers,
        subjects=[(code, short, name) for code, short, name, _position in subjects.order_by("position", "name")],
        lessons=_texts(version, codes) if version else {},
    )


def _texts(version: Timetable, codes: dict[int, str]) -> dict[tuple[Slot, str], str]:
    entries = list(entries_of(version))
    joined = {(entry.teacher_id, entry.slot) for entry in entries if entry.is_joint}
    return {
        (entry.slot, entry.school_class.name): _text(entry, codes) + _MARK[(entry.teacher_id, entry.slot) in joined]
        for entry in entries
    }


def _text(entry: TimetableEntry, codes: dict[int, str]) -> str:
    what = entry.short_title
    if entry.teacher is not None:
        what = f"{what} - {codes.get(entry.teacher.pk, entry.teacher.full_name)}"
    return f"{what} ({entry.room})" if entry.room else what
