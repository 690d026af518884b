"""Timetables as schools write them: what is found in a file without knowing the school (W7)."""

import pytest

from registry.importing import RefusedFileError
from registry.importing.timetable_files import Table, TimetableReading, read_timetable, take_apart
from registry.importing.timetable_template import TemplateContent, timetable_workbook
from registry.timetabling import Slot
from tests.registry.sheets import timetable, xlsx

HEAD = ["Thứ", "Buổi", "Tiết", "6A1", "Lớp 6A2"]


def read(content: bytes) -> TimetableReading:
    return read_timetable(content, max_rows=1000)


def lessons(content: bytes) -> dict:
    """(slot, class) → text of everything that was read."""
    return {
        ((line.weekday, line.session, line.period), table.columns[place]): text
        for table in read(content).tables
        for line in table.lines
        for place, text in line.cells.items()
    }


def notes(content: bytes) -> list:
    return [(note.kind, note.count) for note in read(content).notes]


def test_headings_are_found_by_text_below_titles():
    """W7: columns in any order, titles above, the class with its homeroom teacher in brackets."""
    content = xlsx(
        [
            ["TRƯỜNG THCS THỬ NGHIỆM"],
            ["THỜI KHÓA BIỂU SỐ 3", None, "áp dụng từ 30/11/2026"],
            ["Tiết", "6A2 (cô Hoa)", "Thứ", "6A1\n(Lan)", "Buổi"],
            [1, "Văn - Hoa", "Thứ Hai", "Toán - Lan", "Sáng"],
        ]
    )
    assert lessons(content) == {((2, "am", 1), "6A1"): "Toán - Lan", ((2, "am", 1), "6A2"): "Văn - Hoa"}


def test_merged_days_and_sessions_are_filled_down():
    """W7: Excel keeps a merged value in its first cell only; a new day begins in the morning again."""
    content = xlsx(
        [
            HEAD,
            ["Hai", "Sáng", 1, "Toán - Lan"],
            [None, None, 2, "Văn - Hoa"],
            [None, "Chiều", 1, "Anh - Mai"],
            ["Ba", None, 1, "Sử - Tú"],
        ]
    )
    assert list(lessons(content)) == [
        ((2, "am", 1), "6A1"),
        ((2, "am", 2), "6A1"),
        ((2, "pm", 1), "6A1"),
        ((3, "am", 1), "6A1"),
    ]


@pytest.mark.parametrize("day", ["Thứ Tư", "THỨ TƯ", "thứ 4", "T4", "4", 4, "Tư", "tư"])
def test_days_as_people_write_them(day):
    assert list(lessons(timetable({"6A1": ["Toán - Lan"]}, day=day))) == [((4, "am", 1), "6A1")]


def test_without_a_session_column_periods_above_five_are_in_the_afternoon():
    content = xlsx([["Thứ", "Tiết", "6A1"], ["Hai", 5, "Toán - Lan"], ["Hai", "Tiết 6", "Văn - Hoa"]])
    assert list(lessons(content)) == [((2, "am", 5), "6A1"), ((2, "pm", 1), "6A1")]


def test_a_title_or_the_name_of_a_sheet_says_the_session():
    """W7: one sheet for the morning and one for the afternoon, or one below the other."""
    rows = [["Thứ", "Tiết", "6A1"], ["Hai", 1, "Toán - Lan"]]
    assert list(lessons(xlsx(rows, sheet="Buổi chiều"))) == [((2, "pm", 1), "6A1")]
    below = xlsx([*rows, ["BUỔI CHIỀU"], *rows])
    assert list(lessons(below)) == [((2, "am", 1), "6A1"), ((2, "pm", 1), "6A1")]
    remark = xlsx([*rows, [None, None, "Sinh hoạt chiều thứ năm"], ["Ba", 1, "Văn - Hoa"]])
    assert list(lessons(remark)) == [((2, "am", 1), "6A1"), ((3, "am", 1), "6A1")]


def test_an_activity_alone_under_the_first_class_is_for_all():
    """W7: chào cờ stands in a cell merged over all classes; a lesson of the first class alone is not spread."""
    content = timetable({"6A1": ["Chào cờ", "Toán - Lan"], "6A2": [], "6A3": []})
    assert lessons(content) == {
        ((2, "am", 1), "6A1"): "Chào cờ",
        ((2, "am", 1), "6A2"): "Chào cờ",
        ((2, "am", 1), "6A3"): "Chào cờ",
        ((2, "am", 2), "6A1"): "Toán - Lan",
    }
    assert notes(content) == [("spread", 1)]


def test_what_is_passed_over_is_said():
    """W7: signatures, columns that are no class, hidden sheets."""
    content = xlsx([[*HEAD, "Ghi chú"], ["Hai", "Sáng", 1, "Toán - Lan", None, "x"], [None, None, None, "HIỆU TRƯỞNG"]])
    assert notes(content) == [("passed_over", 1), ("odd_columns", 1)]


