"""Versions of the timetable: what each changed; how one is loaded, looked at, mended, published (W7)."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.timetables import FactsForm, TimetableForm, read_cells
from registry.importing import RefusedFileError
from registry.importing.timetable_template import timetable_workbook
from registry.models import SchoolYear, Timetable
from registry.selectors import timetables
from registry.selectors.calendar import open_years
from registry.selectors.timetables import sheets, words
from registry.selectors.timetables.differences import Difference
from registry.workflow import TIMETABLE_STEPS
from schoolops.lib import files
from schoolops.lib.clock import local_day
from schoolops.lib.http import attempt
from schoolops.lib.workbooks import MEDIA_TYPE
from schoolops.lib.workflow import TransitionDenied, possible

State = Timetable.State
PER_PAGE = 20
VERSION = "registry:timetable_version"


@require_GET
def timetable_versions(request: SignedInRequest) -> HttpResponse:
    """Every version that one may see, the latest first, and which one holds today."""
    _check_reader(request)
    found = permissions.visible_timetables(request.user).exclude(state=State.DISCARDED)
    found = found.select_related("school_year", "made_by", "published_by").defer("reading", "edits")
    today = local_day(timezone.now())
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "in_force": Timetable.objects.in_force(today).values_list("pk", flat=True).first(),
        "can_load": permissions.load_timetable_denial(request.user) is None,
    }
    return render(request, "registry/timetable_versions.html", context)


def _check_reader(request: SignedInRequest) -> None:
    if reason := permissions.read_timetables_denial(request.user):
        raise PermissionDenied(reason)


def _check_loader(request: SignedInRequest) -> None:
    if reason := permissions.load_timetable_denial(request.user):
        raise PermissionDenied(reason)


# --- one version ------------------------------------------------------------------------------------
@require_GET
def timetable_version(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a version changes; before it is published also what stands in the way and what can be done with it."""
    timetable = _version(request, pk)
    return render(request, "registry/timetable_version.html", _about(request, timetable))


def _version(request: SignedInRequest, pk: int) -> Timetable:
    seen = permissions.visible_timetables(request.user)
    return get_object_or_404(seen.select_related("school_year", "file", "made_by", "published_by"), pk=pk)


def _about(request: SignedInRequest, timetable: Timetable, form: FactsForm | None = None) -> dict[str, Any]:
    is_open = timetable.state in services.UNPUBLISHED
    plan = timetables.build_plan(timetable) if is_open else None
    of_file = plan.lessons if plan is not None and timetable.state == State.PREVIEW else None
    difference = timetables.difference(timetable, of_file)
    return {
        "timetable": timetable,
        "plan": plan,
        "notes": list(timetables.notes_in_words(timetable)) if is_open else [],
        "steps": possible(TIMETABLE_STEPS, request.user, timetable),
        "form": form or (_facts_form(timetable) if is_open else None),
        "history": _history(timetable),
        "difference": difference,
        "summary": words.summary(difference),
        **_shown(request, difference),
    }


def _shown(request: SignedInRequest, difference: Difference) -> dict[str, Any]:
    """The changes that concern this person: all of them for leaders and IT staff."""
    by_class, by_teacher = difference.by_class, difference.by_teacher
    if not permissions.reads_every_timetable(request.user):
        mine = set(permissions.timetable_classes(request.user).values_list("pk", flat=True))
        by_class = [part for part in by_class if part.of.pk in mine]
        by_teacher = [part for part in by_teacher if part.of == request.user]
    return {"by_class": words.sections(by_class), "by_teacher": words.sections(by_teacher)}


def _history(timetable: Timetable) -> list[dict[str, Any]]:
    taken = [
        {"at": row.at, "by": row.by, "text": TIMETABLE_STEPS[row.step].label}
        for row in timetable.transitions.select_related("by")
    ]
    return [{"at": timetable.made_at, "by": timetable.made_by, "text": _("Tải tệp lên")}, *taken]


def _facts_form(timetable: Timetable, data: Any = None) -> FactsForm:
    initial = {name: getattr(timetable, name) for name in ("applies_from", "number", "note", "document_number")}
    return FactsForm(data, initial=initial, year=timetable.school_year)


