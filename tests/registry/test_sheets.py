"""A9: reading files of initial data, from bytes to named cells. Pure: no database."""

import io
import random
import resource
import time
import unicodedata
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from registry.importing import KINDS, RefusedFileError, clean_row, read_file, template_workbook
from registry.importing.ethnic_groups import ethnic_group
from schoolops.lib.workbooks import write_text
from tests.registry.sheets import HEADINGS, pupil, pupils, saved, xlsx

MAX = 20_000
TODAY = date(2026, 9, 5)


def read(content, kind="students", max_rows=MAX):
    return read_file(content, kind, max_rows=max_rows)


def cells(content, kind="students"):
    return [row["cells"] for row in read(content, kind).rows]


def refusal(content, kind="students", max_rows=MAX):
    with pytest.raises(RefusedFileError) as refused:
        read(content, kind, max_rows)
    return refused.value.reason


def values(kind="students", **row):
    return clean_row(KINDS[kind], {"full_name": "Lê An", "staff_code": "GV1", **row}, today=TODAY)


def problem(kind="students", **row):
    """The message and the suggestion for the one cell given."""
    (name,) = row
    found = values(kind, **row)[1][name]
    return found.message, found.suggestion


# --- headings -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "heading",
    [
        "Ngày sinh",
        unicodedata.normalize("NFD", "Ngày sinh"),
        "NGÀY  SINH",
        "Ngày\nsinh",
        "Ngày sinh (dd/mm/yyyy)",
        "Ngày sinh *",
        "Ngày\u00a0sinh",
        "Ngày, tháng, năm sinh",
    ],
)
def test_heading_is_found_by_its_text(heading):
    """A9: NFC or NFD, line breaks, hints and capitals are one heading."""
    found = cells(xlsx([["Lớp", "Họ tên", heading], ["7A1", "Lê An", "05/09/2014"]]))
    assert found == [{"class_name": "7A1", "full_name": "Lê An", "birth_date": "05/09/2014"}]


def test_columns_in_any_order_and_titles_above():
    """A9: the place of a column means nothing; titles, empty rows and the row of numbers are no data."""
    content = xlsx(
        [
            ["SỞ GIÁO DỤC VÀ ĐÀO TẠO"],
            ["DANH SÁCH HỌC SINH LỚP 7A1 NĂM HỌC 2026 - 2027"],
            [],
            ["Giới tính", "Ghi chú", "Họ và tên", "STT"],
            ["(1)", "(2)", "(3)", "(4)"],
            ["Nam", "x", "Lê An", 1],
            [None, None, None, None],
            ["Nữ", None, "Trần Bình", 2],
            ["Tổng số: 2 học sinh", None, None, None],
            [None, None, "Người lập bảng", None],
        ]
    )
    reading = read(content)
    assert [row["cells"]["full_name"] for row in reading.rows] == ["Lê An", "Trần Bình"]
    assert {row["cells"]["class_name"] for row in reading.rows} == {"7A1"}
    assert [row["row"] for row in reading.rows] == [6, 8]
    assert [(note.kind, note.rows) for note in reading.notes] == [("passed_over", (9, 10))]


def test_heading_repeated_on_every_page():
    """A9: printed lists carry their heading, and sometimes another class, again and again."""
    head = ["STT", "Họ và tên", "Ngày sinh"]
    content = xlsx(
        [
            ["LỚP 7A1"],
            head,
            [1, "Lê An", "05/09/2014"],
            head,
            [2, "Lê Bình", "05/09/2014"],
            ["Lớp: 7A2"],
            head,
            [1, "Lê Chi", "1/9/2014"],
        ]
    )
    assert [(row["full_name"], row["class_name"]) for row in cells(content)] == [
        ("Lê An", "7A1"),
        ("Lê Bình", "7A1"),
        ("Lê Chi", "7A2"),
    ]


