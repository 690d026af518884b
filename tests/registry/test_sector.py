"""R8: a list of the sector's database beside the register: nothing changes before it was seen and chosen."""

import re
import unicodedata
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from registry import services
from registry.importing import RefusedFileError
from registry.models import Enrollment, ImportBatch, Student
from registry.selectors.imports import Options
from registry.selectors.imports.sector import compare
from schoolops.lib.workflow import TransitionDenied
from tests.registry.sheets import xlsx
from tests.support import grant, person

pytestmark = pytest.mark.django_db
HEADINGS = [
    "STT",
    "Mã lớp",
    "Mã học sinh",
    "Họ tên",
    "Ngày sinh",
    "Giới tính",
    "Trạng thái HS",
    "Dân tộc",
    "Số định danh cá nhân",
]
CODE, NAME, DAY, SEX, STATUS, ETHNICITY, NUMBER = 2, 3, 4, 5, 6, 7, 8


@pytest.fixture
def known(school):
    """The pupils of 7A1, with birth dates; the other class stays out of the file."""
    for number, student in enumerate(school.students):
        Student.objects.filter(pk=student.pk).update(birth_date=date(2014, 1, 1 + number), sex="male", ethnicity="Kinh")
    return list(Student.objects.filter(enrollments__school_class__name="7A1").order_by("enrollments__roll_no"))


def line(student, **changes):
    """The pupil as the sector has them, but for the changes (by place in the row)."""
    row = [
        1,
        "7A1",
        student.moet_id,
        student.full_name,
        f"{student.birth_date:%d/%m/%Y}",
        "Nam",
        "Đang học",
        "Kinh",
        student.national_id,
    ]
    for place, value in changes.items():
        row[int(place[1:])] = value
    return row


def at(place, value):
    return {f"c{place}": value}


@pytest.fixture
def send(school, cast):
    def upload(rows, headings=HEADINGS, content=None, **sheets):
        return services.upload_batch(
            kind="sector",
            school_year=school.year,
            content=content or xlsx([headings, *rows], sheet="C1-HocSinh", **sheets),
            name="C1.xlsx",
            options=Options(valid_from=school.year.starts_on),
            by=cast.it_staff,
        )

    return upload


def others(known, *changed):
    """The rest of the class as it is, so that only the changed rows differ."""
    ids = {row[CODE] for row in changed}
    return [*changed, *(line(student) for student in known if student.moet_id not in ids)]


def tokens_of(batch, *fields):
    picture = compare(batch)
    found = [item for pair in picture.pairs for item in pair.differences if item.token]
    return {item.token for item in found if not fields or item.field in fields}


# --- what is compared ---------------------------------------------------------------------------
def test_an_equal_list_has_no_differences(known, send):
    """R8: and the pupils of another class are not missed, because the file does not speak of them."""
    picture = compare(send(others(known)))
    assert (picture.differing, picture.newcomers, picture.questions, picture.unread) == ([], [], [], [])
    assert picture.same == 5
    assert (picture.only_here, picture.uncovered) == ([], ["7A2"])


def test_the_three_kinds_of_differences(known, send):
    """R8: differing fields, only there, only here."""
    stranger = line(known[1])
    stranger[CODE : DAY + 1] = ["0099999999", "Lò Thị Mới", "03/03/2014"]
    picture = compare(send([line(known[0], **at(DAY, "02/02/2014"), **at(NUMBER, "079314000111")), stranger]))
    [pair] = picture.differing
    assert [(item.field, item.here, item.there) for item in pair.differences] == [
        ("birth_date", "01/01/2014", "02/02/2014"),
        ("national_id", "", "079314000111"),
    ]
    assert [found.row.title for found in picture.newcomers] == ["Lò Thị Mới"]
    assert {place.student_id for place in picture.only_here} == {student.pk for student in known[1:]}


