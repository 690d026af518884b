"""The administration pages of IT staff: Django's own, entered by duty and not by flag, grouped by task."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import admin_mode

# Group of the index: title, help, model labels. A model that is not named here is not shown on the index.
TASKS = [
    (
        _("Đầu năm"),
        _("Năm học, lớp, chương trình và danh sách học sinh."),
        [
            "registry.SchoolYear",
            "registry.Term",
            "registry.CalendarDay",
            "registry.GradeScheme",
            "registry.Subject",
            "registry.CurriculumItem",
            "registry.SchoolClass",
            "registry.Student",
            "registry.Enrollment",
        ],
    ),
    (
        _("Tài khoản"),
        _("Người dùng và hồ sơ cán bộ."),
        ["accounts.User", "accounts.StaffProfile", "accounts.Department"],
    ),
    (
        _("Phân công & quyền"),
        _("Ai được làm gì, theo quyết định nào, đến khi nào."),
        [
            "accounts.Decision",
            "accounts.Grant",
            "registry.TeachingAssignment",
            "registry.HomeroomAssignment",
            "registry.ClassAccess",
        ],
    ),
    (_("Nhật ký"), _("Công việc nền của hệ thống."), ["lib.Job"]),
]

# Pages of the portal by the title of their group: label, help, address by name, and the permission to enter.
PAGES = {
    _("Đầu năm"): [
        (
            _("Lập năm học mới, từng bước"),
            _("Ngày, chương trình, lớp, học sinh, phân công, mở sổ."),
            "setup",
            "registry.order_import",
        ),
        (
            _("Nhập dữ liệu đầu năm"),
            _("Cán bộ, học sinh, phân công từ tệp Excel."),
            "registry:import_list",
            "registry.order_import",
        ),
    ],
    _("Phân công & quyền"): [
        (
            _("Chính sách của trường"),
            _("Giá trị đang có hiệu lực, đổi theo quyết định, lịch sử."),
            "accounts:policy_list",
            "accounts.view_policyversion",
        ),
    ],
}

OUR_APPS = frozenset({"accounts", "registry", "lib"})


class SchoolAdminSite(AdminSite):
    """Open to those whose duty it is; scores and articles are not registered here at all."""

    site_title = _("Quản trị")
    site_header = _("Quản trị")
    index_title = _("Việc cần làm")

    def register(self, model_or_iterable: Any, *args: Any, **kwargs: Any) -> None:
        """Only the portal's own models: what libraries would show here is nobody's duty."""
        models: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else list(model_or_iterable)
        ours = [model for model in models if model._meta.app_label in OUR_APPS]
        super().register(ours, *args, **kwargs)

    def has_permission(self, request: HttpRequest) -> bool:
        """Strangers are sent to the one door of the portal; who came through it without this duty is told so."""
        if request.user.is_authenticated and not request.user.has_perm("accounts.use_admin"):
            raise PermissionDenied(_("Trang này dành cho quản trị hệ thống. Cần quyền? Liên hệ hiệu trưởng."))
        return request.user.is_authenticated

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect_to_login(request.get_full_path())

    def get_urls(self) -> list[Any]:
        """Without the library's own page to change a password: the portal has one for everybody."""
        kept = [url for url in super().get_urls() if getattr(url, "name", None) not in self.NOT_HERE]
        return [path("leave/", self.leave, name="leave"), *kept]

    NOT_HERE = frozenset({"password_change", "password_change_done"})

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Every page but the way out is entered with the password and keeps the mode alive."""
        if view == self.logout:
            return super().admin_view(view, cacheable)

        @wraps(view)
        def in_mode(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            admin_mode.require(request)
            return view(request, *args, **kwargs)

        return super().admin_view(in_mode, cacheable)

    @method_decorator(require_POST)
    def leave(self, request: HttpRequest) -> HttpResponse:
        """Back to being a colleague among others."""
        admin_mode.leave(request)
        messages.success(request, _("Đã kết thúc chế độ quản trị."))
        return redirect("today")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(request, {**(extra_context or {}), "task_index": self._task_index(request)})

    def _task_index(self, request: HttpRequest) -> list[dict[str, Any]]:
        shown = {
            f"{app['app_label']}.{model['object_name']}": model
            for app in self.get_app_list(request)
            for model in app["models"]
        }
        groups: list[dict[str, Any]] = [
            {
                "title": title,
                "help": help_text,
                "links": self._pages(request, title)
                + [
                    {"label": shown[label]["name"], "url": shown[label]["admin_url"], "help": ""}
                    for label in labels
                    if label in shown and shown[label]["admin_url"]
                ],
            }
            for title, help_text, labels in TASKS
        ]
        return groups

    def _pages(self, request: HttpRequest, group: Any) -> list[dict[str, Any]]:
        return [
            {"label": label, "url": reverse(route), "help": help_text}
            for label, help_text, route, perm in PAGES.get(group, [])
            if request.user.has_perm(perm)
        ]
