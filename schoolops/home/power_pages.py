"""Quyền hiệu lực: everybody's powers, one person's, and the review that the principal signs (A7)."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import permissions, services
from accounts.models import AccessReview, DeniedAttempt, SecurityEvent, User
from accounts.reauthentication import recent_password_required
from accounts.requests import SignedInRequest
from accounts.selectors.passwords import interval, password_ends_on, password_set_at
from accounts.selectors.powers import staff_accounts
from schoolops.home import documents, powers
from schoolops.lib.files import as_attachment
from schoolops.lib.workflow import TransitionDenied

PER_PAGE = 30
EVENTS_SHOWN = 10
Kind = SecurityEvent.Kind
REFUSED = [Kind.FAILED, Kind.FACTOR_FAILED, Kind.IDENTITY_REFUSED, Kind.STOPPED]


def _check(request: SignedInRequest) -> None:
    if reason := permissions.view_powers_denial(request.user):
        raise PermissionDenied(reason)


@require_GET
def power_list(request: SignedInRequest) -> HttpResponse:
    """Staff accounts with their duties, last sign-in and second factor."""
    _check(request)
    query = request.GET.get("q", "").strip()
    page = Paginator(staff_accounts(query), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "people": powers.with_powers(list(page), timezone.now()),
        "query": query,
        "can_sign": permissions.sign_review_denial(request.user) is None,
        "can_print_slips": request.user.has_perm("accounts.change_user"),
    }
    return render(request, "home/power_list.html", context)


@require_GET
def power_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Quyền hiệu lực của one person: role, scope, decision, until."""
    _check(request)
    person = get_object_or_404(User, pk=pk)
    context = {
        "effective": powers.effective(person, timezone.now()),
        "events": SecurityEvent.objects.filter(person=person).select_related("by")[:EVENTS_SHOWN],
        "can_print_slip": permissions.print_slip_denial(request.user, person) is None,
        "password_ends_on": password_ends_on(
            User.objects.annotate(password_set_at=password_set_at()).get(pk=pk), interval()
        ),
        "can_remove_factors": permissions.remove_factors_denial(request.user, person) is None,
        "can_release": permissions.release_denial(request.user, person) is None,
    }
    return render(request, "home/power_detail.html", context)


@require_GET
def denied_list(request: SignedInRequest) -> HttpResponse:
    """What people tried outside their duty, the newest first (A8)."""
    _check(request)
    found = DeniedAttempt.objects.select_related("person", "on_behalf_of")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "home/denied_list.html", {"page": page})


@require_GET
def sign_in_list(request: SignedInRequest) -> HttpResponse:
    """The sign-in log: what failed and was stopped, or everything (A7)."""
    _check(request)
    everything = request.GET.get("all") == "1"
    found = SecurityEvent.objects.select_related("person", "by")
    if not everything:
        found = found.filter(kind__in=REFUSED)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "home/sign_in_list.html", {"page": page, "everything": everything})


# --- the review -------------------------------------------------------------------------------------
class ReviewForm(forms.Form):
    """What the principal says to what was on the page."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    comment = forms.CharField(
        label=gettext_lazy("Ý kiến"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Ví dụ: đã đối chiếu với phân công chuyên môn tháng 11."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def review_new(request: SignedInRequest) -> HttpResponse:
    """Everybody's powers now, what has changed since the last review, and the principal's signature."""
    _check(request)
    if request.method == "POST":
        if reason := permissions.sign_review_denial(request.user):
            raise PermissionDenied(reason)
        return _sign(request)
    return _review_page(request, None)


@recent_password_required
def _sign(request: SignedInRequest) -> HttpResponse:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _review_page(request, form)
    found = powers.review(timezone.now())
    try:
        signed = services.sign_review(
            lines=found.lines,
            sha256=found.sha256,
            seen=form.cleaned_data["seen"],
            comment=form.cleaned_data["comment"],
            by=request.user,
        )
    except TransitionDenied as denied:
        form.add_error(None, denied.reason)
        return _review_page(request, form)
    messages.success(request, _("Đã ký rà soát quyền. In phụ lục ở trang này."))
    return redirect("review_detail", signed.pk)


def _review_page(request: SignedInRequest, form: ReviewForm | None) -> HttpResponse:
    found = powers.review(timezone.now())
    if form is not None:
        # What is on the page now is what the next signature is about.
        form.data = {**form.data.dict(), "seen": found.sha256}  # type: ignore[attr-defined]
    context = {
        "review": found,
        "form": form or ReviewForm(initial={"seen": found.sha256}),
        "can_sign": permissions.sign_review_denial(request.user) is None,
        "signed": AccessReview.objects.select_related("signed_by").defer("lines")[:12],
    }
    return render(request, "home/review_new.html", context, status=422 if form else 200)


@require_GET
def review_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A review as it was signed."""
    _check(request)
    review = get_object_or_404(AccessReview.objects.select_related("signed_by"), pk=pk)
    context = {"review": review, "changes": powers.changes_of(review)}
    return render(request, "home/review_detail.html", context)


@require_GET
def review_pdf(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The annex."""
    _check(request)
    review = get_object_or_404(AccessReview.objects.select_related("signed_by"), pk=pk)
    name = f"RaSoatQuyen_{timezone.localdate(review.signed_at):%Y-%m-%d}_{review.pk}.pdf"
    return as_attachment(documents.access_review_pdf(review), filename=name, media_type="application/pdf")