@require_POST
def timetable_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is said of the version, or mend cells of its preview; then everything is checked again."""
    timetable = _version(request, pk)
    _check_loader(request)
    action, form = request.POST.get("action", ""), None
    try:
        if action == "facts":
            form = _facts_form(timetable, request.POST)
            if not form.is_valid():
                return render(request, "registry/timetable_version.html", _about(request, timetable, form), status=422)
            services.describe_timetable(timetable=timetable, facts=form.facts(), by=request.user)
        elif action == "accept":
            services.accept_suggestions(timetable=timetable, by=request.user)
        else:
            services.mend_timetable(timetable=timetable, cells=read_cells(request.POST), by=request.user)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
    else:
        messages.success(request, _("Đã lưu những chỗ vừa sửa và kiểm tra lại."))
    return redirect(VERSION, pk)


@require_POST
def timetable_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the lessons of the file as the preview showed them."""
    timetable = _version(request, pk)
    _check_loader(request)
    fingerprint = request.POST.get("fingerprint", "")
    return _step(
        request,
        pk,
        lambda: services.save_timetable(timetable=timetable, fingerprint=fingerprint, by=request.user),
        _("Đã lưu bản nháp. Chưa ai khác thấy cho đến khi lãnh đạo công bố."),
    )


@require_POST
def timetable_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Back from the draft to the cells of the file."""
    timetable = _version(request, pk)
    _check_loader(request)
    return _step(
        request,
        pk,
        lambda: services.reopen_timetable(timetable=timetable, by=request.user),
        _("Đã mở lại để sửa."),
    )


@require_POST
def timetable_publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the draft into force and tell those concerned."""
    timetable = _version(request, pk)
    if reason := permissions.publish_timetable_denial(request.user, timetable):
        raise PermissionDenied(reason)
    return _step(
        request,
        pk,
        lambda: services.publish_timetable(timetable=timetable, by=request.user),
        _("Đã công bố. Giáo viên có tiết thay đổi và phụ huynh các lớp đó nhận được tin."),
    )


@require_POST
def timetable_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a version aside that was never published."""
    timetable = _version(request, pk)
    _check_loader(request)
    if not attempt(
        request,
        lambda: services.discard_timetable(timetable=timetable, by=request.user),
        _("Đã bỏ bản này. Thời khóa biểu đang áp dụng không thay đổi."),
    ):
        return redirect(VERSION, pk)
    return redirect("registry:timetable_versions")


def _step(request: SignedInRequest, pk: int, take: Any, done: str) -> HttpResponse:
    attempt(request, take, done)
    return redirect(VERSION, pk)


# --- a new one --------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def timetable_new(request: SignedInRequest) -> HttpResponse:
    """Send a file; its preview opens."""
    _check_loader(request)
    years = open_years(local_day(timezone.now()))
    form = _new_form(request, years)
    if form is not None and form.is_valid() and (made := _uploaded(request, form)):
        if plan := timetables.build_plan(made).problems:
            text = ngettext("Đã đọc tệp: %(n)s chỗ cần xem lại.", "Đã đọc tệp: %(n)s chỗ cần xem lại.", len(plan))
            messages.info(request, text % {"n": len(plan)})
        return redirect(VERSION, made.pk)
    context = {"form": form, "years": years}
    return render(request, "registry/timetable_new.html", context, status=422 if form and form.errors else 200)


def _new_form(request: SignedInRequest, years: list[SchoolYear]) -> TimetableForm | None:
    if not years:
        return None
    initial = {
        "school_year": years[0].pk,
        "number": services.next_number(years[0]),
        "applies_from": max(_next_monday(), years[0].starts_on),
    }
    data, uploaded = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return TimetableForm(data, uploaded, years=years, initial=initial)


def _next_monday() -> date:
    today = local_day(timezone.now())
    return today + timedelta(days=7 - today.weekday())


def _uploaded(request: SignedInRequest, form: TimetableForm) -> Timetable | None:
    """The new version in preview, or None with the reason in the form."""
    file = form.cleaned_data["file"]
    try:
        return services.upload_timetable(
            school_year=form.cleaned_data["school_year"],
            content=file.read(),
            name=file.name or "",
            facts=form.facts(),
            by=request.user,
        )
    except RefusedFileError as refused:
        form.add_error("file", refused.reason)
    except TransitionDenied as denied:
        form.add_error(None, denied.reason)
    return None


@require_GET
def timetable_template(request: SignedInRequest) -> HttpResponseBase:
    """The file to be filled in; with `filled` in the address the lessons that hold today stand in it already."""
    _check_loader(request)
    years = open_years(local_day(timezone.now()))
    if not years:
        return redirect("registry:timetable_new")
    held = Timetable.objects.in_force(local_day(timezone.now())).filter(school_year=years[0]).first()
    content = sheets.template_of(years[0], held if request.GET.get("filled") else None)
    name = f"thoi-khoa-bieu-{years[0].code}.xlsx"
    return files.as_attachment(timetable_workbook(content), filename=name, media_type=MEDIA_TYPE)