def test_merged_name_heading_and_second_heading_row():
    """A9: one merged heading over two columns; headings in two rows."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(["STT", "Họ và tên", None, "Ngày sinh", "Liên hệ", None])
    page.append([None, None, None, None, "Phụ huynh", "Điện thoại"])
    page.append([1, "Nguyễn Văn", "An", "05/09/2014", "Trần Hoa", "0912345678"])
    page.merge_cells("B1:C1")
    page.merge_cells("E1:F1")
    (found,) = cells(saved(book))
    assert found["full_name"] == "Nguyễn Văn An"
    assert (found["contact_name"], found["contact_phone"]) == ("Trần Hoa", "0912345678")


def test_name_in_two_columns():
    """A9: họ đệm and tên in columns of their own."""
    (found,) = cells(xlsx([["Lớp", "Họ đệm", "Tên", "Giới tính"], ["7A1", "Nguyễn Văn", "An", "Nam"]]))
    assert found["full_name"] == "Nguyễn Văn An"


def test_sheet_per_class_with_code_lists_and_hidden_sheets():
    """A9: the class is the name of its sheet; code lists after it are passed by, hidden columns are read."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in ("7A1", "Lớp 7A2"):
        page = book.create_sheet(name)
        page.append(["STT", "Họ và tên", "Mã định danh"])
        page.append([1, f"Lê {name[-1]}", f"00{name[-1]}"])
        page.column_dimensions["C"].hidden = True
    codes = book.create_sheet("DanhMuc")
    codes.append(["Mã", "Dân tộc"])
    codes.append(["01", "Kinh"])
    hidden = book.create_sheet("7A9")
    hidden.append(["STT", "Họ và tên", "Mã định danh"])
    hidden.append([1, "Lê Ẩn", "009"])
    hidden.sheet_state = "hidden"
    reading = read(saved(book))
    assert [(row["sheet"], row["cells"]["class_name"], row["cells"]["moet_id"]) for row in reading.rows] == [
        ("7A1", "7A1", "001"),
        ("Lớp 7A2", "7A2", "002"),
    ]
    assert [(note.kind, note.sheet) for note in reading.notes] == [("hidden_sheet", "7A9")]


def test_file_without_headings_is_refused_with_the_columns_wanted():
    assert "“Họ và tên”" in refusal(xlsx([["a", "b"], [1, 2]]))
    assert "chưa có dòng dữ liệu" in refusal(xlsx([HEADINGS]))


def test_teacher_of_merged_cells_is_filled_down():
    """A9: in a list of assignments the teacher stands once for several rows."""
    content = xlsx(
        [["Họ và tên", "Môn", "Lớp", "Chủ nhiệm"], ["Trần Lan", "Toán", "7A1", None], [None, "Tin", "7A2", "x"]]
    )
    assert [row["full_name"] for row in cells(content, "assignments")] == ["Trần Lan", "Trần Lan"]


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_template_is_recognised(kind):
    """A9: a row added to the template is read, every column of it."""
    book = openpyxl.load_workbook(io.BytesIO(template_workbook(kind)))
    assert book.sheetnames == ["Dữ liệu", "Hướng dẫn"]
    page = book["Dữ liệu"]
    examples = {column.heading: column.example for column in KINDS[kind].fields}
    page.append([examples[cell.value] for cell in page[1]])
    (found,) = cells(saved(book), kind)
    assert set(found) == KINDS[kind].names - {"family_middle", "given"}
    assert not clean_row(KINDS[kind], found, today=TODAY)[1]
    for place, cell in enumerate(page[1], start=1):
        column = next(item for item in KINDS[kind].fields if item.heading == cell.value)
        if column.is_text:
            assert page.column_dimensions[get_column_letter(place)].number_format == "@"


