"""The lock calendar of leaders, exceptions, and opening the books of a term."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from gradebook import permissions, services
from gradebook.forms import ExceptionForm, LockRuleForm, ReasonForm
from gradebook.models import LockException, LockRule, ScoreColumn
from gradebook.selectors import calendar as calendars
from gradebook.selectors.books import head
from gradebook.selectors.windows import all_columns_of
from registry.models import ClassSubject, Term
from schoolops.lib.http import attempt
from schoolops.lib.workflow import TransitionDenied

CALENDAR = "gradebook:lock_calendar"


def _term(request: SignedInRequest) -> Term:
    at = timezone.now()
    year = calendars.current_year(at)
    term = calendars.current_term(year, at, request.GET.get("term", "")) if year else None
    if term is None:
        raise Http404
    return term


@require_GET
def lock_calendar(request: SignedInRequest) -> HttpResponse:
    """Everyone at school reads the calendar; leaders change it."""
    if reason := permissions.read_calendar_denial(request.user):
        raise PermissionDenied(reason)
    return _calendar_page(request, _term(request))


def _calendar_page(request: SignedInRequest, term: Term, form: LockRuleForm | None = None) -> HttpResponse:
    can_set = permissions.set_locks_denial(request.user) is None
    shown = calendars.calendar(term, timezone.now())
    context: dict[str, Any] = {
        "calendar": shown,
        "terms": term.school_year.terms.all(),
        "can_set": can_set,
        "can_open_books": permissions.open_books_denial(request.user) is None,
    }
    if can_set:
        context["drafts"] = _with_impact(shown) if shown.drafts else []
        context["form"] = form or LockRuleForm(term=term)
        context["reason_form"] = ReasonForm()
    return render(request, "gradebook/lock_calendar.html", context, status=422 if form else 200)


def _with_impact(shown: calendars.Calendar) -> list[tuple[LockRule, calendars.Impact]]:
    """Publishing puts all drafts of the term into force: each shows what it would close beside the others."""
    governed = services.columns_under(shown.rules, shown.term, shown.at)
    impacts = calendars.impacts({rule.pk: governed[rule.pk] for rule in shown.drafts})
    return [(rule, impacts[rule.pk]) for rule in shown.drafts]


@require_POST
def rule_new(request: SignedInRequest) -> HttpResponse:
    """Put a draft into the calendar; its effect is shown before anything closes."""
    if reason := permissions.set_locks_denial(request.user):
        raise PermissionDenied(reason)
    term = _term(request)
    form = LockRuleForm(request.POST, term=term)
    if not form.is_valid():
        return _calendar_page(request, term, form)
    services.draft_rule(rule=form.save(commit=False), by=request.user)
    messages.success(request, _("Đã thêm vào bản nháp. Xem ảnh hưởng bên dưới rồi công bố."))
    return redirect(f"{request.path.removesuffix('rules/new/')}#drafts")


@require_POST
def rules_publish(request: SignedInRequest) -> HttpResponse:
    """Publish every draft of the term that is shown; the effect was on the page."""
    if reason := permissions.set_locks_denial(request.user):
        raise PermissionDenied(reason)
    wanted = [int(pk) for pk in request.POST.getlist("rule") if pk.isdecimal()]
    rules = list(LockRule.objects.filter(pk__in=wanted, state=LockRule.State.DRAFT).order_by("pk"))
    try:
        changed = services.publish_rules(rules=rules, by=request.user)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
        return redirect(CALENDAR)
    told = permissions.people_to_tell({column.gradebook_id for column in changed}).count()
    messages.success(
        request,
        ngettext(
            "Đã công bố lịch: %(columns)s cột đổi giờ, báo tới %(people)s giáo viên.",
            "Đã công bố lịch: %(columns)s cột đổi giờ, báo tới %(people)s giáo viên.",
            len(changed),
        )
        % {"columns": len(changed), "people": told},
    )
    return redirect(CALENDAR)


@require_POST
def rule_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    if reason := permissions.set_locks_denial(request.user):
        raise PermissionDenied(reason)
    services.discard_rule(rule=get_object_or_404(LockRule, pk=pk), by=request.user)
    messages.success(request, _("Đã bỏ mốc nháp."))
    return redirect(CALENDAR)


@require_POST
def rule_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    if reason := permissions.set_locks_denial(request.user):
        raise PermissionDenied(reason)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Viết lý do thu hồi mốc đã công bố."))
        return redirect(CALENDAR)
    attempt(
        request,
        lambda: services.withdraw_rule(
            rule=get_object_or_404(LockRule, pk=pk), by=request.user, reason=form.cleaned_data["reason"]
        ),
        _("Đã thu hồi mốc khóa và báo cho giáo viên."),
    )
    return redirect(CALENDAR)


@require_http_methods(["GET", "HEAD", "POST"])
def exception_new(request: SignedInRequest, column: int) -> HttpResponse:
    """Open one closed column of one class for at most a day."""
    if reason := permissions.set_locks_denial(request.user):
        raise PermissionDenied(reason)
    found = get_object_or_404(ScoreColumn.objects.select_related("gradebook__class_subject__school_class"), pk=column)
    chosen = next(other for other in all_columns_of(found.gradebook_id) if other.pk == column)
    form = ExceptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_exception(column=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Đã mở cột. Đến giờ đã chọn, cột tự khóa lại."))
            return redirect("gradebook:gradebook_detail", found.gradebook_id)
    context = {
        "form": form,
        "column": found,
        "head": head(chosen),
        "denial": permissions.except_denial(request.user, LockException(column=found)),
    }
    return render(request, "gradebook/exception_new.html", context, status=422 if form.errors else 200)


@require_POST
def exception_end(request: SignedInRequest, pk: int) -> HttpResponse:
    if reason := permissions.set_locks_denial(request.user):
        raise PermissionDenied(reason)
    attempt(
        request,
        lambda: services.end_exception(exception=get_object_or_404(LockException, pk=pk), by=request.user),
        _("Đã khóa lại trước giờ."),
    )
    return redirect(CALENDAR)


@require_POST
def books_open(request: SignedInRequest) -> HttpResponse:
    """Open the term's books of every class-subject that has none yet."""
    if reason := permissions.open_books_denial(request.user):
        raise PermissionDenied(reason)
    term = _term(request)
    taught = ClassSubject.objects.filter(school_class__school_year=term.school_year).select_related("item__subject")
    books = services.open_gradebooks(class_subjects=taught, term=term, by=request.user)
    messages.success(
        request,
        ngettext("Đã mở %(count)s sổ điểm.", "Đã mở %(count)s sổ điểm.", len(books)) % {"count": len(books)},
    )
    return redirect(CALENDAR)
