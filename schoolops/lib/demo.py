"""The accounts of the demo school, for whoever makes them, prints them or offers them at sign-in."""

from django.utils.translation import gettext_lazy as _

PASSWORD = "truonghoc-demo"  # noqa: S105  # public on purpose, and only while DEMO=1
ROLES = {
    "hieutruong": _("Hiệu trưởng"),
    "phohieutruong": _("Phó Hiệu trưởng"),
    "quantri": _("Quản trị hệ thống (CNTT)"),
    "totruong": _("Tổ trưởng chuyên môn"),
    "gvcn": _("Giáo viên chủ nhiệm"),
    "gvbm": _("Giáo viên bộ môn"),
    "vanthu": _("Văn thư, lưu trữ"),
    "yte": _("Nhân viên y tế"),
    "bbt": _("Ban biên tập cổng thông tin"),
    "thuvien": _("Thư viện, thiết bị"),
    "phuhuynh": _("Phụ huynh"),
}