@pytest.mark.parametrize("text", ["=1+1", "+84", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1", "Lê An"])
def test_text_is_never_written_as_a_formula(text):
    """A9: formula injection through names."""
    book = openpyxl.Workbook()
    write_text(book.active["A1"], text)
    again = openpyxl.load_workbook(io.BytesIO(saved(book))).active["A1"]
    assert again.data_type == "s"


# --- dates --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "written",
    [datetime(2014, 9, 5), date(2014, 9, 5), 41887, "41887", "05/09/2014", "5-9-2014", "5.9.2014", "2014-09-05"],
)
def test_dates_that_are_read(written):
    """A9: Excel's own dates, its day numbers, and day before month in text."""
    (found,) = cells(pupils(pupil("Lê An", written)))
    assert values(birth_date=found["birth_date"])[0]["birth_date"] == date(2014, 9, 5)


@pytest.mark.parametrize(
    "written", ["31/02/2014", "09/25/2014", "00/00/2014", "05/09", "hai nghìn", "05/09/2034", "05/09/1014", "1/13/2014"]
)
def test_dates_that_are_not_guessed(written):
    """A9: never month before day; an impossible day is a problem with an example."""
    message, suggestion = problem(birth_date=written)
    assert written in message
    assert not suggestion


def test_year_alone_and_short_year():
    assert "mới có năm" in problem(birth_date="2014")[0]
    assert problem(birth_date="5/9/14")[1] == "05/09/2014"


def test_dates_swapped_by_an_excel_in_us_order_are_noticed():
    """A9: dates of days up to 12 typed, later days left as text: day and month have changed places."""
    rows = [pupil(f"Lê {n}", datetime(2014, n, 3)) for n in range(1, 7)]
    rows += [pupil(f"Lý {n}", f"{n}/09/2014") for n in range(13, 20)]
    assert [note.kind for note in read(pupils(*rows)).notes] == ["swapped_dates"]
    plain = [pupil(f"Lê {n}", datetime(2014, 3, n)) for n in range(1, 29)]
    assert not read(pupils(*plain)).notes


# --- numbers that are text ----------------------------------------------------------------------
def test_lost_zero_is_offered_not_assumed():
    """A9: a 12-digit number that Excel holds as a number has lost its zero; the user accepts or mends it."""
    (found,) = cells(pupils(pupil("Lê An", national_id=79314001234)))
    assert found["national_id"] == "79314001234"
    message, suggestion = problem(national_id=found["national_id"])
    assert "bỏ số 0" in message
    assert suggestion == "079314001234"
    assert problem(national_id="1193140012")[1] == "001193140012"
    assert problem(contact_phone="912345678")[1] == "0912345678"


@pytest.mark.parametrize("written", ["079314001234", "079 314 001 234", "079.314.001.234"])
def test_personal_number_as_text(written):
    assert values(national_id=written)[0]["national_id"] == "079314001234"


@pytest.mark.parametrize("written", ["12345", "abc", "0793140012345", "7,9e+10"])
def test_personal_number_that_cannot_be(written):
    assert problem(national_id=written)[1] == ""


@pytest.mark.parametrize("written", ["0912345678", "0912 345 678", "+84 912 345 678", "84912345678", "0912.345.678"])
def test_phone(written):
    assert values(contact_phone=written)[0]["contact_phone"] == "0912345678"


def test_dash_means_nothing():
    assert values(national_id="-", contact_phone="–")[1] == {}


# --- names --------------------------------------------------------------------------------------
def test_names_are_nfc_with_single_spaces():
    """R8, A9: a name is one spelling of Unicode."""
    name = values(full_name=unicodedata.normalize("NFD", "  Nguyễn\u00a0 Thị  Ðào "))[0]["full_name"]
    assert name == "Nguyễn Thị Đào"


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u202e", "\ufeff", "\u2066", "\x1c", "\u2800", "\ufe0f"])
def test_hidden_characters_are_a_problem(hidden):
    message, suggestion = problem(full_name=f"Lê{hidden} An")
    assert "ký tự ẩn" in message
    assert suggestion == "Lê An"


def test_look_alike_letters_are_a_problem():
    assert "bảng chữ cái khác" in problem(full_name="Lê Аn")[0]


def test_name_of_digits_is_none():
    assert "chỉ gồm chữ" in problem(full_name="Tổng số: 45")[0]


def test_name_without_capitals_and_without_text():
    assert problem(full_name="lê văn an")[1] == "Lê Văn An"
    assert "còn trống" in problem(full_name="")[0]


@pytest.mark.parametrize(
    ("written", "official"),
    [
        ("kinh", "Kinh"),
        ("Khmer", "Khơ-me"),
        ("Ê Đê", "Ê-đê"),
        ("H'Mông", "HMông"),
        ("Mông", "HMông"),
        ("Gia Rai", "Gia-rai"),
    ],
)
def test_ethnic_groups(written, official):
    assert ethnic_group(written) == official


def test_unknown_ethnic_group_and_sex():
    assert "danh mục" in problem(ethnicity="Sao Hỏa")[0]
    assert "Nam hoặc Nữ" in problem(sex="1")[0]


@pytest.mark.parametrize(
    ("written", "name", "grade"),
    [
        ("6A1", "6A1", 6),
        (" 6 a1 ", "6A1", 6),
        ("Lớp 10A2", "10A2", 10),
        ("12 Toán 1", "12 Toán 1", 12),
        ("6/1", "6/1", 6),
    ],
)
def test_class_names(written, name, grade):
    """A9: the grade is in the name of the class."""
    assert values(class_name=written)[0]["class_name"] == (name, grade)


def test_class_names_that_are_none():
    assert problem(class_name="A1")[0]
    assert problem(class_name="13A1")[0]
    assert problem(class_name="06/01/2026")[1] == "6/1"


def test_several_classes_in_one_cell():
    found = values("assignments", classes="6A1, 6A2; 6A3 và 6A4")[0]["classes"]
    assert [item.name for item in found] == ["6A1", "6A2", "6A3", "6A4"]


# --- encodings ----------------------------------------------------------------------------------
TABLE = "STT;Lớp;Họ và tên;Ngày sinh\r\n1;7A1;Nguyễn Thị Thuỳ Dương;05/09/2014\r\n2;7A1;Đặng Văn Ước;06/09/2014\r\n"


def cp1258(text):
    """How Windows writes Vietnamese: some vowels composed, tones after them."""
    out = bytearray()
    for character in unicodedata.normalize("NFC", text):
        base, *tones = unicodedata.normalize("NFD", character)
        quality = [mark for mark in tones if mark in "\u0302\u0306\u031b"]
        rest = [mark for mark in tones if mark not in quality]
        out += (unicodedata.normalize("NFC", base + "".join(quality)) + "".join(rest)).encode("cp1258")
    return bytes(out)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encode", [
    lambda text: text.encode(),
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-16-le"),
    cp1258,
    lambda text: unicodedata.normalize("NFD", text).encode(),
])  # fmt: skip
def test_csv_in_every_encoding(encode, separator):
    """A9: CSV of Excel and of older software."""
    found = cells(encode(TABLE.replace(";", separator)))
    assert [values(**row)[0]["full_name"] for row in found] == ["Nguyễn Thị Thuỳ Dương", "Đặng Văn Ước"]


