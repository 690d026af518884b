"""Danh sách lớp: what each record lacks, completing it in the list or pupil by pupil, and saying that it is done (R1-R3)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import AccessLog
from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.rosters import ASKED, RecordForm, initial_of
from registry.models import PolicyStatus, SchoolClass, SchoolYear, Student
from registry.models.identity import IDENTITY
from registry.selectors import completeness, duties, history, rosters
from registry.services import Mended
from registry.views.reads import note
from schoolops.lib.clock import local_day

REST = "rest"


@require_GET
def roster_list(request: SignedInRequest) -> HttpResponse:
    """The classes of the year whose records this person reads, with what they lack."""
    now = timezone.now()
    year = SchoolYear.objects.current(local_day(now))
    classes = list(permissions.visible_rosters(request.user).filter(school_year=year)) if year else []
    if not classes and not request.user.has_perm("registry.view_families"):
        raise PermissionDenied(_("Trang này dành cho giáo viên chủ nhiệm, văn phòng, quản trị hệ thống và lãnh đạo."))
    states = completeness.of_classes(classes, local_day(now))
    due = {duty.object.pk: duty for duty in duties.roster_reviews(year, classes, now)} if year and classes else {}
    lines = [
        {"school_class": item, "state": states[item.pk], "duty": due[item.pk], "is_late": due[item.pk].is_late(now)}
        for item in classes
    ]
    return render(request, "registry/roster_list.html", {"lines": lines, "year": year})


@require_http_methods(["GET", "HEAD", "POST"])
def roster_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One list; `field` shows the pupils who lack one thing with a place to type it, and POST saves what was typed."""
    school_class = _school_class(request, pk)
    today = local_day(timezone.now())
    roster = rosters.roster(school_class, today)
    field = request.GET.get("field", "")
    forms = _line_forms(request, roster, field, today) if field in ASKED else []
    if request.method == "POST":
        if reason := permissions.mend_records_denial(request.user, school_class):
            raise PermissionDenied(reason)
        if all(form.is_valid() for _line, form in forms):
            return _save_lines(request, school_class, field, forms)
    if request.method != "POST":
        note(request, AccessLog.Record.FILE, school_class)
    context = _about(request, school_class, roster) | {
        "field": completeness.BY_NAME.get(field),
        "forms": forms,
        "is_single": len(ASKED.get(field, ())) == 1,
        "rest": REST if field == "policy" else "",
    }
    is_refused = request.method == "POST"
    return render(request, "registry/roster_detail.html", context, status=422 if is_refused else 200)


def _school_class(request: SignedInRequest, pk: int) -> SchoolClass:
    found = get_object_or_404(permissions.visible_classes(request.user).select_related("school_year"), pk=pk)
    if reason := permissions.read_records_denial(request.user, found):
        raise PermissionDenied(reason)
    return found


def _line_forms(
    request: SignedInRequest, roster: rosters.Roster, field: str, today: date
) -> list[tuple[rosters.Line, RecordForm]]:
    data = request.POST if request.method == "POST" else None
    found = []
    for line in roster.lacking(field):
        form = RecordForm(data, prefix=f"s{line.student.pk}", shown=ASKED[field], today=today)
        for name in form.fields:
            # A line that is left empty stays as it is; a name is there already wherever a pupil is.
            form.fields[name].required = False
        found.append((line, form))
    return found


def _save_lines(
    request: SignedInRequest, school_class: SchoolClass, field: str, forms: list[tuple[rosters.Line, RecordForm]]
) -> HttpResponse:
    answer = {"policy": PolicyStatus.Category.NONE} if field == "policy" and REST in request.POST else {}
    typed = [Mended(line.student.pk, answer | form.filled()) for line, form in forms]
    count = services.mend_records(
        school_class=school_class, mended=[item for item in typed if item.values], by=request.user
    )
    _say(request, count)
    return redirect(reverse("registry:roster_detail", args=[school_class.pk]))


