"""Consent: the words in which families are asked, their answers, and how a class stands (P1-22, C7)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.consents import ConsentForm, ConsentTextForm, PaperConsentForm
from registry.models import ConsentText, ConsentUse, SchoolYear, Student
from registry.models.consents import SUGGESTED
from registry.selectors import consents
from registry.views.students import visible_student
from schoolops.lib.clock import local_day
from schoolops.lib.workflow import TransitionDenied


# --- the family ---------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def child_consents(request: SignedInRequest, pk: int) -> HttpResponse:
    """A plain choice for each use; nothing is chosen before the family has chosen."""
    student = get_object_or_404(permissions.children_of(request.user), pk=pk)
    if reason := permissions.represent_denial(request.user, student):
        raise PermissionDenied(reason)
    guardian = request.user.guardian
    form = ConsentForm(_sent(request), standings=_standings(student), guardian=guardian)
    if form.is_valid():
        try:
            count = services.answer_consents(student=student, said=form.said(guardian), by=request.user)
        except TransitionDenied as denied:
            messages.error(request, denied.reason)
        else:
            _say(request, count)
        return redirect("registry:child_consents", pk)
    context = {"student": student, "form": form}
    return render(request, "registry/child_consents.html", context, status=422 if form.errors else 200)


def _sent(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _standings(student: Student) -> list[consents.Standing]:
    return consents.standings_of(student, local_day(timezone.now()))


def _say(request: SignedInRequest, count: int) -> None:
    if count:
        messages.success(request, _("Đã ghi ý kiến. Muốn đổi lúc nào cũng được, ở chính trang này."))
    else:
        messages.info(request, _("Không có gì thay đổi."))


# --- the school ---------------------------------------------------------------------------------
@require_GET
def consent_list(request: SignedInRequest) -> HttpResponse:
    """The classes of the year whose records this person reads."""
    year = SchoolYear.objects.current(local_day(timezone.now()))
    classes = permissions.visible_rosters(request.user).filter(school_year=year)
    if not request.user.has_perm("registry.view_families"):
        raise PermissionDenied(_("Trang này dành cho giáo viên chủ nhiệm, văn phòng, quản trị hệ thống và lãnh đạo."))
    context = {
        "year": year,
        "classes": classes,
        "texts": consents.current_texts(),
        "can_publish": permissions.publish_consent_text_denial(request.user) is None,
    }
    return render(request, "registry/consent_list.html", context)


@require_GET
def consent_class(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who of the class may be shown where, and who has not answered."""
    school_class = get_object_or_404(permissions.visible_classes(request.user).select_related("school_year"), pk=pk)
    if reason := permissions.read_records_denial(request.user, school_class):
        raise PermissionDenied(reason)
    lines = consents.class_lines(school_class, local_day(timezone.now()))
    context = {"school_class": school_class, "lines": lines, "heads": lines[0].standings if lines else []}
    return render(request, "registry/consent_class.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def consent_paper(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one family has answered, and what a paper says that somebody copies here."""
    student = visible_student(request, pk)
    if reason := permissions.read_family_denial(request.user, student):
        raise PermissionDenied(reason)
    denial = permissions.record_consent_denial(request.user, student)
    ties = list(student.guardianships.representing(local_day(timezone.now())).select_related("guardian"))
    if request.method == "POST" and denial:
        raise PermissionDenied(denial)
    form = PaperConsentForm(_sent(request), standings=_standings(student), ties=ties)
    if form.is_valid():
        paper = form.cleaned_data["paper"]
        try:
            count = services.answer_consents(
                student=student, said=form.said(form.cleaned_data["guardian"]), by=request.user, paper=paper
            )
        except TransitionDenied as denied:
            messages.error(request, denied.reason)
        else:
            _say(request, count)
        return redirect("registry:consent_paper", pk)
    context = {
        "student": student,
        "form": form if ties and not denial else None,
        "standings": form.standings,
        "has_representative": bool(ties),
        "answers": consents.answers_of(student),
    }
    return render(request, "registry/consent_paper.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def consent_texts(request: SignedInRequest) -> HttpResponse:
    """The words of each use with their past; publishing new ones asks every family again."""
    if reason := permissions.publish_consent_text_denial(request.user):
        raise PermissionDenied(reason)
    sent = ConsentTextForm(request.POST) if request.method == "POST" else None
    if sent is not None and sent.is_valid():
        try:
            services.publish_text(use=sent.cleaned_data["use"], text=sent.cleaned_data["text"], by=request.user)
        except TransitionDenied as denied:
            sent.add_error("text", denied.reason)
        else:
            messages.success(request, _("Đã công bố. Các gia đình được hỏi theo nội dung này."))
            return redirect("registry:consent_texts")
    context = {"uses": _uses(sent)}
    return render(request, "registry/consent_texts.html", context, status=422 if sent is not None else 200)


def _uses(sent: ConsentTextForm | None) -> list[dict[str, Any]]:
    """Each use with its texts, newest first, and the form for the next one; the form that was refused keeps its words."""
    texts: dict[str, list[ConsentText]] = {}
    for text in ConsentText.objects.select_related("published_by"):
        texts.setdefault(text.use, []).append(text)
    asked = sent.data.get("use") if sent is not None else None
    return [
        {
            "use": use,
            "texts": texts.get(use, []),
            "form": sent
            if asked == use
            else ConsentTextForm(
                initial={"use": use, "text": texts[use][0].text if use in texts else SUGGESTED[use]},
                auto_id=f"id_{use}_%s",
            ),
        }
        for use in ConsentUse
    ]