def test_columns_are_found_by_their_text(known, send):
    """R8: line breaks in headings, mixed NFC and NFD, another order, columns of a later version, code lists after it."""
    headings = [
        unicodedata.normalize("NFD", "Họ\ntên"),
        "Ngày sinh\n(dd/mm/yyyy)",
        "Cột mới của bản 3",
        "Mã học sinh\n(*)",
        "Tên lớp",
        "Mã lớp",
    ]
    row = [unicodedata.normalize("NFD", known[1].full_name), "02/01/2014", "x", known[1].moet_id, "7A1", "L-0072"]
    batch = send(
        [row],
        headings,
        DanhMucDanToc=[["STT", "Mã", "Tên dân tộc"], [1, "01", "Kinh"]],
        DanhMucLop=[["Mã lớp", "Tên lớp"], ["L-1", "7A1"]],
    )
    assert len(batch.rows) == 1
    picture = compare(batch)
    assert [pair.student.pk for pair in picture.pairs] == [known[1].pk]
    assert picture.differing == []


def test_old_fonts_are_read_and_identifiers_keep_their_zeros(known, send):
    """R8: TCVN3 becomes Unicode; a code that begins with zeros stays text."""
    Student.objects.filter(pk=known[0].pk).update(moet_id="0012345678", national_id="001314000123")
    # "Nguyễn Văn An" and its neighbours, as an ABC font writes them.
    legacy = [[1, "7A1", "0012345678", "NguyÔn V¨n An", "01/01/2014", "N÷", "§ang häc", "M­êng", "001314000123"]]
    headings = [
        "STT",
        "M· líp",
        "M· häc sinh",
        "Hä tªn",
        "Ngµy sinh",
        "Giíi tÝnh",
        "Tr¹ng th¸i HS",
        "D©n téc",
        "Sè ®Þnh danh c¸ nh©n",
    ]
    batch = send(legacy, headings)
    assert "tcvn3" in {note["kind"] for note in batch.result["notes"]}
    [pair] = compare(batch).pairs
    assert (pair.row.values["full_name"], pair.row.values["ethnicity"]) == ("Nguyễn Văn An", "Mường")
    assert pair.row.values["national_id"] == "001314000123"


def test_what_the_sector_lacks_and_what_moves_need_is_told_and_not_chosen(known, send):
    """R8, R4: an empty cell empties nothing; class and state follow from movements alone."""
    picture = compare(send(others(known, line(known[0], **at(ETHNICITY, ""), c1="7A2", **at(STATUS, "Thôi học kỳ 1")))))
    [pair] = picture.differing
    assert {item.field: item.token for item in pair.differences} == {"ethnicity": "", "class_name": "", "status": ""}
    assert all(item.how for item in pair.differences)


def test_who_left_on_both_sides_is_no_difference(known, send):
    gone = line(known[0])
    gone[CODE], gone[NAME], gone[STATUS] = "0088888888", "Lò Văn Đi", "Chuyển đi kỳ 1"
    assert compare(send([*others(known), gone])).newcomers == []


# --- who is who ---------------------------------------------------------------------------------
def test_the_code_decides_then_the_number(known, send):
    """R8: by the sector's code first, whatever the name; then by the personal number."""
    Student.objects.filter(pk=known[1].pk).update(national_id="079314000222")
    by_code = line(known[0], **at(NAME, "Nguyễn Văn Ân"))
    by_number = line(known[1], **at(CODE, "0077777777"), **at(NUMBER, "079314000222"))
    picture = compare(send([by_code, by_number]))
    assert {pair.student.pk for pair in picture.pairs} == {known[0].pk, known[1].pk}


def test_name_day_and_class_together_are_enough(known, send):
    """R8: without any code."""
    row = line(known[0], **at(CODE, ""))
    assert [pair.student.pk for pair in compare(send([row, line(known[1])])).pairs] == [known[0].pk, known[1].pk]


@pytest.mark.parametrize(
    "changes", [at(DAY, "09/09/2014"), {"c1": "7A2"}, at(DAY, "")], ids=["another day", "another class", "no day"]
)
def test_less_than_that_is_asked(changes, known, send, school):
    """R8: never guessed."""
    Student.objects.filter(enrollments__school_class__name="7A2").update(full_name="Khác Hẳn")
    picture = compare(send([line(known[0], **at(CODE, ""), **changes)]))
    assert (picture.pairs, picture.newcomers) == ([], [])
    [question] = picture.questions
    assert [student.pk for student, _about in question.candidates] == [known[0].pk]