def _say(request: SignedInRequest, count: int) -> None:
    if count:
        text = ngettext("Đã lưu hồ sơ của %(count)s em.", "Đã lưu hồ sơ của %(count)s em.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("Không có gì thay đổi."))


def _about(request: SignedInRequest, school_class: SchoolClass, roster: rosters.Roster) -> dict[str, Any]:
    last = school_class.roster_reviews.select_related("reviewed_by").order_by("-reviewed_at").first()
    return {
        "school_class": school_class,
        "roster": roster,
        "is_frozen": rosters.is_frozen(school_class),
        "review": last,
        "due_at": None if last else duties.roster_due_at(school_class.school_year),
        "can_mend": permissions.mend_records_denial(request.user, school_class) is None,
        "can_review": permissions.review_roster_denial(request.user, school_class) is None,
        "can_move": permissions.record_movement_denial(request.user, school_class) is None,
        "is_closed": school_class.school_year.closed_at is not None,
    }


@require_POST
def roster_review(request: SignedInRequest, pk: int) -> HttpResponse:
    """The homeroom teacher has looked the list over."""
    school_class = _school_class(request, pk)
    review = services.review_roster(school_class=school_class, by=request.user)
    if review.incomplete:
        text = ngettext(
            "Đã ghi nhận rà soát. Còn %(count)s hồ sơ thiếu, bổ sung được bất cứ lúc nào.",
            "Đã ghi nhận rà soát. Còn %(count)s hồ sơ thiếu, bổ sung được bất cứ lúc nào.",
            review.incomplete,
        )
        messages.info(request, text % {"count": review.incomplete})
    else:
        messages.success(request, _("Đã ghi nhận rà soát. Hồ sơ cả lớp đã đủ."))
    return redirect("registry:roster_detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def roster_pupil(request: SignedInRequest, pk: int, student: int) -> HttpResponse:
    """The whole minimum record of one pupil, with what was changed about it; saving can lead to the next one."""
    school_class = _school_class(request, pk)
    if reason := permissions.mend_records_denial(request.user, school_class):
        raise PermissionDenied(reason)
    today = local_day(timezone.now())
    roster = rosters.roster(school_class, today)
    line = next((item for item in roster.lines if item.student.pk == student), None)
    if line is None:
        raise Http404
    shown = [name for asked in ASKED.values() for name in asked]
    if completeness.BY_NAME["policy"] not in line.missing:
        shown.remove("policy")
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        initial=initial_of(line.student, line.contact),
        shown=shown,
        today=today,
    )
    why_fixed = _fix_identity(form, request, line.student)
    following = _following(roster, line)
    if request.method == "POST" and form.is_valid():
        _say(request, services.mend_records(school_class=school_class, mended=[_typed(form, line)], by=request.user))
        if "next" in request.POST and following:
            return redirect("registry:roster_pupil", pk, following.student.pk)
        return redirect("registry:roster_detail", pk)
    if request.method != "POST":
        note(request, AccessLog.Record.FILE, line.student)
    context = {
        "school_class": school_class,
        "line": line,
        "form": form,
        "following": following,
        "why_fixed": why_fixed,
        "history": history.of_student(line.student),
    }
    return render(request, "registry/roster_pupil.html", context, status=422 if form.errors else 200)


def _fix_identity(form: RecordForm, request: SignedInRequest, student: Student) -> str | None:
    """What only a petition may change is shown and not asked. Returns why, or None."""
    why = permissions.mend_identity_denial(request.user, student)
    if why:
        for name in IDENTITY:
            form.fields[name].disabled = bool(getattr(student, name))
    return why


def _following(roster: rosters.Roster, line: rosters.Line) -> rosters.Line | None:
    """The next pupil of the list whose record lacks something, from the top again after the last."""
    at = roster.lines.index(line)
    return next((item for item in [*roster.lines[at + 1 :], *roster.lines[:at]] if item.missing), None)


def _typed(form: RecordForm, line: rosters.Line) -> Mended:
    """Everything of the form; nobody is added to a family by fields that were left empty."""
    values = dict(form.cleaned_data)
    if not values["guardian_relation"]:
        del values["guardian_relation"]
    return Mended(line.student.pk, values)
