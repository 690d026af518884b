"""What can be printed of the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone, translation

from accounts.models import User
from registry.models import Guardianship, Invitation, RegisterEntry, School, SchoolClass, Student, Submission
from registry.reporting import Drawing, form_named
from registry.selectors.personal_data import Section
from registry.selectors.register_book import lines_of
from registry.selectors.timetables import Week
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.documents import render_pdf
from schoolops.lib.moments import vn_second
from schoolops.lib.qr import qr_svg
from schoolops.lib.texts import in_threes
from schoolops.lib.workbooks import Mark, Sheet, workbook

TIMETABLE_STYLES = ("schoolops/css/document.css", "schoolops/css/timetable-document.css")
STYLES = ("schoolops/css/document.css", "schoolops/css/register-document.css")


@dataclass(frozen=True)
class Slip:
    """What is printed of an invitation: the code in clear exists here and on the paper, nowhere else."""

    tie: Guardianship
    code: str
    invitation: Invitation


def slips_pdf(school_class: SchoolClass, slips: Sequence[Slip], *, url: str) -> bytes:
    """Eight slips on an A4 page, to be cut: whom it is for, the code, the QR code of `url` with it, until when."""
    with translation.override("vi"):
        context = {
            "school": School.objects.first(),
            "school_class": school_class,
            "slips": [
                {"slip": slip, "qr": qr_svg(f"{url}{slip.code}/"), "code": in_threes(slip.code)} for slip in slips
            ],
            "url": url.partition("://")[2].rstrip("/"),
        }
        return render_pdf("registry/documents/slips.html", context, stylesheets=("schoolops/css/slips.css",))


def child_copy_pdf(student: Student, sections: list[Section], made_at: datetime) -> bytes:
    """Everything that the school holds about one child, to be read on paper or on a phone."""
    with translation.override("vi"):
        context = {
            "student": student,
            "sections": sections,
            "school": School.objects.first(),
            "made_at": vn_second(made_at),
        }
        return render_pdf("registry/documents/child_copy.html", context, stylesheets=STYLES)


def register_pdf(entries: list[RegisterEntry], *, title: str) -> bytes:
    """Sổ đăng bộ, these lines, in Vietnamese for every reader."""
    with translation.override("vi"):
        context = {
            "lines": lines_of(entries, local_day(timezone.now())),
            "title": title,
            "school": School.objects.first(),
            "printed_at": vn_second(db_now()),
        }
        return render_pdf("registry/documents/register.html", context, stylesheets=STYLES)


def timetable_pdf(week: Week, *, title: str, of_class: bool) -> bytes:
    """The week of a class or a teacher on one sheet, in Vietnamese for every reader."""
    with translation.override("vi"):
        context = {
            "week": week,
            "title": title,
            "of_class": of_class,
            "school": School.objects.first(),
            "printed_at": vn_second(db_now()),
        }
        return render_pdf("registry/documents/timetable.html", context, stylesheets=TIMETABLE_STYLES)


def report_workbook(submission: Submission, drawing: Drawing, *, by: User, at: datetime) -> bytes:
    """The report as an .xlsx file, in Vietnamese for every reader; a last sheet says whence it comes, who made it and when."""
    form, school = form_named(submission.form), School.objects.first()
    with translation.override("vi"):
        title = str(form.title)
        line = f"{school}. {by} lập lúc {vn_second(at)}. Có dữ liệu cá nhân: chỉ dùng để gửi {submission.receiver}."
        if not form.names_people:
            line = f"{school}. {by} lập lúc {vn_second(at)}."
        origin = Sheet(
            title="Nguồn dữ liệu",
            headings=(("Mục", "Nội dung"),),
            rows=[
                ("Trường", str(school)),
                ("Mã trường", school.code if school else ""),
                ("Biểu", title),
                ("Năm học", submission.school_year.code),
                ("Kỳ báo cáo", str(submission.get_period_display())),
                ("Nơi nhận", submission.receiver),
                ("Người lập", str(by)),
                ("Lập lúc", vn_second(at)),
                ("Số người có trong tệp", drawing.people),
                ("Căn cứ", form.clause),
                ("Lưu ý", str(form.source)),
            ],
            widths=(24, 80),
        )
        return workbook([*drawing.sheets, origin], Mark(title=title, author=str(by), at=at, line=line))
