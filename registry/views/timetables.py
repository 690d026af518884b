"""Thời khóa biểu as it is read: one's own week, that of a class, that of a teacher; on paper too (W7, C9)."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import SignedInRequest
from registry import documents, permissions
from registry.models import SchoolClass, Timetable
from registry.selectors import timetables
from registry.selectors.timetables import Week
from schoolops.lib.clock import local_day
from schoolops.lib.files import as_attachment

SUNDAY = 6
# Weeks that somebody may look at, in days around today.
_REACH = timedelta(days=800)


@require_GET
def timetable_own(request: SignedInRequest) -> HttpResponse:
    """One's own week with today's lessons on top, and the way to the other timetables that concern one.

    `teacher` in the address leads on to that person's.
    """
    asked = request.GET.get("teacher", "")
    if asked.isdecimal() and len(asked) < 10:
        version = request.GET.get("version", "")
        query = f"?version={version}" if version.isdecimal() else ""
        return redirect(f"{reverse('registry:timetable_teacher', args=[int(asked)])}{query}")
    today = local_day(timezone.now())
    context = _week(request, request.user) | {
        "today": today,
        "teaches": timetables.teaches(request.user),
        "lessons": timetables.lessons_on(request.user, today),
        "classes": _classes_now(request.user),
        "teachers": _teachers(request.user),
        "can_read_versions": permissions.read_timetables_denial(request.user) is None,
        "can_load": permissions.load_timetable_denial(request.user) is None,
    }
    return render(request, "registry/timetable_own.html", context)


def _classes_now(user: User) -> list[SchoolClass]:
    """The classes of open years whose timetable concerns this person."""
    found = permissions.timetable_classes(user).filter(school_year__closed_at=None)
    return list(found.order_by("school_year__starts_on", "sort_key"))


def _teachers(user: User) -> list[User]:
    """Whose timetable may be chosen: nobody's where one may read one's own alone."""
    if not permissions.reads_every_timetable(user):
        return []
    found = permissions.timetable_teachers(user).filter(timetable_entries__isnull=False).distinct()
    return list(found.order_by("sort_key", "pk"))


@require_GET
def timetable_class(request: SignedInRequest, pk: int) -> HttpResponse:
    """The week of a class, or what a version has for it; of a class that does not concern one there is nothing."""
    school_class = get_object_or_404(permissions.timetable_classes(request.user), pk=pk)
    context = _week(request, school_class) | {"school_class": school_class, "classes": _classes_now(request.user)}
    return render(request, "registry/timetable_class.html", context)


@require_GET
def timetable_teacher(request: SignedInRequest, pk: int) -> HttpResponse:
    """The week of a teacher: one's own, or anybody's for leaders."""
    teacher = get_object_or_404(permissions.timetable_teachers(request.user), pk=pk)
    context = _week(request, teacher) | {"teacher": teacher, "teachers": _teachers(request.user)}
    return render(request, "registry/timetable_teacher.html", context)


@require_GET
def timetable_class_pdf(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The same on paper, to hang up in the classroom."""
    school_class = get_object_or_404(permissions.timetable_classes(request.user), pk=pk)
    title = _("Lớp %(name)s") % {"name": school_class.name}
    return _printed(request, school_class, title=title, name=f"ThoiKhoaBieu_{school_class.pk}.pdf")


@require_GET
def timetable_teacher_pdf(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The same on paper."""
    teacher = get_object_or_404(permissions.timetable_teachers(request.user), pk=pk)
    title = _("Giáo viên %(name)s") % {"name": teacher.full_name}
    return _printed(request, teacher, title=title, name=f"ThoiKhoaBieu_GV_{teacher.pk}.pdf")


def _printed(request: SignedInRequest, of: SchoolClass | User, *, title: str, name: str) -> HttpResponseBase:
    week = _week(request, of)["week"]
    content = documents.timetable_pdf(week, title=title, of_class=isinstance(of, SchoolClass))
    return as_attachment(content, filename=name, media_type="application/pdf")


# --- which week -------------------------------------------------------------------------------------
def _week(request: SignedInRequest, of: SchoolClass | User) -> dict[str, Any]:
    """The week that the address asks for, or the version; else the present week, on Sundays the next one."""
    today = local_day(timezone.now())
    if version := _version(request):
        return {
            "week": timetables.pattern_of(version, of),
            "version": version,
            "coming": None,
            "this_week": None,
            "pdf_query": f"?version={version.pk}",
        }
    present = today + timedelta(days=1) if today.weekday() == SUNDAY else today
    day = _day(request.GET.get("week", ""), today) or present
    week: Week = timetables.week_of(of, day, today)
    return {
        "week": week,
        "version": None,
        "coming": timetables.coming(max(today, week.days[-1].day or today)),
        "this_week": present - timedelta(days=present.weekday()),
        "pdf_query": f"?week={week.monday}",
    }


def _version(request: SignedInRequest) -> Timetable | None:
    """The version that the address names; a draft exists for those who prepare it alone."""
    asked = request.GET.get("version", "")
    if not asked.isdecimal() or len(asked) > 9:
        return None
    return get_object_or_404(permissions.visible_timetables(request.user), pk=int(asked))


def _day(text: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if abs(day - today) <= _REACH else None