def test_a_row_with_an_unreadable_day_or_period_is_kept_as_such():
    content = xlsx([HEAD, ["Thứ Chín", "Sáng", 1, "Toán - Lan"], ["Ba", "Sáng", "mười", "Văn - Hoa"]])
    assert [(line.row, line.weekday, line.period) for line in read(content).tables[0].lines] == [(2, 0, 1), (3, 3, 0)]


def test_csv_is_read_too():
    content = "Thứ;Buổi;Tiết;6A1\nHai;Sáng;1;Toán - Lan\n".encode()
    assert list(lessons(content)) == [((2, "am", 1), "6A1")]


def test_tcvn3_is_repaired():
    """W7: the old fonts of other software are read as in the other imports."""
    rows = [["Thứ", "Tiết", "6A1"], ["Hai", 1, "Ng÷ v¨n - NguyÔn V¨n"], ["Ba", 1, "TiÕng Anh - §Æng ThÞ"]]
    rows += [["Tư", 1, "LÞch sö - TrÇn §øc"], ["Năm", 1, "§Þa lÝ - Ph¹m Hång"]]
    content = "\n".join(";".join(map(str, row)) for row in rows)
    old = content.replace("Thứ", "Thø").replace("Tiết", "TiÕt").replace("Tư", "T­").replace("Năm", "N¨m")
    found = lessons(old.encode("latin-1"))
    assert found[(2, "am", 1), "6A1"] == "Ngữ văn - Nguyễn Văn"
    assert found[(4, "am", 1), "6A1"] == "Lịch sử - Trần Đức"


@pytest.mark.parametrize(
    "content",
    [
        xlsx([["Họ và tên", "Lớp"], ["Lê An", "6A1"]]),
        xlsx([["Thứ", "Buổi", "Tiết", "6A1"]]),
        b"\x00\x01\x02",
        b"PK\x03\x04broken",
    ],
    ids=["another table", "no lessons", "no text", "damaged"],
)
def test_a_file_that_is_no_timetable_is_refused_in_words(content):
    """W7: the reason is said; nothing is guessed."""
    with pytest.raises(RefusedFileError) as refused:
        read(content)
    assert len(refused.value.reason) > 20


def test_tables_survive_being_stored():
    table = read(timetable({"6A1": ["Toán - Lan"], "6A2": ["Văn"]})).tables[0]
    assert Table.of_json(table.as_json()) == table


# --- one cell -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "first", "room", "joint"),
    [
        ("Toán - Hoa", ("Toán", "Hoa"), "", False),
        ("Toán-Hoa", ("Toán", "Hoa"), "", False),
        ("Toán – Hoa", ("Toán", "Hoa"), "", False),
        ("Toán\nHoa", ("Toán", "Hoa"), "", False),
        ("Toán/Hoa", ("Toán", "Hoa"), "", False),
        ("Toán (Hoa)", ("Toán", "Hoa"), "", False),
        ("Sử – Địa - Lan", ("Sử – Địa", "Lan"), "", False),
        ("Tin - Huy (P.12)", ("Tin", "Huy"), "P.12", False),
        ("Tin - Huy (P12) (ghép)", ("Tin", "Huy"), "P12", True),
        ("GDTC - Minh [Ghép]", ("GDTC", "Minh"), "", True),
        ("Tin - Huy (Phòng máy)", ("Tin", "Huy"), "Phòng máy", False),
        ("Chào cờ", ("Chào cờ", ""), "", False),
    ],
)
def test_a_cell_is_taken_apart(text, first, room, joint):
    """W7: subject and teacher, room and mark, in the ways schools write them."""
    cell = take_apart(text)
    assert (cell.readings[0], cell.room, cell.is_joint) == (first, room, joint)


def test_every_split_of_a_cell_is_offered():
    assert take_apart("Sử – Địa - Anh-Thư").readings == (
        ("Sử – Địa - Anh", "Thư"),
        ("Sử – Địa", "Anh-Thư"),
        ("Sử", "Địa - Anh-Thư"),
        ("Sử – Địa - Anh-Thư", ""),
    )


# --- the file to be filled in -------------------------------------------------------------------
def test_the_template_is_read_back():
    """W7: what we write we read: every slot and class, and the other sheets are no timetables."""
    filled = {(Slot(2, "am", 1), "6A1"): "Chào cờ", (Slot(7, "pm", 5), "6A2"): "Toán - GV001 (P.12)"}
    content = TemplateContent("TKB", ["6A1", "6A2"], [("GV001", "Lê Thị Lan", "")], [("TOAN", "Toán", "Toán")], filled)
    reading = read(timetable_workbook(content))
    assert len(reading.tables) == 1
    found = lessons(timetable_workbook(content))
    assert found[(7, "pm", 5), "6A2"] == "Toán - GV001 (P.12)"
    assert found[(2, "am", 1), "6A1"] == "Chào cờ"