def test_namesakes_of_one_day_are_asked(known, send):
    """R8: two pupils of one name, born on one day, in one class."""
    Student.objects.filter(pk=known[1].pk).update(full_name=known[0].full_name, birth_date=known[0].birth_date)
    [question] = compare(send([line(known[0], **at(CODE, ""))])).questions
    assert {student.pk for student, _about in question.candidates} == {known[0].pk, known[1].pk}


def test_codes_that_point_at_two_pupils_are_asked(known, send):
    Student.objects.filter(pk=known[1].pk).update(national_id="079314000222")
    [question] = compare(send([line(known[0], **at(NUMBER, "079314000222"))])).questions
    assert len(question.candidates) == 2


def test_a_code_of_somebody_else_is_asked(known, send):
    """R8: rows have probably slipped."""
    row = line(known[0], **at(NAME, "Cao Ước"), **at(DAY, "05/05/2013"))
    assert len(compare(send([row])).questions) == 1


def test_an_answer_makes_a_pair_or_a_newcomer(known, send, cast):
    """R8: what was asked and answered; an answer that is not among the candidates answers nothing."""
    batch = send([line(known[0], **at(CODE, ""), **at(DAY, "09/09/2014"))])
    for answer, pairs, newcomers in ((str(known[0].pk), 1, 0), ("new", 0, 1), (str(known[3].pk), 0, 0), ("", 0, 0)):
        batch = services.answer_questions(batch=batch, answers={0: answer}, by=cast.it_staff)
        picture = compare(batch)
        assert (len(picture.pairs), len(picture.newcomers)) == (pairs, newcomers)


def test_two_rows_of_one_pupil_are_set_aside(known, send):
    picture = compare(send([line(known[0]), line(known[0], **at(DAY, "02/02/2014"))]))
    assert len(picture.unread) == 2
    assert picture.pairs == []


# --- taking over --------------------------------------------------------------------------------
def test_only_what_was_chosen_changes_under_the_name_of_who_chose(known, send, cast):
    """R8: one field of two; the history says who and by which list."""
    batch = send(others(known, line(known[0], **at(DAY, "02/02/2014"), **at(NUMBER, "079314000111"))))
    done = services.apply_choices(batch=batch, chosen=tokens_of(batch, "national_id"), by=cast.it_staff)
    student = Student.objects.get(pk=known[0].pk)
    assert (student.national_id, student.birth_date) == ("079314000111", date(2014, 1, 1))
    latest = student.history.first()
    assert (latest.history_user, latest.history_change_reason) == (cast.it_staff, str(done))
    assert done.result["counts"] == {"changed": 1, "values": 1, "new": 0}
    assert Student.history.exclude(id=student.pk).filter(history_user=cast.it_staff).count() == 0


def test_a_pupil_who_stands_only_there_comes_to_the_end_of_the_list(known, send, cast, school):
    row = line(known[0], **at(CODE, "0099999999"), **at(NAME, "Lò Thị Mới"), **at(DAY, "03/03/2014"))
    batch = send([*others(known), row])
    [newcomer] = compare(batch).newcomers
    services.apply_choices(batch=batch, chosen={newcomer.token}, by=cast.it_staff)
    place = Enrollment.objects.get(student__moet_id="0099999999")
    assert (place.roll_no, place.school_class.name) == (6, "7A1")


def test_a_class_that_is_not_here_takes_nobody(known, send):
    row = line(known[0], **at(CODE, "0099999999"), **at(NAME, "Lò Thị Mới"), c1="9A9")
    [newcomer] = compare(send([row])).newcomers
    assert newcomer.token == ""
    assert newcomer.how


def test_what_has_changed_since_is_not_overwritten_and_nothing_else_either(known, send, cast):
    """R8: one of two chosen places is no longer what was shown: none is written, and the list can be looked at again."""
    first = line(known[0], **at(DAY, "02/02/2014"))
    second = line(known[1], **at(DAY, "03/02/2014"))
    batch = send(others(known, first, second))
    chosen = tokens_of(batch)
    assert len(chosen) == 2
    Student.objects.filter(pk=known[1].pk).update(birth_date=date(2014, 7, 7))
    with pytest.raises(TransitionDenied, match="không còn như lúc xem"):
        services.apply_choices(batch=batch, chosen=chosen, by=cast.it_staff)
    assert Student.objects.get(pk=known[0].pk).birth_date == date(2014, 1, 1)
    assert ImportBatch.objects.get(pk=batch.pk).state == "preview"
    services.apply_choices(batch=batch, chosen=tokens_of(batch), by=cast.it_staff)
    assert Student.objects.get(pk=known[1].pk).birth_date == date(2014, 2, 3)


