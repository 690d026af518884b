"""R7: reports to the sector on fixed forms, each with a day, made from the data, kept as they were sent."""

import io
import re
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import PolicyVersion, User
from accounts.roles import Role
from registry import services
from registry.models import (
    DataExport,
    Enrollment,
    Guardian,
    Guardianship,
    Period,
    PolicyStatus,
    Student,
    Submission,
)
from registry.reporting import FORMS, Ask, forms_of
from registry.selectors.reports import COUNTS, PUPILS, STAFF
from registry.services.report_reminders import remind
from schoolops.lib import files
from schoolops.lib.clock import db_now
from schoolops.lib.models import Job, JobItem, OutboxMessage, StoredFile
from schoolops.lib.workbooks import Mark, Sheet, workbook
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, grant, password_given, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(school):
    user = person("clerk", "Nguyễn Thị Hiền")
    grant(user, Role.CLERK, school.decision, by=User.objects.get(username="it_staff"))
    return user


@pytest.fixture
def agenda(school, cast):
    """Every report of the year, by form and period."""
    made = services.plan_reports(year=school.year, by=cast.principal)
    return {(row.form, row.period): row for row in made}


@pytest.fixture
def pupils(agenda):
    return agenda["csdl-hoc-sinh", Period.START]


def sent(submission, clerk, **more):
    made = services.make_report(submission=submission, by=clerk)
    return services.send_report(submission=made, by=clerk, receiver="Phòng", **more)


def signed_in(user, *, with_password=True):
    """A browser; with the password given a moment ago."""
    client = Client()
    client.force_login(user, "accounts.backends.SignInBackend")
    if with_password:
        password_given(client, user)
    return client


def cells(content: bytes, sheet: int = 0) -> list[list[object]]:
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[sheet]
    return [[cell.value for cell in row] for row in page.iter_rows()]


def ask(school, period=Period.START):
    return Ask(school.year, period, db_now())


# --- the list of what is owed -------------------------------------------------------------------
def test_every_form_of_the_level_is_on_the_list_with_its_day(agenda, school):
    """R7: each form for each of its periods, due so many days after the beginning of the year or the end of a term."""
    wanted = {(form.code, period) for form in forms_of("lower_secondary") for period in form.due}
    # The second term of the test school has no dates: what follows from it comes onto the list when it has.
    of_second = {
        (form.code, p) for form in FORMS.values() for p, due in form.due.items() if due.anchor == "term 2 ends"
    }
    assert agenda.keys() == wanted - of_second
    assert agenda["csdl-hoc-sinh", "DN"].due_on == school.year.starts_on + timedelta(days=13)
    assert agenda["csdl-ket-qua", "HK1"].due_on == school.term.ends_on + timedelta(days=10)


def test_every_form_names_its_clause_receiver_and_status():
    """R7: a form without a clause would be somebody's wish; none claims to have been compared with the original."""
    for form in FORMS.values():
        assert all([form.clause, form.receiver, form.source, form.due, form.columns])
        assert form.is_verified or "hưa đối chiếu văn bản gốc" in str(form.source)


def test_planning_twice_adds_nothing_and_the_calendar_does_it_alone(agenda, school):
    """R7: by a press or by the morning's task."""
    assert services.plan_reports(year=school.year) == []
    assert services.plan_current_year(at=timezone.now()) == []
    assert Submission.objects.count() == len(agenda)


def test_a_day_is_changed_for_a_reason_and_a_sent_one_keeps_it(pupils, clerk):
    """R7: the history says who, from which day to which, and why."""
    day = pupils.due_on + timedelta(days=5)
    changed = services.change_due(submission=pupils, due_on=day, why="Công văn 45", by=clerk)
    latest = changed.history.first()
    assert (latest.due_on, latest.history_user, latest.history_change_reason) == (day, clerk, "Công văn 45")
    sent(changed, clerk)
    with pytest.raises(TransitionDenied):
        services.change_due(submission=changed, due_on=day, why="Công văn 46", by=clerk)


