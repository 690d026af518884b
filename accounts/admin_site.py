"""The administration pages of IT staff: Django's own, entered by duty and not by flag, grouped by task."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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


class SchoolAdminSite(AdminSite):
    """Open to those whose duty it is; scores and articles are not registered here at all."""

    site_title = _("Quản trị")
    site_header = _("Quản trị")
    index_title = _("Việc cần làm")

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_perm("accounts.use_admin")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(request, {**(extra_context or {}), "task_index": self._task_index(request)})

    def _task_index(self, request: HttpRequest) -> list[dict[str, Any]]:
        shown = {
            f"{app['app_label']}.{model['object_name']}": model
            for app in self.get_app_list(request)
            for model in app["models"]
        }
        return [
            {
                "title": title,
                "help": help_text,
                "links": [
                    {"label": shown[label]["name"], "url": shown[label]["admin_url"]}
                    for label in labels
                    if label in shown and shown[label]["admin_url"]
                ],
            }
            for title, help_text, labels in TASKS
        ]


class SchoolAdminConfig(AdminConfig):
    default_site = "accounts.admin_site.SchoolAdminSite"
