"""What stands around every page: the school, where one may go, how many messages wait. Items a person cannot use are absent."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.backends import acting_delegation
from accounts.models import User
from accounts.requests import SignedInRequest
from messaging.permissions import visible_notifications
from registry.models import School
from schoolops.home.family import is_family
from schoolops.lib import demo

SCHOOL_KEY = "home.school"


@dataclass(frozen=True)
class Item:
    """A place to go. Whoever holds one of the permissions anywhere sees it; blank means everybody."""

    label: Any
    route: str
    icon: str
    permission: str = ""


GROUPS: list[tuple[Any, list[Item]]] = [
    ("", [Item(_("Hôm nay"), "today", "today"), Item(_("Hộp tin"), "messaging:inbox", "bell")]),
    (
        _("Lớp & điểm"),
        [
            Item(_("Sổ điểm"), "gradebook:class_list", "book", "gradebook.view_gradebook"),
            Item(_("Danh sách lớp"), "registry:roster_list", "class", "registry.view_families"),
            Item(_("Đồng ý của gia đình"), "registry:consent_list", "photo", "registry.view_families"),
            Item(_("Thời khóa biểu"), "registry:timetable_own", "calendar", "accounts.work_here"),
            Item(_("Điều chỉnh điểm"), "gradebook:correction_list", "pencil", "accounts.work_here"),
        ],
    ),
    (
        _("Điều hành"),
        [
            Item(
                _("Tài khoản phụ huynh"),
                "registry:invitation_list",
                "users",
                "registry.keep_class registry.order_import",
            ),
            Item(_("Lịch khóa sổ"), "gradebook:lock_calendar", "lock", "accounts.work_here"),
            Item(_("Ủy quyền"), "accounts:delegation_list", "user", "accounts.delegate"),
            Item(_("Chính sách của trường"), "accounts:policy_list", "settings", "accounts.view_policyversion"),
        ],
    ),
    (
        _("Văn thư – lưu trữ"),
        [
            Item(_("Sổ đăng bộ"), "registry:register_list", "archive", "registry.view_register"),
            Item(
                _("Yêu cầu về dữ liệu"),
                "registry:data_request_list",
                "document",
                "registry.take_data_requests registry.keep_data_requests",
            ),
            Item(
                _("Đề nghị sửa thông tin"),
                "registry:identity_list",
                "pencil",
                "registry.decide_identity_changes accounts.use_admin",
            ),
            Item(_("Thay đổi nhân sự"), "registry:staff_change_list", "users", "registry.view_staff_changes"),
            Item(_("Báo cáo gửi ngành"), "registry:report_list", "published", "registry.read_reports"),
        ],
    ),
    (_("Y tế"), [Item(_("Khám sức khỏe"), "registry:health_list", "health", "registry.view_health")]),
    (
        _("Quản trị"),
        [
            Item(_("Đầu năm học"), "setup", "calendar", "registry.order_import"),
            Item(_("Nhập dữ liệu đầu năm"), "registry:import_list", "upload", "registry.order_import"),
            Item(_("Đối chiếu cơ sở dữ liệu ngành"), "registry:sector_list", "history", "registry.order_import"),
            Item(_("Quyền hiệu lực"), "power_list", "eye", "accounts.view_powers"),
            Item(_("Nhật ký xem dữ liệu"), "registry:read_list", "eye", "accounts.view_reads"),
            Item(_("Sự cố"), "accounts:incident_list", "incident", "accounts.view_all_incidents"),
            Item(_("Trang quản trị"), "admin:index", "settings", "accounts.use_admin"),
        ],
    ),
]
BOTTOM = [
    Item(_("Hôm nay"), "today", "today"),
    Item(_("Sổ điểm"), "gradebook:class_list", "book", "gradebook.view_gradebook"),
    Item(_("Lịch khóa"), "gradebook:lock_calendar", "lock", "accounts.work_here"),
    Item(_("Hộp tin"), "messaging:inbox", "bell"),
    Item(_("Thêm"), "more", "more"),
]


FAMILY = [
    Item(_("Trang chính"), "family_home", "home"),
    Item(_("Hộp tin"), "messaging:inbox", "bell"),
    Item(_("Thêm"), "more", "more"),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the base templates; costs nothing on pages that do not print it."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated

    @cache
    def family() -> bool:
        return is_family(cast("User", user))

    return {
        "is_demo": settings.DEMO,
        "school": SimpleLazyObject(known_school),
        "navigation": SimpleLazyObject(lambda: groups_for(cast("SignedInRequest", request), family=family()))
        if signed_in
        else [],
        "bottom_bar": SimpleLazyObject(lambda: bottom_for(cast("SignedInRequest", request), family=family()))
        if signed_in
        else [],
        "unread_count": SimpleLazyObject(lambda: _unread(user)) if signed_in else 0,
        "acting": acting_delegation(user),
        "identity_providers": [] if signed_in else settings.IDENTITY_PROVIDERS,
        "demo_accounts": SimpleLazyObject(demo_accounts) if settings.DEMO and not signed_in else [],
    }


def known_school() -> School | None:
    """The school's names stand on every page and change once in years: a minute old is fresh enough."""
    school: School | None = caches["process"].get_or_set(SCHOOL_KEY, School.objects.first, timeout=60)
    return school


def demo_accounts() -> list[dict[str, str]]:
    """What the sign-in page of the demo school offers."""
    names = dict(User.objects.filter(username__in=demo.ROLES).values_list("username", "full_name"))
    return [
        {"login": login, "role": str(role), "name": names[login], "password": demo.PASSWORD}
        for login, role in demo.ROLES.items()
        if login in names
    ]


def groups_for(request: SignedInRequest, *, family: bool) -> list[dict[str, Any]]:
    """The rail: groups with at least one place that this person may enter. One place is the current one: the nearest."""
    if family:
        return [{"label": "", "items": _shown(FAMILY[:-1], request, set())}]
    held = request.user.get_all_permissions()
    groups = [{"label": label, "items": _shown(items, request, held)} for label, items in GROUPS]
    current = [item for group in groups for item in group["items"] if item["is_current"]]
    for item in sorted(current, key=lambda item: len(item["url"]))[:-1]:
        item["is_current"] = False
    return [group for group in groups if group["items"]]


def bottom_for(request: SignedInRequest, *, family: bool) -> list[dict[str, Any]]:
    return _shown(FAMILY, request, set()) if family else _shown(BOTTOM, request, request.user.get_all_permissions())


def _shown(items: list[Item], request: SignedInRequest, held: set[str]) -> list[dict[str, Any]]:
    """Plain values: a template finds a key faster than an attribute, and a text faster than the promise of one."""
    return [
        {
            "label": str(item.label),
            "icon": item.icon,
            "url": url,
            "is_current": _is_current(url, request.path),
        }
        for item in items
        if not item.permission or not held.isdisjoint(item.permission.split())
        for url in [_address(item.route)]
    ]


@lru_cache
def _address(route: str) -> str:
    """The address of a place, which does not change while the portal runs."""
    return reverse(route)


def _is_current(url: str, path: str) -> bool:
    return path == url or (url not in {"/", "/today/"} and path.startswith(url))


def _unread(user: Any) -> int:
    return visible_notifications(user).filter(read_at__isnull=True).count()
