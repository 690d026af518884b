"""Who loads initial data and sets up a year."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from registry.models import ImportBatch, SchoolYear
from registry.permissions.scopes import holds_for_the_school


def import_denial(user: User, batch: ImportBatch | None = None) -> str | None:
    """IT staff by order of the principal, or leaders; a closed year takes no more data (A9)."""
    if not holds_for_the_school(user, "registry.order_import"):
        return _("Nhập dữ liệu ban đầu do quản trị hệ thống làm theo phân công của hiệu trưởng.")
    if batch is not None and batch.school_year.closed_at is not None:
        return _("Năm học %(year)s đã khóa nên không nhập thêm dữ liệu.") % {"year": batch.school_year.code}
    return None


def setup_denial(user: User, year: SchoolYear | None = None) -> str | None:
    """Whoever loads initial data also sets up the year: IT staff by order of the principal, or leaders (A9)."""
    if not holds_for_the_school(user, "registry.order_import"):
        return _("Năm học mới do quản trị hệ thống lập theo phân công của hiệu trưởng.")
    if year is not None and year.closed_at is not None:
        return _("Năm học %(year)s đã khóa nên không sửa được nữa.") % {"year": year.code}
    return None


def visible_batches(user: User) -> QuerySet[ImportBatch]:
    """Those who may load data see every file that was loaded; nobody else sees any."""
    return ImportBatch.objects.none() if import_denial(user) else ImportBatch.objects.of_initial_data()


def visible_comparisons(user: User) -> QuerySet[ImportBatch]:
    """Lists of the sector are compared by those who load data: IT staff by order of the principal, or leaders (R8).

    GT 8 gives initial data and its changes to IT staff as the principal assigns them; the office makes reports, and does not
    write into the register by file.
    """
    return ImportBatch.objects.none() if import_denial(user) else ImportBatch.objects.of_sector()