def test_csv_keeps_commas_of_addresses_and_quoted_numbers():
    text = 'Lớp;Họ và tên;Địa chỉ;Mã định danh\n7A1;Lê An;12, Lê Lợi, Huế;="0123"\n'
    (found,) = cells(text.encode())
    assert (found["address"], found["moet_id"]) == ("12, Lê Lợi, Huế", "0123")


OLD = [["STT", "Hä vµ tªn", "Ngµy sinh", "Líp"], [1, "NguyÔn ThÞ Thuú D\u00ad¬ng", "05/09/2014", "7A1"]]


def test_tcvn3_is_converted_with_a_note():
    """A9: text for ABC fonts becomes Unicode, in .xlsx and in one-byte CSV; the preview says so."""
    reading = read(xlsx(OLD))
    assert reading.rows[0]["cells"]["full_name"] == "Nguyễn Thị Thuỳ Dương"
    assert [note.kind for note in reading.notes] == ["tcvn3"]
    csv = "\r\n".join(";".join(map(str, row)) for row in OLD).encode("latin-1")
    assert cells(csv)[0]["full_name"] == "Nguyễn Thị Thuỳ Dương"


def test_tcvn3_in_a_single_cell_is_offered():
    rows = [pupil("Nguyễn Thị Bưởi"), pupil("Trần Văn Ước"), pupil("NguyÔn ThÞ Lan")]
    found = cells(pupils(*rows))[2]
    assert problem(full_name=found["full_name"])[1] == "Nguyễn Thị Lan"


def test_vni_is_refused_with_words():
    """A9: VNI cannot be told from real text everywhere, so it is never converted."""
    rows = [["STT", "Hoï vaø teân", "Ngaøy sinh"], [1, "Nguyeãn Thò Höôøng", "05/09/2014"], [2, "Traàn Vaên Ñöùc", ""]]
    assert "VNI" in refusal(xlsx(rows))