# --- what stands in the files -------------------------------------------------------------------
def test_the_pupil_list_keeps_digits_names_and_days(pupils, school, clerk):
    """R7, R8: identifiers and phones are text with their zeros, names are NFC, days are dd/mm/yyyy."""
    student = school.students[0]
    Student.objects.filter(pk=student.pk).update(
        moet_id="0012345678", national_id="001314000123", birth_date="2014-09-05", sex="female", ethnicity="Kinh"
    )
    guardian = Guardian.objects.create(full_name="Trần Thị Hoa", phone="0900000001")
    Guardianship.objects.create(
        student=student, guardian=guardian, relation="mother", is_contact=True, valid_from=school.year.starts_on
    )
    made = services.make_report(submission=pupils, by=clerk)
    page = openpyxl.load_workbook(io.BytesIO(files.read(made.file))).worksheets[0]
    headings = [cell.value for cell in page[1]]
    first = dict(zip(headings, page[2], strict=True))
    for heading, value in {
        "Mã học sinh": "0012345678",
        "Số định danh cá nhân": "001314000123",
        "Ngày sinh": "05/09/2014",
        "Số điện thoại liên hệ": "0900000001",
        "Giới tính": "Nữ",
        "Trạng thái HS": "Đang học",
        "Mã lớp": "7A1",
        "Họ tên": "Nguyễn Văn An",
    }.items():
        assert (first[heading].value, first[heading].data_type, first[heading].number_format) == (value, "s", "@")


def test_who_left_stands_in_the_list_with_state_and_day(school, cast):
    """R4, R7: the sector is told who went and when; who changed class stands in the list once."""
    leaver, mover = school.students[:2]
    event = services.Event(
        school.year.starts_on + timedelta(days=3), "theo gia đình", "1/GGT", school.year.starts_on, "Trường khác"
    )
    services.leave_school(student=leaver, kind="transfer_out", event=event, by=cast.it_staff)
    services.change_class(
        student=mover, to=school.classes["7A2"], event=services.Event(event.happened_on, "xin"), by=cast.it_staff
    )
    drawing = PUPILS.draw(ask(school))
    rows = {row[2]: row for row in drawing.sheets[0].rows}
    assert len(rows) == len(drawing.sheets[0].rows) == len(school.students)
    assert rows[leaver.moet_id][6:8] == ("Chuyển đi kỳ 1", f"{event.happened_on:%d/%m/%Y}")
    assert rows[mover.moet_id][1] == "7A2"
    assert not [found for found in drawing.problems if found.pk == leaver.pk]


def test_gaps_are_named_with_the_page_where_they_are_mended(school):
    """R7: nobody finds out from the sector's error list."""
    found = {problem.pk: problem for problem in PUPILS.draw(ask(school)).problems}
    assert "số định danh cá nhân" in found[school.students[0].pk].what
    assert found[school.students[0].pk].page == "registry:student_detail"


def test_the_staff_list_tells_subjects_and_personal_numbers(school, cast):
    """R7: what the school holds of the sector's columns."""
    rows = {row[1]: row for row in STAFF.draw(ask(school)).sheets[0].rows}
    assert rows["GV001"][3] == "000000000001"
    assert rows["GV001"][8] == "Toán, Giáo dục thể chất"


def test_figures_are_counted_by_grade(school):
    """R7: pupils, girls, ethnic minorities, disability, poverty, other policy categories."""
    girl, boy, left, *_others = school.students
    Student.objects.filter(pk=girl.pk).update(sex="female", ethnicity="Thái")
    Student.objects.filter(pk=boy.pk).update(sex="male", ethnicity="Kinh")
    for student, category in ((girl, "poor"), (girl, "disabled"), (boy, "invalid"), (left, "poor")):
        PolicyStatus.objects.create(student=student, category=category, valid_from=school.year.starts_on)
    Enrollment.objects.filter(student=left).update(left_on=school.year.starts_on)
    drawing = COUNTS.draw(ask(school))
    assert drawing.sheets[0].rows[0] == ("7", 2, 9, 1, 1, 1, 1, 1, 0, 1)
    assert drawing.sheets[0].rows[-1][1:] == drawing.sheets[0].rows[0][1:]
    assert ("Hộ nghèo", 1) in drawing.sheets[1].rows


def test_a_form_costs_the_same_queries_for_any_number(school, cast):
    """Made for 900 pupils as for ten."""

    def count(draw):
        with CaptureQueriesContext(connection) as found:
            draw(ask(school))
        return len(found)

    before = {form.code: count(form.draw) for form in (PUPILS, STAFF, COUNTS)}
    for number in range(20):
        student = Student.objects.create(full_name="Lê Văn Bình")
        Enrollment.objects.create(
            student=student, school_class=school.classes["7A1"], roll_no=100 + number, enrolled_on=school.year.starts_on
        )
    assert {form.code: count(form.draw) for form in (PUPILS, STAFF, COUNTS)} == before


