"""The classes of the new year: what naming them would do, then doing it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from registry import permissions
from registry.forms.setup import ClassesForm
from registry.selectors.setup.classes import plan_classes, proposal
from registry.services import setup as services
from registry.views.setup.common import require_right, year_of


@require_http_methods(["GET", "HEAD", "POST"])
def setup_classes(request: SignedInRequest, code: str) -> HttpResponse:
    """POST shows what other names would do, or makes the classes when the page has already shown exactly them."""
    year = year_of(request, code)
    if request.method == "POST":
        require_right(request, year)
    proposed = proposal(year)
    typed = {f"grade-{grade}": names for grade, names in proposed.items()}
    form = ClassesForm(request.POST if request.method == "POST" else typed, proposal=proposed)
    plan = plan_classes(year, form.wanted()) if form.is_valid() else None
    if request.method == "POST" and plan is not None and request.POST.get("action") == "make":
        if form.cleaned_data["seen"] == plan.fingerprint:
            done = services.make_classes(year=year, wanted=form.wanted(), by=request.user)
            count = len(done.new)
            messages.success(request, ngettext("Đã lập %(n)s lớp.", "Đã lập %(n)s lớp.", count) % {"n": count})
            return redirect("setup_year", code)
        messages.info(request, _("Tên lớp đã đổi nên chưa lập lớp nào. Xem lại bản dưới đây rồi bấm lập lớp."))
    context = {
        "year": year,
        "form": form,
        "plan": plan,
        "denial": permissions.setup_denial(request.user, year),
    }
    return render(request, "registry/setup_classes.html", context, status=422 if form.errors else 200)