def test_a_change_elsewhere_does_not_stand_in_the_way(known, send, cast):
    """R8: only what was chosen has to be as it was."""
    batch = send(others(known, line(known[0], **at(DAY, "02/02/2014")), line(known[1], **at(DAY, "03/02/2014"))))
    chosen = {token for token in tokens_of(batch) if token.startswith("0-")}
    Student.objects.filter(pk=known[1].pk).update(birth_date=date(2014, 7, 7))
    services.apply_choices(batch=batch, chosen=chosen, by=cast.it_staff)
    assert Student.objects.get(pk=known[0].pk).birth_date == date(2014, 2, 2)


def test_a_code_that_somebody_else_got_meanwhile_stops_everything(known, send, cast, monkeypatch):
    """R8: all or nothing, also when the database refuses."""
    batch = send(others(known, line(known[0], **at(NUMBER, "079314000111"), **at(DAY, "02/02/2014"))))
    chosen = tokens_of(batch)
    stolen = Student.objects.create(full_name="Lê Văn Bình", national_id="079314000111")
    with pytest.raises(TransitionDenied):
        services.apply_choices(batch=batch, chosen=chosen, by=cast.it_staff)
    assert Student.objects.get(pk=known[0].pk).birth_date == date(2014, 1, 1)
    assert Student.objects.get(pk=stolen.pk).national_id == "079314000111"


def test_made_up_or_no_choices_are_refused(known, send, cast):
    batch = send(others(known, line(known[0], **at(DAY, "02/02/2014"))))
    for chosen in ({"0-birth_date-" + "0" * 20}, set()):
        with pytest.raises(TransitionDenied):
            services.apply_choices(batch=batch, chosen=chosen, by=cast.it_staff)


def test_applied_once(known, send, cast):
    batch = send(others(known, line(known[0], **at(DAY, "02/02/2014"))))
    chosen = tokens_of(batch)
    services.apply_choices(batch=batch, chosen=chosen, by=cast.it_staff)
    with pytest.raises(TransitionDenied):
        services.apply_choices(batch=batch, chosen=chosen, by=cast.it_staff)