# --- the file -----------------------------------------------------------------------------------
LIVE = ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "\0=1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", LIVE)
def test_no_cell_of_a_report_calculates(text):
    """ASVS 1.2.10, P1-10: a name that looks like a formula stays text."""
    content = workbook([Sheet("A", (("B",),), [(text,)])], Mark("t", "a", timezone.now(), "l"))
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page["A2"].data_type == "s"
    assert page["A2"].quotePrefix
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not re.search(rb"<f[ >/]", packed.read("xl/worksheets/sheet1.xml"))


def test_the_same_data_at_the_same_moment_are_the_same_bytes():
    """R7: so that the hash of a file means something."""
    at = timezone.make_aware(datetime(2026, 11, 21, 9, 30))
    one, two = (workbook([Sheet("A", (("B",),), [("Ánh", 3)])], Mark("t", "a", at, "l")) for _ in range(2))
    assert one == two
    other = workbook([Sheet("A", (("B",),), [("Ánh", 3)])], Mark("t", "a", at + timedelta(hours=1), "l"))
    assert other != one


def test_the_file_says_who_made_it_and_when(pupils, clerk):
    """P1-17: on its last sheet, in its properties and under every printed page."""
    made = services.make_report(submission=pupils, by=clerk)
    book = openpyxl.load_workbook(io.BytesIO(files.read(made.file)))
    told = {row[0].value: row[1].value for row in book.worksheets[-1].iter_rows()}
    assert told["Người lập"] == "Nguyễn Thị Hiền"
    assert told["Số người có trong tệp"] == 10
    assert book.properties.creator == "Nguyễn Thị Hiền"
    assert "Nguyễn Thị Hiền" in book.worksheets[0].oddFooter.left.text
    assert "Nguyễn Văn An" not in made.file.original_name


# --- kept as sent -------------------------------------------------------------------------------
def test_what_was_sent_is_kept_and_a_correction_names_it(pupils, clerk):
    """R7: the first stays with its file and hash; when the second is sent it becomes the one before."""
    first = sent(pupils, clerk, reference="18/BC")
    content = files.read(first.file)
    again_ = services.correct_report(submission=first, why="Sót hai em", due_on=date(2026, 12, 1), by=clerk)
    assert Submission.objects.get(pk=first.pk).state == "sent"
    second = sent(again_, clerk)
    first = Submission.objects.get(pk=first.pk)
    assert (first.state, second.replaces, second.why_replaced) == ("replaced", first, "Sót hai em")
    assert files.read(first.file) == content
    assert second.file.original_name.endswith("_lan2.xlsx")
    with pytest.raises(TransitionDenied):
        services.correct_report(submission=first, why="Sót hai em", due_on=date(2026, 12, 1), by=clerk)


def test_only_one_correction_at_a_time(pupils, clerk):
    first = sent(pupils, clerk)
    services.correct_report(submission=first, why="Sót hai em", due_on=date(2026, 12, 1), by=clerk)
    with pytest.raises(TransitionDenied):
        services.correct_report(submission=first, why="Sót ba em", due_on=date(2026, 12, 1), by=clerk)


def test_a_sent_report_is_not_made_again(pupils, clerk):
    done = sent(pupils, clerk)
    with pytest.raises(TransitionDenied):
        services.make_report(submission=done, by=clerk)