# --- containers ---------------------------------------------------------------------------------
def packed(entries, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def repacked(content, change):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    return packed(entries)


GOOD = pupils(pupil("Lê An"))


def test_old_excel_password_web_page_and_pictures_are_refused():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert ".xls" in refusal(ole)
    assert "mật khẩu" in refusal(ole + "EncryptedPackage".encode("utf-16-le"))
    assert "trang web" in refusal(b"<html><table></table></html>")
    assert "không phải bảng tính" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert "không phải bảng tính" in refusal(b"%PDF-1.7\n\x00\x01\x02")
    assert refusal(b"")


def test_macros_other_formats_and_locked_entries_are_refused():
    assert "macro" in refusal(repacked(GOOD, lambda entries: entries.update({"xl/vbaProject.bin": b"x"})))
    renamed = repacked(
        GOOD,
        lambda entries: entries.update(
            {
                "[Content_Types].xml": entries["[Content_Types].xml"].replace(
                    b"spreadsheetml.sheet.main", b"macroEnabled.main"
                )
            }
        ),
    )
    assert refusal(renamed)
    assert ".ods" in refusal(packed({"mimetype": "x", "content.xml": "<a/>"}))
    assert "không phải bảng tính" in refusal(packed({"word/document.xml": "<a/>"}))
    locked = bytearray(GOOD)
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    assert "mật khẩu" in refusal(bytes(locked))


def test_bombs_are_refused_before_they_are_opened():
    """A9: too many entries, too much in too little, and entities that grow."""
    assert refusal(packed({f"xl/worksheets/{n}.xml": "" for n in range(201)} | {"[Content_Types].xml": ""}))
    started = time.perf_counter()
    assert "nén quá nhiều" in refusal(repacked(GOOD, lambda entries: entries.update({"xl/media/a": bytes(50_000_000)})))
    laughs = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    assert refusal(repacked(GOOD, lambda entries: entries.update({"xl/worksheets/sheet1.xml": laughs})))
    assert time.perf_counter() - started < 3


def test_rows_far_away_and_too_long_are_refused():
    def far(entries):
        name = "xl/worksheets/sheet1.xml"
        entries[name] = entries[name].replace(b'<row r="2"', b'<row r="99999999999"')

    def long(entries):
        noise = random.Random(1).randbytes(3_000_000).hex().encode()
        entries["xl/worksheets/sheet1.xml"] = (
            b"<worksheet><sheetData><row><c><v>" + noise + b"</v></c></row></sheetData></worksheet>"
        )

    assert refusal(repacked(GOOD, far))
    assert refusal(repacked(GOOD, long))


def test_formulas_without_results_are_refused():
    """A9: a value nobody has calculated would be read as an empty cell."""
    assert "công thức" in refusal(pupils(pupil('="Lê"&" An"')))


def test_damaged_files_give_words_and_never_an_exception():
    """A9 (reliability P1-9): 300 files with bytes changed, cut or swapped."""
    luck, seen = random.Random(20261121), 0
    for round_number in range(300):
        content = bytearray(GOOD)
        if round_number % 3 == 0:
            del content[luck.randrange(len(content)) :]
        for _ in range(luck.randrange(1, 30)):
            if content:
                content[luck.randrange(len(content))] = luck.randrange(256)
        try:
            read(bytes(content))
        except RefusedFileError as refused:
            seen += bool(refused.reason)
    assert seen > 200


def test_a_hundred_thousand_rows_are_refused_at_once():
    """A9: more rows than the limit are counted, not read; time and memory stay small."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(HEADINGS)
    for number in range(100_000):
        page.append([number, "7A1", "Nguyễn Văn An", "05/09/2014", "Nam"])
    content = saved(book)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    assert "20.000 dòng" in refusal(content)
    assert time.perf_counter() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_hundred_thousand_lines_of_csv_are_refused():
    text = "STT;Lớp;Họ và tên\n" + "1;7A1;Lê An\n" * 100_000
    assert "20.000 dòng" in refusal(text.encode())


def test_a_million_empty_rows_are_no_rows():
    """A9: a sheet formatted to its last row is read as far as it holds something."""

    def empty(entries):
        name = "xl/worksheets/sheet1.xml"
        rows = b"".join(b'<row r="%d" s="1"/>' % number for number in range(3, 300_000))
        entries[name] = entries[name].replace(b"</sheetData>", rows + b"</sheetData>")

    started = time.perf_counter()
    assert len(read(repacked(GOOD, empty)).rows) == 1
    assert time.perf_counter() - started < 3