# --- bad files ----------------------------------------------------------------------------------
BAD = {
    "no workbook": b"\x00\x01\x02",
    "empty": b"",
    "a web page": b"<html><table></table></html>",
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "damaged": b"PK\x03\x04broken",
    "no headings": xlsx([["a", "b"], ["c", "d"]]),
    "headings alone": xlsx([HEADINGS]),
    "names without codes": xlsx([["Họ tên", "Lớp"], ["Lê An", "7A1"]]),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_bad_files_are_refused_in_words(content, send):
    """R8: and leave nothing behind."""
    with pytest.raises(RefusedFileError):
        send([], content=content or b" ")
    assert not ImportBatch.objects.exists()


def test_unreadable_cells_are_told_and_the_rest_is_compared(known, send):
    row = line(known[0], **at(DAY, "31/02/2014"), **at(NUMBER, "79314000111"))
    [pair] = compare(send(others(known, row))).differing
    assert {item.field for item in pair.differences if item.how} == {"birth_date", "national_id"}
    assert not [item for item in pair.differences if item.token]


# --- pages and rights ---------------------------------------------------------------------------
def signed_in(user):
    client = Client()
    client.force_login(user, "accounts.backends.SignInBackend")
    return client


def page_of(client, batch):
    return client.get(reverse("registry:sector_detail", args=[batch.pk]))


def test_the_page_shows_before_it_changes_and_keeps_the_ticks_of_a_refusal(known, send, cast):
    """R8: a gap is ticked, an overwriting is not; a refused choice comes back as it was made."""
    batch = send(others(known, line(known[0], **at(DAY, "02/02/2014"), **at(NUMBER, "079314000111"))))
    client = signed_in(cast.it_staff)
    html = page_of(client, batch).content.decode()
    ticked = re.findall(r'value="(\d+-\w+-\w{20})" checked', html)
    assert [token.split("-")[1] for token in ticked] == ["national_id"]
    assert Student.objects.get(pk=known[0].pk).national_id is None
    chosen = list(tokens_of(batch))
    Student.objects.filter(pk=known[0].pk).update(national_id="079314000999")
    refused = client.post(reverse("registry:sector_apply", args=[batch.pk]), {"take": chosen})
    assert refused.status_code == 409
    assert "birth_date" in re.findall(r'value="(\d+-\w+-\w{20})" checked', refused.content.decode())[0]


def test_the_whole_way_by_the_pages(known, school, cast):
    """R8: upload, look, take over."""
    client = signed_in(cast.it_staff)
    content = xlsx([HEADINGS, *others(known, line(known[0], **at(DAY, "02/02/2014")))])
    data = {"kind": "sector", "school_year": school.year.pk, "valid_from": f"{school.year.starts_on:%d/%m/%Y}"}
    sent = client.post(reverse("registry:sector_list"), data | {"file": SimpleUploadedFile("C1.xlsx", content)})
    batch = ImportBatch.objects.get()
    assert sent.url == reverse("registry:sector_detail", args=[batch.pk])
    client.post(reverse("registry:sector_apply", args=[batch.pk]), {"take": list(tokens_of(batch))})
    assert Student.objects.get(pk=known[0].pk).birth_date == date(2014, 2, 2)
    refused = client.post(reverse("registry:sector_list"), data | {"file": SimpleUploadedFile("C1.xlsx", b"PKx")})
    assert refused.status_code == 422


def test_personal_numbers_are_masked_for_those_who_do_not_read_them(known, send, cast):
    """R8: leaders may compare; the numbers themselves are for office and IT staff."""
    batch = send(others(known, line(known[0], **at(NUMBER, "079314000111"))))
    assert "079314000111" in page_of(signed_in(cast.it_staff), batch).content.decode()
    html = page_of(signed_in(cast.principal), batch).content.decode()
    assert "079314000111" not in html
    assert "•••111" in html


def test_the_office_does_not_write_into_the_register_by_file(known, send, school, cast):
    """GT 8, PH 1.1a: a clerk makes reports; taking over is for IT staff by order of the principal, and leaders."""
    clerk = person("clerk", "Nguyễn Thị Hiền")
    grant(clerk, Role.CLERK, school.decision, by=User.objects.get(username="it_staff"))
    batch = send(others(known, line(known[0], **at(DAY, "02/02/2014"))))
    assert page_of(signed_in(clerk), batch).status_code == 404
    assert signed_in(clerk).get(reverse("registry:sector_list")).status_code == 403
    with pytest.raises(TransitionDenied):
        services.apply_choices(batch=batch, chosen=tokens_of(batch), by=clerk)
    with pytest.raises(PermissionDenied):
        services.upload_batch(
            kind="sector",
            school_year=school.year,
            content=b"",
            name="",
            options=Options(valid_from=school.year.starts_on),
            by=clerk,
        )


def test_a_sector_list_is_not_loaded_whole(known, send, cast):
    """R8: the way of initial data, which writes every row, does not lead to it."""
    batch = send(others(known))
    client = signed_in(cast.it_staff)
    for step in ("detail", "apply", "edit", "discard"):
        url = reverse(f"registry:import_{step}", args=[batch.pk])
        assert (client.get(url) if step == "detail" else client.post(url)).status_code == 404
    assert client.get("/registry/import/template/sector.xlsx").status_code == 404


def test_the_page_costs_the_same_for_any_number(known, send, cast, school):
    def count(batch):
        client = signed_in(cast.it_staff)
        with CaptureQueriesContext(connection) as found:
            page_of(client, batch)
        return len(found)

    one = send([line(student, **at(DAY, "02/02/2014")) for student in known[:1]])
    count(one)  # what the process remembers for a minute is asked once
    before = count(one)
    assert count(send([line(student, **at(DAY, "02/02/2014")) for student in known])) == before