CHANGES = {
    "row": lambda row: Submission.objects.filter(pk=row.pk).update(note="khác"),
    "day": lambda row: Submission.objects.filter(pk=row.pk).update(due_on="2030-01-01"),
    "back": lambda row: Submission.objects.filter(pk=row.pk).update(state="made", sent_at=None, sent_by=None),
    "replaced and more": lambda row: Submission.objects.filter(pk=row.pk).update(state="replaced", note="khác"),
    "file": lambda row: StoredFile.objects.filter(pk=row.file_id).update(sha256="0" * 64),
    "name of the file": lambda row: StoredFile.objects.filter(pk=row.file_id).update(original_name="khac.xlsx"),
    "file gone": lambda row: StoredFile.objects.filter(pk=row.file_id)._raw_delete("default"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_database_refuses_to_change_what_was_sent(change, pupils, clerk):
    """R7: by whatever path; the same change passes before the report is sent, or is refused for another reason."""
    made = sent(pupils, clerk)
    with pytest.raises(IntegrityError, match="stays as it was sent"), transaction.atomic():
        change(made)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM registry_submission",
        "DELETE FROM registry_dataexport",
        "UPDATE registry_dataexport SET reason = 'x'",
        "DELETE FROM registry_submissiontransition",
    ],
)
def test_web_and_workers_may_not_remove_the_traces(statement, pupils, clerk):
    """R7, P1-17: the role of the web has no right to it at all."""
    sent(pupils, clerk)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_file_that_changed_on_the_disk_is_neither_taken_out_nor_sent(pupils, clerk, settings):
    """R7: the bytes are held against their hash each time."""
    made = services.make_report(submission=pupils, by=clerk)
    (settings.MEDIA_ROOT / made.file.path).write_bytes(b"other")
    with pytest.raises(TransitionDenied, match="mã kiểm tra"):
        services.take_out(submission=made, why="nộp báo cáo", by=clerk)
    with pytest.raises(TransitionDenied, match="mã kiểm tra"):
        services.send_report(submission=made, by=clerk, receiver="Phòng")
    assert Submission.objects.get(pk=made.pk).state == "made"


# --- taking personal data out (P1-17) -----------------------------------------------------------
def test_three_a_day_then_no_more_and_leaders_are_told(pupils, clerk, cast):
    """P1-17: counted per person and day, each with its reason and hash."""
    made = services.make_report(submission=pupils, by=clerk)
    for _ in range(3):
        services.take_out(submission=made, why="nộp báo cáo", by=clerk)
    with pytest.raises(TransitionDenied, match="3 lần"):
        services.take_out(submission=made, why="nộp báo cáo", by=clerk)
    taken = DataExport.objects.all()
    assert [(row.by, row.reason, row.sha256) for row in taken] == [(clerk, "nộp báo cáo", made.file.sha256)] * 3
    told = OutboxMessage.objects.filter(kind="report.exported")
    assert told.count() == 3
    assert {cast.principal.pk, cast.vice_principal.pk} <= set(told[0].recipients)


def test_yesterday_does_not_count_and_the_school_sets_the_number(pupils, clerk, school):
    made = services.make_report(submission=pupils, by=clerk)
    yesterday = timezone.now() - timedelta(days=1)
    DataExport.objects.bulk_create(
        [DataExport(submission=made, by=clerk, at=yesterday, reason="hôm qua", sha256="0" * 64)] * 1
    )
    PolicyVersion.objects.create(key="registry.exports_a_day", value="1", decision=school.decision, set_by=clerk)
    services.take_out(submission=made, why="nộp báo cáo", by=clerk)
    with pytest.raises(TransitionDenied):
        services.take_out(submission=made, why="nộp báo cáo", by=clerk)


def test_figures_without_names_are_not_counted(agenda, clerk):
    made = services.make_report(submission=agenda["emis", "DN"], by=clerk)
    services.take_out(submission=made, why="", by=clerk)
    assert not DataExport.objects.exists()


def test_the_download_asks_for_password_and_reason(pupils, clerk):
    """P1-17: without a reason the form comes back; without a fresh password the library asks for it first."""
    made = services.make_report(submission=pupils, by=clerk)
    url = reverse("registry:report_download", args=[made.pk])
    assert signed_in(clerk).post(url, {"why": ""}).status_code == 422
    asked = signed_in(clerk, with_password=False).post(url, {"why": "nộp báo cáo"})
    assert asked.status_code == 302
    assert "/reauthenticate/" in asked.url
    assert not DataExport.objects.exists()
    response = signed_in(clerk).post(url, {"why": "nộp báo cáo"})
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response) == files.read(made.file)
    assert DataExport.objects.get().by == clerk


# --- who may ------------------------------------------------------------------------------------
def test_leaders_make_figures_and_not_forms_with_personal_numbers(agenda, cast, clerk):
    """R7: who does not read personal numbers does not take them out by way of a report."""
    services.make_report(submission=agenda["emis", "DN"], by=cast.vice_principal)
    with pytest.raises(TransitionDenied, match="văn thư"):
        services.make_report(submission=agenda["csdl-hoc-sinh", "DN"], by=cast.vice_principal)
    made = services.make_report(submission=agenda["csdl-hoc-sinh", "DN"], by=clerk)
    with pytest.raises(PermissionDenied):
        services.take_out(submission=made, why="nộp báo cáo", by=cast.principal)
    services.send_report(submission=made, by=cast.vice_principal, receiver="Phòng")


