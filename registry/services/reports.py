"""The life of a report to the sector: owed, made, sent, replaced; and every time it leaves the portal (R7)."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.documents import report_workbook
from registry.models import DataExport, Period, SchoolYear, Submission
from registry.policies import exports_a_day
from registry.reporting import Ask, form_named
from registry.selectors.reports.agenda import lacking, taken_today
from registry.services.pen import Pen
from registry.workflow import REPORT_STEPS
from schoolops.lib import files, outbox
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.history import keep
from schoolops.lib.models import StoredFile
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workbooks import MEDIA_TYPE
from schoolops.lib.workflow import TransitionDenied, perform


@transaction.atomic
def plan_reports(*, year: SchoolYear, by: User | None = None) -> list[Submission]:
    """Put every report of the year that is not on the list yet onto it, with its usual day; nothing of a closed year.

    `by` is None when the calendar itself does it. Raises PermissionDenied.
    """
    if by is not None and (reason := permissions.keep_reports_denial(by)):
        raise PermissionDenied(reason)
    if year.closed_at is not None:
        return []
    take_turn(Turn.REPORTS_OF_THE_YEAR)
    with translation.override("vi"):
        found = lacking(year, Submission.objects.filter(school_year=year).order_by("pk"))
    if by is not None:
        Pen(by, "").create(Submission, found)
    else:
        for submission in found:
            submission.full_clean()
            submission.save()
    return found


def make_report(*, submission: Submission, by: User) -> Submission:
    """Fill the form in from the data of this moment and keep the file; making it again takes its place until it is sent.

    Raises TransitionDenied with the reason.
    """
    with perform(REPORT_STEPS, "make", submission, by=by) as locked:
        at = db_now()
        with translation.override("vi"):
            drawing = form_named(locked.form).draw(Ask(locked.school_year, Period(locked.period), at))
        content = report_workbook(locked, drawing, by=by, at=at)
        locked.file = files.store(content, name=file_name(locked), media_type=MEDIA_TYPE, by=by)
        locked.made_at, locked.made_by = at, by
    return locked


def file_name(submission: Submission) -> str:
    """CSDL_HocSinh_2026-2027_HK1.xlsx, and …_lan2 when it replaces one that was sent."""
    again, earlier = 1, submission.replaces
    while earlier is not None:
        again, earlier = again + 1, earlier.replaces
    stem = f"{form_named(submission.form).file_name}_{submission.school_year.code}_{submission.period}"
    return f"{stem}_lan{again}.xlsx" if again > 1 else f"{stem}.xlsx"


def send_report(*, submission: Submission, by: User, receiver: str, reference: str = "", note: str = "") -> Submission:
    """Note that the file went out, to whom and under which number. What it corrects becomes the one before.

    From here on the database refuses any change. Raises TransitionDenied with the reason.
    """
    with perform(REPORT_STEPS, "send", submission, by=by, comment=note) as locked:
        _whole(locked.file)
        locked.sent_at, locked.sent_by = db_now(), by
        locked.receiver, locked.reference, locked.note = receiver, reference, note
        if locked.replaces is not None:
            with perform(REPORT_STEPS, "replace", locked.replaces, by=by, comment=locked.why_replaced):
                pass
    return locked


def _whole(file: StoredFile | None) -> bytes:
    """The bytes of the file as they were made. Raises TransitionDenied when they are not."""
    if file is None:
        raise TransitionDenied(_("Báo cáo này chưa lập nên chưa có tệp."))
    try:
        return files.read(file)
    except (OSError, ValueError) as error:
        raise TransitionDenied(
            _("Tệp đang lưu không còn khớp mã kiểm tra nên không tải, không gửi. Báo ngay cho quản trị hệ thống.")
        ) from error


@transaction.atomic
def change_due(*, submission: Submission, due_on: date, why: str, by: User) -> Submission:
    """Another last day for this report, with the reason in its history. Raises PermissionDenied or TransitionDenied."""
    if reason := permissions.keep_reports_denial(by, submission):
        raise PermissionDenied(reason)
    locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if locked.is_sent:
        raise TransitionDenied(_("Báo cáo đã gửi nên hạn nộp giữ nguyên."))
    locked.due_on = due_on
    return keep(locked, by, why)


@transaction.atomic
def correct_report(*, submission: Submission, why: str, due_on: date, by: User) -> Submission:
    """A new report in place of one that was sent, which stays as it is and is named by the new one.

    Raises PermissionDenied or TransitionDenied.
    """
    if reason := permissions.keep_reports_denial(by, submission):
        raise PermissionDenied(reason)
    locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if locked.state != Submission.State.SENT:
        raise TransitionDenied(_("Chỉ báo cáo đã gửi và chưa có bản thay thế mới cần gửi lại."))
    made = Submission(
        form=locked.form,
        school_year=locked.school_year,
        period=locked.period,
        due_on=due_on,
        receiver=locked.receiver,
        replaces=locked,
        why_replaced=why,
    )
    try:
        return keep(made, by, why)
    except ValidationError as error:
        raise TransitionDenied(_("Báo cáo này đã có bản thay thế đang lập.")) from error


@transaction.atomic
def take_out(*, submission: Submission, why: str, by: User) -> bytes:
    """The file, for whoever made it or may make it. One with personal data is counted, and leaders are told.

    Raises PermissionDenied, or TransitionDenied with the reason.
    """
    if reason := permissions.make_report_denial(by, submission):
        raise PermissionDenied(reason)
    content = _whole(submission.file)
    if form_named(submission.form).names_people:
        _count(submission, why, by)
    return content


def _count(submission: Submission, why: str, by: User) -> None:
    """Write the export down, unless this person has had their share of the day; two at once take turns."""
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    at, most = db_now(), exports_a_day()
    if taken_today(by, at) >= most:
        raise TransitionDenied(
            _("Hôm nay đã tải %(most)s lần, hết số lần trong ngày. Cần thêm thì lãnh đạo đổi ở Chính sách của trường.")
            % {"most": most}
        )
    assert submission.file is not None
    DataExport.objects.create(submission=submission, by=by, at=at, reason=why, sha256=submission.file.sha256)
    outbox.notify(
        permissions.watchers_of_exports(),
        "report.exported",
        {"who": by.get_short_name(), "file": submission.file.original_name, "comment": why, "at": at.isoformat()},
        url=reverse("registry:report_detail", args=[submission.pk]),
    )


def plan_current_year(*, at: datetime) -> list[Submission]:
    """What the calendar does every morning: the list of this year is complete without anybody's doing."""
    year = SchoolYear.objects.current(local_day(at))
    return plan_reports(year=year) if year is not None else []
