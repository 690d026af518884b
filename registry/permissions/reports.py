"""Who makes, sends and reads reports to the sector (R7)."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import people_with
from registry.models import Submission
from registry.permissions.pupils import reads_identifiers
from registry.permissions.scopes import holds_for_the_school
from registry.reporting import form_named


def read_reports_denial(user: User) -> str | None:
    """Leaders and the office, and IT staff, who mend what the preview says is missing."""
    if holds_for_the_school(user, "registry.read_reports"):
        return None
    return _("Báo cáo gửi ngành dành cho lãnh đạo, văn thư và quản trị hệ thống.")


def visible_submissions(user: User) -> QuerySet[Submission]:
    """All of them, or none: a report speaks of the whole school."""
    return Submission.objects.none() if read_reports_denial(user) else Submission.objects.all()


def keep_reports_denial(user: User, submission: Submission | None = None) -> str | None:
    """A vice-principal or the principal, or the clerk for them

    GT 6 has vice-principals extract and send the data to the office above, PH 1.1a makes the principal answer for them, and
    the clerk sends the school's papers. IT staff make nothing official: PH 1.1a keeps data work from them.
    """
    if holds_for_the_school(user, "registry.make_reports"):
        return None
    return _("Báo cáo gửi ngành do lãnh đạo hoặc văn thư lập và gửi.")


def make_report_denial(user: User, submission: Submission) -> str | None:
    """As for sending; forms with personal numbers only by those who may read them: the clerk

    A form with masked numbers would be no form, so that it is refused whole.
    """
    form = form_named(submission.form)
    if reason := keep_reports_denial(user, submission):
        return reason
    if form.holds_identifiers and not reads_identifiers(user):
        return _(
            "Biểu này có mã và số định danh đầy đủ nên do văn thư lập và tải; lãnh đạo xem trước và ghi nhận đã gửi."
        )
    return None


def watchers_of_exports() -> QuerySet[User]:
    """Who is told when personal data of many people leave the portal: leaders, and whoever protects data by decision."""
    return people_with("registry.watch_exports")


def makers_of_reports() -> QuerySet[User]:
    """Who is reminded of what is due."""
    return people_with("registry.make_reports")