def test_it_staff_read_and_neither_make_nor_send(agenda, cast):
    """PH 1.1a: data work is not given to IT staff; they see what is missing, to mend it."""
    report = agenda["emis", "DN"]
    page = signed_in(cast.it_staff).get(reverse("registry:report_detail", args=[report.pk]))
    assert page.status_code == 200
    assert signed_in(cast.it_staff).post(reverse("registry:report_make", args=[report.pk])).status_code == 403
    with pytest.raises(TransitionDenied):
        services.make_report(submission=report, by=again(cast.it_staff))
    with pytest.raises(PermissionDenied):
        services.change_due(submission=report, due_on=date(2027, 1, 1), why="thử", by=again(cast.it_staff))


# --- reminders ----------------------------------------------------------------------------------
def at(day, hour=7):
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


def test_reminders_ahead_on_the_eve_and_when_late_each_once(agenda, cast, clerk):
    """R7, C3: however often the morning's task runs; leaders hear when it is late."""
    report = agenda["csdl-ket-qua", "HK1"]
    Submission.objects.exclude(pk=report.pk).update(due_on=report.due_on + timedelta(days=300))
    told = []
    for days in (8, 7, 6, 1, 0, -1, -2):
        moment = at(report.due_on - timedelta(days=days))
        for _ in range(2):
            services.start_report_reminders(at=moment)
        told.append(JobItem.objects.count())
    assert told == [0, 1, 1, 2, 2, 3, 3]
    items = list(JobItem.objects.order_by("pk"))
    Job.objects.filter(pk=items[-1].job_id).update(created_at=at(report.due_on + timedelta(days=1)))
    for item in JobItem.objects.select_related("job").order_by("pk"):
        remind(item)
    kinds = list(OutboxMessage.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["report.due", "report.due", "report.late"]
    assert clerk.pk in OutboxMessage.objects.first().recipients


def test_what_was_sent_is_not_asked_for(agenda, clerk):
    services.start_report_reminders(at=at(agenda["emis", "DN"].due_on))
    for item in JobItem.objects.select_related("job"):
        sent_one = Submission.objects.get(pk=item.payload["submission"])
        sent(sent_one, clerk)
        remind(item)
    assert not OutboxMessage.objects.filter(kind__in=["report.due", "report.late"]).exists()


# --- pages --------------------------------------------------------------------------------------
def test_the_list_says_overdue_first_in_words(agenda, clerk):
    """R7: by day, what is late on top."""
    html = signed_in(clerk).get(reverse("registry:report_list")).content.decode()
    assert "Quá hạn" in html
    assert html.index("Danh sách học sinh") < html.index("Kết quả học tập trên")


def test_the_preview_links_to_where_it_is_mended(pupils, clerk, school):
    html = signed_in(clerk).get(reverse("registry:report_gaps", args=[pupils.pk])).content.decode()
    assert reverse("registry:student_detail", args=[school.students[0].pk]) in html
    part = signed_in(clerk).get(reverse("registry:report_gaps", args=[pupils.pk]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    detail = signed_in(clerk).get(reverse("registry:report_detail", args=[pupils.pk])).content.decode()
    assert "chưa đối chiếu văn bản gốc" in detail


def test_the_page_shows_the_hash_of_what_was_sent(pupils, clerk):
    done = sent(pupils, clerk)
    html = signed_in(clerk).get(reverse("registry:report_detail", args=[done.pk])).content.decode()
    assert done.file.sha256 in html


def test_pages_cost_few_queries_whatever_their_length(agenda, clerk, school):
    def count():
        client = signed_in(clerk)
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("registry:report_list"))
        return len(found)

    before = count()
    assert before <= 15
    for _number in range(3):
        row = (
            Submission.objects.filter(state="due", form="emis").first()
            or Submission.objects.filter(state="due").first()
        )
        sent(row, clerk)
    assert count() <= before


def test_detail_costs_few_queries(pupils, clerk):
    client = signed_in(clerk)
    with CaptureQueriesContext(connection) as found:
        client.get(reverse("registry:report_detail", args=[pupils.pk]))
    assert len(found) <= 15


def test_the_page_of_the_forms_lists_every_form():
    """R7: docs/reports.md says of each its clause and what was not compared with the original."""
    page = (settings.BASE_DIR / "docs" / "reports.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert rows.keys() == FORMS.keys()
    assert all(f"| {FORMS[code].clause} |" in row for code, row in rows.items())
