"""Incidents: reported by anyone, followed by IT staff and leaders."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import permissions, services
from accounts.forms import IncidentForm, ResolveForm, StepForm
from accounts.models import Incident
from accounts.requests import SignedInRequest
from accounts.workflow import INCIDENT_STEPS
from schoolops.lib.http import attempt
from schoolops.lib.workflow import TransitionDenied, possible

PER_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def incident_new(request: SignedInRequest) -> HttpResponse:
    """Report a difficulty; the page one came from goes along."""
    page = request.META.get("HTTP_REFERER", "").removeprefix(request.build_absolute_uri("/")[:-1])
    form = IncidentForm(request.POST or None, initial={"page": page})
    if request.method == "POST" and form.is_valid():
        incident = services.report_incident(
            text=form.cleaned_data["text"],
            page=form.cleaned_data["page"],
            device=request.META.get("HTTP_USER_AGENT", ""),
            by=request.user,
        )
        messages.success(
            request, _("Đã ghi nhận sự cố #%(number)s. Quản trị sẽ xem và trả lời ở đây.") % {"number": incident.pk}
        )
        return redirect("accounts:incident_detail", incident.pk)
    return render(request, "accounts/incident_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def incident_list(request: SignedInRequest) -> HttpResponse:
    """One's own reports, or all of them for IT staff and leaders, newest first."""
    found = permissions.visible_incidents(request.user).select_related("reported_by", "handler")
    wanted = request.GET.get("state", "")
    if wanted in Incident.State.values:
        found = found.filter(state=wanted)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "wanted": wanted, "states": Incident.State.choices}
    return render(request, "accounts/incident_list.html", context)


@require_GET
def incident_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    incident = get_object_or_404(permissions.visible_incidents(request.user), pk=pk)
    return _incident_page(request, incident)


@require_POST
def incident_take(request: SignedInRequest, pk: int) -> HttpResponse:
    incident = _incident_to_handle(request, pk)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _incident_page(request, incident, form=form)
    try:
        services.take_incident(incident=incident, by=request.user, comment=form.cleaned_data["comment"])
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
    return redirect("accounts:incident_detail", pk)


@require_POST
def incident_resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    incident = _incident_to_handle(request, pk)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _incident_page(request, incident, form=form)
    attempt(
        request,
        lambda: services.resolve_incident(incident=incident, by=request.user, comment=form.cleaned_data["comment"]),
        _("Đã báo cho người gửi: sự cố đã xử lý xong."),
    )
    return redirect("accounts:incident_detail", pk)


def _incident_to_handle(request: SignedInRequest, pk: int) -> Incident:
    incident = get_object_or_404(permissions.visible_incidents(request.user), pk=pk)
    if reason := permissions.handle_incident_denial(request.user, incident):
        raise PermissionDenied(reason)
    return incident


def _incident_page(request: SignedInRequest, incident: Incident, form: StepForm | None = None) -> HttpResponse:
    steps = possible(INCIDENT_STEPS, request.user, incident)
    context = {
        "incident": incident,
        "steps": steps,
        "form": form or (ResolveForm() if "resolve" in steps else StepForm()),
        "history": [
            {"at": row.at, "by": row.by, "text": INCIDENT_STEPS[row.step].label, "comment": row.comment}
            for row in incident.transitions.select_related("by")
        ],
    }
    return render(request, "accounts/incident_detail.html", context, status=422 if form else 200)
