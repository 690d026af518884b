"""Thay đổi nhân sự: noted with the decision, recorded within its working days, what is overdue on top (A12)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from registry import permissions, services
from registry.forms.staff import StaffChangeForm
from registry.models import StaffChange
from registry.policies import staff_change_days
from registry.selectors import staff
from schoolops.lib.http import attempt, tried

LIST = "registry:staff_change_list"
PER_PAGE = 30


@require_GET
def staff_change_list(request: SignedInRequest) -> HttpResponse:
    """What waits, the most urgent first; below what the records have, the latest first."""
    if reason := permissions.read_staff_changes_denial(request.user):
        raise PermissionDenied(reason)
    now = timezone.now()
    recorded = StaffChange.objects.filter(recorded_at__isnull=False).order_by("-recorded_at", "-pk")
    page = Paginator(recorded.select_related("staff__user", "decision", "recorded_by"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    waiting = staff.open_lines(now)
    context = {
        "waiting": waiting,
        "late": sum(line.is_late for line in waiting),
        "recorded": staff.lines_of(list(page.object_list), now),
        "page": page,
        "days": staff_change_days(),
        "can_note": permissions.note_staff_change_denial(request.user) is None,
        "can_record": permissions.record_staff_change_denial(request.user) is None,
    }
    return render(request, "registry/staff_change_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_change_new(request: SignedInRequest) -> HttpResponse:
    """Note a change."""
    if reason := permissions.note_staff_change_denial(request.user):
        raise PermissionDenied(reason)
    form = StaffChangeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = tried(
            form,
            lambda: services.note_staff_change(
                staff=form.cleaned_data["staff"], news=form.news(), decision=form.decision(), by=request.user
            ),
        )
        if made:
            messages.success(request, _("Đã ghi nhận thay đổi. Hạn cập nhật hồ sơ ở danh sách dưới đây."))
            return redirect(LIST)
    status = 422 if form.errors else 200
    return render(request, "registry/staff_change_new.html", {"form": form}, status=status)


@require_POST
def staff_change_record(request: SignedInRequest, pk: int) -> HttpResponse:
    """The records have it."""
    if reason := permissions.read_staff_changes_denial(request.user):
        raise PermissionDenied(reason)
    change = get_object_or_404(StaffChange, pk=pk)
    attempt(
        request,
        lambda: services.record_staff_change(change=change, by=request.user),
        _("Đã cập nhật hồ sơ: %(who)s.") % {"who": change.staff.user.full_name},
    )
    return redirect(LIST)
