"""Every component in every state, with the tag that makes it: what a developer copies from."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.permissions import is_staff_member
from accounts.requests import SignedInRequest
from schoolops.lib.badges import BADGES, ICONS, STATES, TONE_ICONS


class SampleForm(forms.Form):
    """One field of each kind, half of them with something to say."""

    reason = forms.ChoiceField(
        label=_("Lý do"),
        choices=[("slip", _("Nhập nhầm số")), ("shift", _("Lệch dòng")), ("other", _("Khác"))],
        widget=forms.RadioSelect,
    )
    explanation = forms.CharField(
        label=_("Giải thích"), help_text=_("Một hai câu, người duyệt đọc được ngay."), widget=forms.Textarea
    )
    column = forms.ChoiceField(label=_("Cột điểm"), choices=[("", _("Chọn cột")), ("mid", _("Giữa kỳ"))])
    day = forms.DateField(
        label=_("Ngày kiểm tra"), required=False, widget=forms.DateInput(attrs={"class": "input-date"})
    )
    evidence = forms.FileField(label=_("Minh chứng"), required=False, help_text=_("Ảnh JPEG, PNG hoặc tệp PDF."))
    told = forms.BooleanField(label=_("Đã báo cho học sinh"), required=False)


def _moment(hour: int, minute: int, days: int = 0) -> datetime:
    at = datetime(2026, 11, 21, hour, minute, tzinfo=timezone.get_default_timezone())
    return at + timedelta(days=days)


@require_GET
def styleguide(request: SignedInRequest) -> HttpResponse:
    """The style guide, on a fixed Saturday so that it never changes by itself."""
    if not is_staff_member(request.user):
        raise PermissionDenied(_("Trang này dành cho cán bộ, giáo viên của trường."))
    history = [
        {"at": _moment(20, 14, -9), "text": _("Nhập điểm"), "by": "Trần Thị Lan", "new": "5,7"},
        {"at": _moment(23, 59, -6), "text": _("Khóa sổ theo lịch")},
        {
            "at": _moment(16, 5, -1),
            "text": _("Gửi đề nghị điều chỉnh"),
            "by": "Trần Thị Lan",
            "old": "5,7",
            "new": "7,5",
            "comment": _("Bài ghi 7,5, nhập nhầm 5,7 khi vào điểm."),
        },
        {
            "at": _moment(10, 20),
            "text": _("Duyệt"),
            "by": "Lê Văn Khánh",
            "on_behalf_of": _("Hiệu trưởng"),
        },
    ]
    return render(
        request,
        "home/styleguide.html",
        {
            "badges": BADGES,
            "icons": sorted(ICONS),
            "state_kinds": list(STATES),
            "tones": list(TONE_ICONS),
            "now": _moment(10, 42),
            "dues": [_moment(23, 59, 9), _moment(23, 59, 2), _moment(23, 59, 1), _moment(17, 0), _moment(9, 0, -3)],
            "form": SampleForm(),
            "asked_again": SampleForm({"column": "mid", "day": "30/02/2026"}, auto_id="again_%s"),
            "history": history,
            "page": Paginator(range(271), 20).page(2),
            "names": ["Hoàng Bảo An", "Lê Thanh Anh", "Nguyễn Hoàng Thị Ngọc Ánh", "H’Linh Niê Kđăm", "Phạm Đức Ân"]
            * 2,
        },
    )
